"""Finds connector modules, the workspace's before the built-in ones, and opens the configured connectors.

The modules live in a package that exists in no folder: its path is the workspace's ``connectors/`` and then the
built-in ones, so that a file put into the workspace takes the place of the shipped one of the same name.
"""

import hashlib
import importlib
import importlib.machinery
import importlib.util
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from b2bsync.sync.errors import ConfigError, SyncError
from b2bsync.sync.protocol import Connection, Context
from b2bsync.sync.settings import PushSettings, StreamSettings, decode

PACKAGE = "b2bsync_connectors"


def builtin_folder() -> Path:
    """Where the shipped connectors are: inside the wheel, or at the top of a checkout."""
    package = Path(__file__).resolve().parent.parent
    wheel = package / "builtin" / "connectors"
    return wheel if wheel.is_dir() else package.parent / "connectors"


class Modules:
    """The connector modules of one workspace. Two workspaces in one process get a package each."""

    def __init__(self, workspace: Path) -> None:
        self.folders = [f for f in (workspace / "connectors", builtin_folder()) if f.is_dir()]
        if len(self.folders) == 2 and self.folders[0].samefile(self.folders[1]):
            del self.folders[0]
        path = [str(f.resolve()) for f in self.folders]
        self.package = f"{PACKAGE}_{hashlib.blake2b(repr(path).encode(), digest_size=6).hexdigest()}"
        if self.package not in sys.modules:
            spec = importlib.machinery.ModuleSpec(self.package, None, is_package=True)
            spec.submodule_search_locations = path
            module = importlib.util.module_from_spec(spec)
            sys.modules[self.package] = module

    def names(self) -> list[tuple[str, Path, bool]]:
        """Every connector: name, file, and whether it hides a built-in one."""
        found: dict[str, Path] = {}
        hidden: set[str] = set()
        for folder in self.folders:
            for entry in sorted(folder.iterdir()):
                path = entry / "__init__.py" if entry.is_dir() else entry
                if path.suffix != ".py" or not path.is_file() or entry.name.startswith(("_", ".")):
                    continue
                if entry.stem in found:
                    hidden.add(entry.stem)
                else:
                    found[entry.stem] = path
        return [(name, path, name in hidden) for name, path in sorted(found.items())]

    def load(self, name: str, where: str) -> ModuleType:
        """The module. Raises ConfigError when there is none, or it cannot be imported, or it is no connector."""
        known = [n for n, _, _ in self.names()]
        if name not in known:
            places = ", ".join(str(f) for f in self.folders)
            raise ConfigError(
                where, f"there is no connector {name!r}. Known: {', '.join(known) or 'none'} (in {places})"
            )
        try:
            module = importlib.import_module(f"{self.package}.{name}")
        except Exception as error:
            raise ConfigError(
                where, f"the connector {name!r} cannot be loaded: {type(error).__name__}: {error}"
            ) from error
        for attribute in ("Settings", "connect"):
            if not hasattr(module, attribute):
                raise ConfigError(where, f"{module.__file__} is no connector: it has no {attribute}")
        return module


class Connectors:
    """The connectors that a workspace configures. Nothing is opened or imported before it is asked for."""

    def __init__(self, settings: Mapping[str, Mapping[str, Any]], workspace: Path) -> None:
        self._raw = settings
        self._workspace = workspace
        self._modules = Modules(workspace)
        self._settings: dict[str, Any] = {}

    def names(self) -> list[str]:
        return sorted(self._raw)

    def overridden(self) -> list[tuple[str, Path, bool]]:
        return self._modules.names()

    def module(self, name: str) -> ModuleType:
        raw = self._raw.get(name)
        if raw is None:
            raise ConfigError(
                f"connector.{name}", f"is not configured. Configured: {', '.join(self.names()) or 'none'}"
            )
        use = raw.get("use")
        if not isinstance(use, str):
            raise ConfigError(
                f"connector.{name}.use", 'names the kind of connector and is missing, such as use = "sql"'
            )
        return self._modules.load(use, f"connector.{name}.use")

    def settings(self, name: str) -> Any:
        """The connector's own settings, checked. Raises ConfigError."""
        if name not in self._settings:
            module = self.module(name)
            raw = {key: value for key, value in self._raw[name].items() if key != "use"}
            self._settings[name] = decode(raw, module.Settings, f"connector.{name}")
        return self._settings[name]

    def streams(self, name: str) -> dict[str, StreamSettings]:
        return dict(getattr(self.settings(name), "stream", {}))

    def stream(self, name: str, stream: str) -> StreamSettings:
        streams = self.streams(name)
        if stream not in streams:
            raise ConfigError(
                f"connector.{name}.stream.{stream}", f"is not configured. Streams: {', '.join(streams) or 'none'}"
            )
        return streams[stream]

    def pushes(self, name: str) -> dict[str, PushSettings]:
        return dict(getattr(self.settings(name), "push", {}))

    def check(self) -> list[str]:
        """What is wrong with the configuration of any connector, without opening one."""
        problems = []
        for name in self.names():
            try:
                self.settings(name)
            except SyncError as error:
                problems.append(str(error))
        return problems

    @contextmanager
    def open(self, name: str) -> Iterator[Any]:
        """An open connector, closed at the end. Raises ConfigError; connecting itself happens at the first call."""
        settings = self.settings(name)
        connection = self.module(name).connect(settings, Context(name, self._workspace))
        if not isinstance(connection, Connection):
            raise ConfigError(f"connector.{name}", "what connect() returned has no check, discover and close")
        try:
            yield connection
        finally:
            connection.close()
