"""Mapping files by name: found in folders, extended, completed with their code lists, compiled once."""

import hashlib
import inspect
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from b2bsync.mapping import compiler
from b2bsync.mapping.errors import MappingError
from b2bsync.mapping.functions import BUILT_IN, Function, workspace_functions
from b2bsync.mapping.mapping import Mapping
from b2bsync.mapping.toml import dump

CODES = "codes"
"""The folder of shared code lists: ``codes/NAME.toml`` is the list NAME."""


class Library:
    """The mappings of several folders. The first folder that has a name wins: a workspace's, then the built-in one."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = tuple(Path(f) for f in folders)
        self._mappings: dict[str, Mapping] = {}
        self._tables: dict[Path, dict[str, Any]] = {}
        self._functions: dict[str, Function] | None = None
        self._found: dict[tuple[str, str, str], str] = {}

    def get(self, name: str) -> Mapping:
        """The mapping of a name such as ``x12/004010/850``. Raises MappingError when there is none or it is wrong."""
        found = self._mappings.get(name)
        if found is None:
            path = self._path(name)
            if path is None:
                known = [known for known, _, _ in self.names()]
                raise MappingError(f"{name}.toml", "", f"there is no mapping {name!r}", known, name)
            found = self._mappings[name] = self._compile(name, path)
        return found

    def find(self, dialect: str, version: str, type: str) -> Mapping | None:
        """The mapping for a transaction set: the one of that name, else the first whose head says so.

        An X12 version may carry an industry's suffix: ``004010VICS`` finds what is there for ``004010`` too.
        """
        asked = (dialect, version, type)
        name = self._found.get(asked) or self._name_of(*asked)
        if name is None:
            return None
        self._found[asked] = name
        return self.get(name)

    def _name_of(self, dialect: str, version: str, type: str) -> str | None:
        versions = [version, version[:6]] if dialect == "x12" else [version]
        for each in versions:
            if self._path(f"{dialect}/{each}/{type}") is not None:
                return f"{dialect}/{each}/{type}"
        for other, path, _ in self.names():
            table = self._table(path)
            if (table.get("dialect"), table.get("type")) == (dialect, type) and table.get("version") in versions:
                return other
        return None

    def names(self) -> list[tuple[str, Path, bool]]:
        """Name, path and whether it hides a file of the same name in a later folder; sorted by name."""
        found: dict[str, list[Path]] = {}
        for folder in self.folders:
            for path in sorted(folder.rglob("*.toml")):
                name = path.relative_to(folder).with_suffix("").as_posix()
                if not name.startswith(f"{CODES}/"):
                    found.setdefault(name, []).append(path)
        return [(name, paths[0], len(paths) > 1) for name, paths in sorted(found.items())]

    def check(self) -> list[MappingError]:
        """Compile every mapping; gives what is wrong, one error for each wrong file."""
        problems: list[MappingError] = []
        for name, _, _ in self.names():
            try:
                self.get(name)
            except MappingError as error:
                if str(error) not in {str(p) for p in problems}:
                    problems.append(error)
        return problems

    # files

    def _path(self, name: str) -> Path | None:
        if ".." in name.split("/") or name.startswith(("/", f"{CODES}/")):
            return None
        return next((p for f in self.folders if (p := f / f"{name}.toml").is_file()), None)

    def _table(self, path: Path) -> dict[str, Any]:
        """A TOML file. Raises MappingError with the line when it is none."""
        if path not in self._tables:
            try:
                self._tables[path] = tomllib.loads(path.read_text(encoding="utf-8"))
            except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
                raise MappingError(path, "", f"is not TOML: {error}") from None
            except OSError as error:
                raise MappingError(path, "", f"cannot be read: {error.strerror}") from None
        return self._tables[path]

    def _extended(self, path: Path, seen: tuple[Path, ...] = ()) -> dict[str, Any]:
        """The file merged over what it extends, key by key."""
        table = self._table(path)
        base_name = table.get("extends")
        if base_name is None:
            return table
        base = self._base(base_name, path, seen)
        if base is None:
            known = [name for name, _, _ in self.names()]
            raise MappingError(path, "extends", f"there is no mapping {base_name!r}", known, str(base_name))
        if base in seen:
            raise MappingError(path, "extends", f"{base_name!r} extends this file itself")
        own = {key: value for key, value in table.items() if key != "extends"}
        return merge(self._extended(base, (*seen, path)), own)

    def _base(self, name: object, path: Path, seen: tuple[Path, ...]) -> Path | None:
        """The extended file. A file that overrides a built-in one of its own name extends that one by naming it."""
        if not isinstance(name, str):
            return None
        candidates = [p for f in self.folders if (p := f / f"{name}.toml").is_file() and p != path]
        return candidates[0] if candidates else None

    def _compile(self, name: str, path: Path) -> Mapping:
        table = self._extended(path)
        lists = self._code_lists(path, table)
        effective = {key: value for key, value in table.items() if key != CODES}
        if lists:
            effective[CODES] = lists
        used, readers, writers = compiler.compile_mapping(path, effective, lists, self._all_functions())
        text = dump(effective)
        for function in used:
            text += "\n# " + inspect.getsource(function).rstrip().replace("\n", "\n# ") + "\n"
        return Mapping(
            name=name,
            path=path,
            document=effective["document"],
            dialect=effective["dialect"],
            version=effective.get("version", ""),
            type=effective.get("type", ""),
            text=text,
            hash=hashlib.sha256(text.encode()).hexdigest(),
            readers=readers,
            writers=writers,
        )

    def _code_lists(self, path: Path, table: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """The file's own lists, and those of ``codes/`` that its clauses name."""
        own = table.get(CODES, {})
        if not isinstance(own, dict) or not all(isinstance(listed, dict) for listed in own.values()):
            raise MappingError(path, CODES, 'holds lists, each a table: [codes.purpose] "00" = "original"')
        lists = dict(own)
        for name in sorted(_named(table.get("fields")) | _named(table.get("fixed"))):
            if name not in lists and not name.startswith("@"):
                shared = next((p for f in self.folders if (p := f / CODES / f"{name}.toml").is_file()), None)
                if shared is not None:
                    lists[name] = self._table(shared)
        return lists

    def _all_functions(self) -> dict[str, Function]:
        if self._functions is None:
            functions = dict(BUILT_IN)
            for folder in reversed(self.folders):
                path = folder / "functions.py"
                if path.is_file():
                    functions |= workspace_functions(path)
            self._functions = functions
        return self._functions


def merge(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Tables merge by key; anything else of ``own`` replaces."""
    merged = dict(base)
    for key, value in own.items():
        before = merged.get(key)
        merged[key] = merge(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
    return merged


def _named(table: object) -> set[str]:
    """Every code list named by a clause."""
    if isinstance(table, list):
        return {name for each in table for name in _named(each)}
    if not isinstance(table, dict):
        return set()
    names = {table["codes"]} if isinstance(table.get("codes"), str) else set()
    return names | {name for value in table.values() for name in _named(value)}
