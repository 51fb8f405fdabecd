"""CSV and XLSX files that a system drops into a directory.

What a file means is declared, not guessed: encoding, separators, and whether it is the whole set or only changes.
Rung 1 of the tests: real files.
"""

import codecs
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from b2bsync.sync import (
    Capability,
    CheckProblem,
    CheckResult,
    ConfigError,
    Context,
    Cursor,
    Discovery,
    NotSupported,
    Page,
    SourceError,
    StreamInfo,
    StreamSettings,
    SyncError,
    Unreachable,
    digest_of,
    duration,
)

from .folder import Folder, digest_of_file
from .records import Sheet


class Stream(StreamSettings, kw_only=True, forbid_unknown_fields=True):
    """``content`` full: a file is the whole set, what is not in it is gone. delta: only what changed.

    ``lists``: columns of consecutive rows with one key that become a list of that name in one record.
    """

    pattern: str
    content: Literal["full", "delta"]
    key: str | list[str]
    format: Literal["csv", "xlsx"] | None = None
    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    decimal: str = "."
    thousands: str = ""
    decimals: list[str] = msgspec.field(default_factory=list)
    dates: list[str] = msgspec.field(default_factory=list)
    date_format: str = "%Y-%m-%d"
    header: int = 1
    columns: list[str] = msgspec.field(default_factory=list)
    required: list[str] = msgspec.field(default_factory=list)
    sheet: str | None = None
    deleted: str | None = None
    lists: dict[str, list[str]] = msgspec.field(default_factory=dict)
    complete: Literal["stable", "marker"] = "stable"
    marker: str = ".done"
    settle: str = "2s"

    def __post_init__(self) -> None:
        super().__post_init__()
        try:
            codecs.lookup(self.encoding)
        except LookupError:
            raise ValueError(f"encoding {self.encoding!r} is not known; such as utf-8, cp1252, latin-1") from None
        for name in ("delimiter", "decimal"):
            if len(getattr(self, name)) != 1:
                raise ValueError(f"{name} is {getattr(self, name)!r}; it is one character")
        if len(self.quote) > 1 or len(self.thousands) > 1:
            raise ValueError("quote and thousands are one character, or empty for none")
        if self.header < 0 or (self.header == 0 and not self.columns):
            raise ValueError("header is the number of the header row; 0 means there is none and needs columns")
        if not self.key or "/" in self.pattern or "\\" in self.pattern:
            raise ValueError("key names at least one column, and pattern is a file name pattern without a folder")
        try:
            duration(self.settle, "settle")
        except ConfigError as error:
            raise ValueError(str(error)) from None

    @property
    def rereadable(self) -> bool:
        return self.content == "full"

    @property
    def key_columns(self) -> list[str]:
        return [self.key] if isinstance(self.key, str) else self.key

    @property
    def needed(self) -> list[str]:
        inner = [column for columns in self.lists.values() for column in columns]
        named = [*self.key_columns, *self.required, *self.decimals, *self.dates, *inner]
        return list(dict.fromkeys([*named, self.deleted] if self.deleted else named))

    def is_xlsx(self, path: Path) -> bool:
        return (self.format or path.suffix.lower().lstrip(".")) == "xlsx"


