"""The directory's files on their way: waiting, claimed into processing/, then done/ or failed/."""

import hashlib
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from b2bsync.sync import SourceError, Unreachable

if TYPE_CHECKING:
    from . import Stream


class Folder:
    """One stream's files in the connector's directory. Every move is an atomic rename on the same file system."""

    def __init__(self, root: Path, stream: "Stream", settle: float) -> None:
        self.root = root
        self.stream = stream
        self.settle = settle
        self.processing = root / "processing"
        self.done = root / "done"
        self.failed = root / "failed"

    def prepare(self) -> None:
        """Makes the three folders. Raises Unreachable or SourceError with what to do."""
        if not self.root.is_dir():
            raise Unreachable(f"there is no directory {self.root}; create it or correct directory in config.toml")
        for folder in (self.processing, self.done, self.failed):
            try:
                folder.mkdir(exist_ok=True)
            except OSError as error:
                raise SourceError(f"cannot make {folder}: {error.strerror}") from None
        if not os.access(self.root, os.W_OK | os.X_OK):
            raise SourceError(f"no right to move files in {self.root}")

    def leftovers(self) -> list[Path]:
        """Claimed by a run that was killed."""
        return self._files(self.processing)

    def waiting(self) -> list[Path]:
        """Complete files, oldest first: with their marker, or untouched since a while."""
        found = self._files(self.root)
        if self.stream.complete == "marker":
            return [f for f in found if self._marker(f).exists()]
        before = {f: f.stat().st_size for f in found if f.exists()}
        now = time.time()
        calm = [f for f in before if f.exists() and now - f.stat().st_mtime >= self.settle]
        return [f for f in calm if f.stat().st_size == before[f]]

    def finished(self) -> list[Path]:
        return self._files(self.done)

    def _files(self, folder: Path) -> list[Path]:
        if not folder.is_dir():
            return []
        found = [f for f in folder.glob(self.stream.pattern) if f.is_file() and not f.name.startswith(".")]
        suffix = self.stream.marker
        return sorted((f for f in found if not f.name.endswith(suffix)), key=lambda f: (f.stat().st_mtime_ns, f.name))

    def _marker(self, file: Path) -> Path:
        return file.with_name(file.name + self.stream.marker)

    def claim(self, file: Path) -> Path | None:
        """The file in processing/; None when somebody else was faster."""
        if file.parent == self.processing:
            return file
        target = self.processing / file.name
        if target.exists():
            return None
        try:
            file.rename(target)
        except FileNotFoundError:
            return None
        self._marker(file).unlink(missing_ok=True)
        return target

    def finish(self, file: Path) -> None:
        file.rename(_free(self.done / file.name))

    def fail(self, file: Path, message: str) -> Path:
        target = _free(self.failed / file.name)
        target.with_name(target.name + ".error.txt").write_text(message + "\n", encoding="utf-8")
        file.rename(target)
        return target


def _free(path: Path) -> Path:
    """The path, or with a number before its suffix where there is one of that name already."""
    number, free = 1, path
    while free.exists():
        free = path.with_name(f"{path.stem}.{number}{path.suffix}")
        number += 1
    return free


def digest_of_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
