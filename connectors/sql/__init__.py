"""Any database that SQLAlchemy can reach: streams are SELECTs of the user's, pushes are parameterised statements.

Rung 1 of the tests: real SQLite and PostgreSQL servers.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from b2bsync.sync import (
    Capability,
    CheckProblem,
    CheckResult,
    ConfigError,
    ConfirmResult,
    Context,
    Cursor,
    Discovery,
    IdemKey,
    Page,
    PushResult,
    PushSettings,
    SecretRef,
    StreamSettings,
    SyncError,
    Unreachable,
    WrongCredentials,
    duration,
    lookback_of,
)

from .database import Database, address
from .pull import Puller
from .push import GIVEN, Pusher, unknown_in


def _reads(statement: str, what: str) -> None:
    first = statement.lstrip(" \t\r\n(").split(None, 1)[:1]
    if not first or first[0].upper() not in ("SELECT", "WITH"):
        raise ValueError(f"{what} must be a SELECT (or WITH … SELECT); it begins with {''.join(first)!r}")


class Child(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Rows below a record: ``query`` gives those of one (``= :key``) or of many (``IN :keys``) parents.

    ``of``: the parent's column whose value is bound (default: the stream's key); ``key``: the column in the query's
    rows that repeats it (default: the same name).
    """

    query: str
    of: str | None = None
    key: str | None = None
    children: dict[str, "Child"] = {}

    def __post_init__(self) -> None:
        _reads(self.query, "query")
        if ":keys" not in self.query and ":key" not in self.query:
            raise ValueError("query binds neither :keys (… WHERE x IN :keys) nor :key (… WHERE x = :key)")


class Stream(StreamSettings, kw_only=True, forbid_unknown_fields=True):
    query: str
    key: str | list[str]
    cursor: str | None = None
    tie: str | list[str] | None = None
    lookback: str | int | None = None
    keys: str | None = None
    deleted: str | None = None
    children: dict[str, Child] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        _reads(self.query, "query")
        if self.keys is not None:
            _reads(self.keys, "keys")
        if not self.key:
            raise ValueError("key names the column or columns that identify a record")
        try:
            lookback_of(self.lookback, "lookback")
        except ConfigError as error:
            raise ValueError(str(error)) from None


class Push(PushSettings, kw_only=True, forbid_unknown_fields=True):
    """Statements of one kind of document. ``lines`` is the list in the record that ``create_line`` runs over."""

    find: str
    create: str
    create_line: str | None = None
    confirm: str | None = None
    read_back: str
    read_back_lines: str | None = None
    lines: str = "lines"

    def __post_init__(self) -> None:
        _reads(self.find, "find")
        _reads(self.read_back, "read_back")
        if self.read_back_lines is not None:
            _reads(self.read_back_lines, "read_back_lines")

    def unknown(self, columns: Collection[str], lists: Mapping[str, Collection[str]]) -> list[str]:
        """Parameters that no value would ever be found for: each would write a NULL."""
        if self.create_line is not None and self.lines not in lists:
            there = ", ".join(sorted(lists)) or "none"
            return [f"lines: the mapping {self.mapping} writes no list {self.lines!r}; its lists: {there}"]
        found = []
        for step, given in GIVEN.items():
            statement = getattr(self, step)
            known = {*given}
            if step in ("create", "create_line"):
                known.update(columns)
            if step == "create_line":
                known.update(lists.get(self.lines, ()))
            found += [f"{step}: {text}" for text in unknown_in(statement, known)] if statement is not None else []
        return found


class Settings(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    url: str | SecretRef
    password: SecretRef | None = None
    timeout: str = "30s"
    stream: dict[str, Stream] = {}
    push: dict[str, Push] = {}


def connect(settings: Settings, context: Context) -> "SqlConnection":
    """Opens nothing yet. Raises ConfigError for a bad URL or a secret that is not there."""
    return SqlConnection(settings, context)


class SqlConnection:
    def __init__(self, settings: Settings, context: Context) -> None:
        self.settings = settings
        self.name = context.name
        url = address(settings.url, settings.password, context)
        timeout = duration(settings.timeout, f"connector.{context.name}.timeout").total_seconds()
        self._read = Database(url, context.name, timeout, write=False)
        self._write = Database(url, context.name, timeout, write=True)

    def close(self) -> None:
        self._read.close()
        self._write.close()

    def _puller(self, stream: str) -> Puller:
        if stream not in self.settings.stream:
            raise ConfigError(f"connector.{self.name}.stream.{stream}", "is not configured")
        return Puller(self._read, stream, self.settings.stream[stream])

    def _pusher(self, kind: str) -> Pusher:
        if kind not in self.settings.push:
            raise ConfigError(f"connector.{self.name}.push.{kind}", "is not configured")
        return Pusher(self._write, self._read, kind, self.settings.push[kind])

    def check(self) -> CheckResult:
        """Connects and prepares every statement without running it."""
        problems: list[CheckProblem] = []
        try:
            system = self._system()
        except (Unreachable, WrongCredentials) as error:
            kind = "credentials" if isinstance(error, WrongCredentials) else "unreachable"
            return CheckResult("", (CheckProblem(kind, f"connector.{self.name}.url", str(error)),))
        except SyncError as error:
            return CheckResult("", (CheckProblem("missing", f"connector.{self.name}.url", str(error)),))
        for name in self.settings.stream:
            problems += _tried(f"connector.{self.name}.stream.{name}", self._puller(name).check)
            if problems and problems[-1].kind == "unreachable":
                return CheckResult(system, tuple(problems))
        for kind in self.settings.push:
            problems += _tried(f"connector.{self.name}.push.{kind}", self._pusher(kind).check)
        return CheckResult(system, tuple(problems))

    def _system(self) -> str:
        with self._read.connect("asking for the version") as connection:
            with connection.begin():
                version = connection.dialect.server_version_info or ()
            return f"{connection.dialect.name} {'.'.join(map(str, version))}".strip()

    def discover(self) -> Discovery:
        system = self._system()
        streams = tuple(self._puller(name).describe() for name in self.settings.stream)
        notes = {s.name: f"changes by {s.cursor}" if s.cursor else "whole set each time" for s in streams}
        capabilities = tuple(Capability(name, "native", note) for name, note in notes.items())
        return Discovery(system, streams, capabilities, tuple(self.settings.push))

    def pull(self, stream: str, cursor: Cursor | None, until: datetime, *, full: bool = False) -> Iterator[Page]:
        return self._puller(stream).pages(cursor, until, full=full)

    def list_keys(self, stream: str) -> Iterator[Sequence[str]]:
        return self._puller(stream).keys()

    def find(self, kind: str, idem: IdemKey) -> str | None:
        return self._pusher(kind).find(idem)

    def create(self, kind: str, record: Mapping[str, Any], idem: IdemKey) -> PushResult:
        return self._pusher(kind).create(record, idem)

    def confirm(self, kind: str, ref: str, idem: IdemKey) -> ConfirmResult:
        return self._pusher(kind).confirm(ref, idem)

    def read_back(self, kind: str, ref: str) -> dict[str, Any] | None:
        return self._pusher(kind).read_back(ref)


def _tried(where: str, check: Any) -> list[CheckProblem]:
    try:
        check()
    except SyncError as error:
        kind = "permission" if isinstance(error, WrongCredentials) else "missing"
        return [CheckProblem("unreachable" if isinstance(error, Unreachable) else kind, where, str(error))]
    return []