class Settings(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    directory: str
    stream: dict[str, Stream] = {}


def connect(settings: Settings, context: Context) -> "FilesConnection":
    return FilesConnection(settings, context)


class FilesConnection:
    def __init__(self, settings: Settings, context: Context) -> None:
        self.settings = settings
        self.name = context.name
        self.root = Path(context.workspace) / settings.directory

    def close(self) -> None:
        pass

    def _folder(self, name: str) -> Folder:
        if name not in self.settings.stream:
            raise ConfigError(f"connector.{self.name}.stream.{name}", "is not configured")
        stream = self.settings.stream[name]
        return Folder(self.root, stream, duration(stream.settle, "settle").total_seconds())

    def check(self) -> CheckResult:
        where = f"connector.{self.name}"
        problems = []
        patterns: dict[str, str] = {}
        for name, stream in self.settings.stream.items():
            other = patterns.setdefault(stream.pattern, name)
            if other != name:
                problems.append(CheckProblem("setting", f"{where}.stream.{name}.pattern", f"is that of {other} too"))
            try:
                folder = self._folder(name)
                folder.prepare()
                self._columns(folder)
            except SyncError as error:
                kind = "unreachable" if isinstance(error, Unreachable) else "missing"
                problems.append(CheckProblem(kind, f"{where}.stream.{name}", str(error)))
        return CheckResult(f"directory {self.root}", tuple(problems))

    def _columns(self, folder: Folder) -> tuple[str, ...]:
        """Those of the newest file there is; declared ones, or none, where there is no file."""
        files = folder.finished() + folder.leftovers() + folder.waiting()
        return Sheet(files[-1], folder.stream).columns if files else tuple(folder.stream.columns)

    def discover(self) -> Discovery:
        streams, capabilities = [], []
        for name, stream in self.settings.stream.items():
            columns = self._columns(self._folder(name))
            streams.append(StreamInfo(name, tuple(stream.key_columns), None, columns, digest_of(columns)))
            note = "whole set in each file" if stream.content == "full" else "changes in each file"
            capabilities.append(Capability(name, "native", note))
        return Discovery(f"directory {self.root}", tuple(streams), tuple(capabilities))

    def list_keys(self, stream: str) -> Iterator[Sequence[str]]:
        raise NotSupported(f"connector {self.name}: files are read whole, there is no list of keys")

    def pull(self, stream: str, cursor: Cursor | None, until: datetime, *, full: bool = False) -> Iterator[Page]:
        """Files that are complete, oldest first. Of whole sets only the newest counts; others go to done/."""
        folder = self._folder(stream)
        folder.prepare()
        state = dict(cursor.state) if cursor else {}
        if folder.stream.content == "delta":
            if full:
                raise NotSupported(
                    f"connector.{self.name}.stream.{stream}: its files hold changes, there is no whole set"
                )
            yield from self._changes(folder, state)
            return
        waiting = folder.leftovers() + folder.waiting()
        if waiting:
            newest = max(waiting, key=lambda f: (f.stat().st_mtime_ns, f.name))
            claimed = [(file, folder.claim(file)) for file in waiting]
            for original, file in claimed:
                if file is not None and original != newest:
                    folder.finish(file)
            for original, file in claimed:
                if file is not None and original == newest:
                    yield from self._whole(folder, file, "" if full else state.get("last", ""))
        elif full and folder.finished():
            yield from self._whole(folder, folder.finished()[-1], "")

    def _whole(self, folder: Folder, file: Path, last: str) -> Iterator[Page]:
        digest = digest_of_file(file)
        if digest != last:
            try:
                sheet = Sheet(file, folder.stream)
                for page, _ in sheet.pages(0, folder.stream.page):
                    page.whole = True
                    yield page
            except (SourceError, OSError) as error:
                yield self._failed(folder, file, str(error))
                return
            if sheet.truncated:
                yield self._failed(folder, file, sheet.truncated)
                return
            yield Page(columns=sheet.columns, whole=True, complete=True, cursor=Cursor(state={"last": digest}))
        if file.parent == folder.processing:
            folder.finish(file)

    def _changes(self, folder: Folder, state: dict[str, Any]) -> Iterator[Page]:
        last = state.get("last", "")
        for original in folder.leftovers() + folder.waiting():
            file = folder.claim(original)
            if file is None:
                continue
            digest = digest_of_file(file)
            if digest != last:
                skip = state.get("row", 0) if state.get("digest") == digest else 0
                try:
                    sheet = Sheet(file, folder.stream)
                    for page, count in sheet.pages(skip, folder.stream.page):
                        page.changes = True
                        page.cursor = Cursor(state={"last": last, "digest": digest, "row": count})
                        yield page
                except (SourceError, OSError) as error:
                    yield self._failed(folder, file, str(error))
                    continue
                last = digest
                yield Page(
                    columns=sheet.columns, cursor=Cursor(state={"last": digest}), problem=sheet.truncated or None
                )
                if sheet.truncated:
                    folder.fail(file, sheet.truncated)
                    continue
            folder.finish(file)

    def _failed(self, folder: Folder, file: Path, message: str) -> Page:
        """A file that cannot be read as declared goes to failed/ with the reason beside it; the others go on."""
        if file.parent != folder.processing:
            return Page(problem=message)
        target = folder.fail(file, message)
        return Page(problem=f"{message} (the file is now {target})")
