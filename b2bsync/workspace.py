"""A workspace: the directory with a user's configuration, connectors, guides, mappings, schedules and partners; and
what ships built in."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

KINDS = ("connectors", "guides", "mappings", "schedules")
"""The folders whose built-in files a workspace may override by files of the same name."""

PARTNERS = "partners"
CONFIG = "config.toml"
EXAMPLE = "_example.toml"

_SUFFIXES = {".py", ".toml", ".json", ".csv"}


class WorkspaceError(Exception):
    """A directory that is no workspace, or cannot become one; says which, why, and what to do."""


class Override(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the workspace that is used in place of a built-in one. ``name`` is relative, such as
    ``x12/004010/850.toml``."""

    kind: str
    name: str
    path: Path
    builtin: Path


def builtin() -> Path:
    """Where the shipped ``config.toml``, ``connectors/``, ``mappings/`` and ``schedules/`` are.

    In an installed wheel: ``b2bsync/builtin``. Else the top of the checkout or of the unpacked sdist.
    """
    package = Path(__file__).resolve().parent
    for place in (package / "builtin", package.parent):
        if (place / CONFIG).is_file() and (place / "mappings").is_dir():
            return place
    raise WorkspaceError(f"the built-in files of b2bsync are missing beside {package}; install b2bsync again")


class Workspace:
    """The directory ``root`` (absolute) and the names of what is in it."""

    def __init__(self, root: Path):
        self.root = root.absolute()
        self.config = self.root / CONFIG
        self.connectors = self.root / "connectors"
        self.guides = self.root / "guides"
        self.mappings = self.root / "mappings"
        self.schedules = self.root / "schedules"
        self.partners = self.root / PARTNERS

    @classmethod
    def open(cls, root: Path) -> "Workspace":
        """An existing one. Raises WorkspaceError where there is no ``config.toml``."""
        workspace = cls(root)
        if not workspace.config.is_file():
            raise WorkspaceError(
                f"{workspace.root} is no workspace: it has no {CONFIG}; name the right directory, or make one with "
                f"b2bsync init {root}"
            )
        return workspace

    def folders(self, kind: str) -> list[Path]:
        """Where files of a kind are looked for, the first one that has a name wins: the workspace's, then the
        built-in."""
        places = [self.root / kind, builtin() / kind]
        return [
            place for n, place in enumerate(places) if place.is_dir() and place.resolve() not in _resolved(places[:n])
        ]

    def find(self, kind: str, name: str) -> Path | None:
        """The file of that name in effect, or None."""
        return next((folder / name for folder in self.folders(kind) if (folder / name).is_file()), None)

    def overrides(self) -> list[Override]:
        """Files of the workspace that hide a built-in one, by kind and name."""
        found = []
        for kind in KINDS:
            mine, shipped = self.root / kind, builtin() / kind
            if mine.is_dir() and mine.resolve() != shipped.resolve():
                for path in sorted(_files(mine)):
                    name = path.relative_to(mine)
                    if (shipped / name).is_file():
                        found.append(Override(kind=kind, name=name.as_posix(), path=path, builtin=shipped / name))
        return found


def init(root: Path) -> Workspace:
    """Make a workspace: the commented ``config.toml``, empty folders, and a commented example of a partner.

    The example's name starts with ``_``, so that it is not read. Raises WorkspaceError, and writes nothing, when one of
    its files is there already or the directory cannot be written to.
    """
    workspace = Workspace(root)
    texts = {
        workspace.config: builtin() / CONFIG,
        workspace.partners / EXAMPLE: builtin() / PARTNERS / EXAMPLE,
    }
    there = [str(path) for path in texts if path.exists()]
    if there:
        raise WorkspaceError(f"{', '.join(there)} exists already, and nothing is overwritten; choose another directory")
    try:
        for folder in (*(workspace.root / kind for kind in KINDS), workspace.partners):
            folder.mkdir(parents=True, exist_ok=True)
        for path, source in texts.items():
            with path.open("x", encoding="utf-8") as file:
                file.write(source.read_text(encoding="utf-8"))
    except OSError as error:
        raise WorkspaceError(
            f"{error.filename or root} cannot be written ({error.strerror}); choose another directory "
            "or correct its permissions"
        ) from error
    return workspace


def _resolved(places: list[Path]) -> set[Path]:
    return {place.resolve() for place in places}


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.suffix in _SUFFIXES and path.is_file())
