"""What a connector is: a Source that is pulled, a Target that is pushed to, or both.

A connector sees its outside system and these types, nothing else of ours: no table, no mapping, no segment.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal, Protocol, runtime_checkable
from uuid import UUID

import msgspec

CURSOR_VERSION = 1


class Capability(msgspec.Struct, frozen=True):
    """What a system offers for one stream or canonical field; shown to the user and asserted in tests."""

    stream: str
    status: Literal["native", "derived", "absent"]
    note: str = ""


class Cursor(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far a stream was read. Opaque to the runner, which only keeps it; ``dump`` and ``load`` make JSON of it.

    Between runs ``value`` is the point up to which everything was taken over and ``until`` is None. While a run is
    under way ``value`` and ``tie`` are the last record stored and ``until`` its upper bound, so that a killed run
    goes on exactly there. ``state`` is for what does not fit (the file being read).
    """

    version: int = CURSOR_VERSION
    value: Any = None
    tie: tuple[Any, ...] = ()
    until: Any = None
    state: dict[str, Any] = {}

    def dump(self) -> str:
        fields = {
            "version": self.version,
            "value": _tagged(self.value),
            "tie": _tagged(self.tie),
            "until": _tagged(self.until),
        }
        return msgspec.json.encode({**fields, "state": self.state}).decode()

    @classmethod
    def load(cls, text: str) -> "Cursor":
        """Raises ValueError when the text is no cursor, or one of a newer version."""
        raw = msgspec.json.decode(text, type=dict[str, Any])
        if raw.get("version", 1) > CURSOR_VERSION:
            raise ValueError(f"cursor version {raw['version']} is newer than this program's ({CURSOR_VERSION})")
        return cls(
            value=_untagged(raw.get("value")),
            tie=tuple(_untagged(v) for v in raw.get("tie") or ()),
            until=_untagged(raw.get("until")),
            state=raw.get("state") or {},
        )


def _tagged(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_tagged(v) for v in value]
    if isinstance(value, datetime):
        return {"datetime": value.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    if isinstance(value, bytes | bytearray | memoryview):
        return {"bytes": bytes(value).hex()}
    if isinstance(value, UUID):
        return {"uuid": str(value)}
    return value


_READERS: dict[str, Callable[[str], Any]] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "decimal": Decimal,
    "bytes": bytes.fromhex,
    "uuid": UUID,
}


def _untagged(value: Any) -> Any:
    if isinstance(value, dict):
        ((kind, text),) = value.items()
        return _READERS[kind](text)
    return value


class Record(msgspec.Struct, frozen=True):
    """One record of a stream as a connector's tests and tools see it; the hot path keeps to rows."""

    stream: str
    key: str
    data: Mapping[str, Any]


class RefusedRecord(msgspec.Struct, frozen=True):
    """A record that the source itself could not make sense of: set aside with the reason."""

    key: str
    record: str  # what there was, as text
    error: str


@dataclass(slots=True)
class Page:
    """Up to a page of records: ``rows[i]`` holds the values of ``columns`` and is known as ``keys[i]``.

    Rows, cursor and counts are stored in one transaction before the next page is asked for; a source may therefore act
    on a page (move a file to done/) as soon as it is asked for the next one.
    """

    columns: tuple[str, ...] = ()
    rows: Sequence[Sequence[Any]] = ()
    keys: Sequence[str] = ()
    cursor: Cursor | None = None  # where to go on once this page is stored; None: where it stood
    whole: bool = False  # part of the whole set, from its beginning, not of the changes since a cursor
    complete: bool = False  # the last page of the whole set: what was not in it is gone
    changes: bool = False  # rows are changes in order: the last one of a key holds, none is a mistake
    deleted: Sequence[str] = ()  # keys of which the source says that they are gone
    refused: Sequence[RefusedRecord] = ()
    problem: str | None = None  # a part of the source that could not be read at all (one file of several)

    def records(self, stream: str) -> Iterator[Record]:
        for key, row in zip(self.keys, self.rows, strict=True):
            yield Record(stream, key, dict(zip(self.columns, row, strict=True)))


class CheckProblem(msgspec.Struct, frozen=True):
    """``kind``: unreachable, credentials, permission, missing, setting."""

    kind: str
    where: str
    message: str

    def __str__(self) -> str:
        return self.message if self.message.startswith(self.where) else f"{self.where}: {self.message}"


class CheckResult(msgspec.Struct, frozen=True):
    system: str  # name and version of what answered, empty when nothing did
    problems: tuple[CheckProblem, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.problems


class StreamInfo(msgspec.Struct, frozen=True):
    """``digest`` changes when the columns do. ``cursor`` None: every run is a full one."""

    name: str
    key: tuple[str, ...]
    cursor: str | None
    columns: tuple[str, ...]
    digest: str
    lists_keys: bool = False


class Discovery(msgspec.Struct, frozen=True):
    system: str
    streams: tuple[StreamInfo, ...]
    capabilities: tuple[Capability, ...]
    pushes: tuple[str, ...] = ()


def digest_of(columns: Sequence[str], kinds: Sequence[str] = ()) -> str:
    """The digest of a stream's shape: 16 hex digits over its columns (and their types where known)."""
    return hashlib.blake2b(msgspec.json.encode([list(columns), list(kinds)]), digest_size=8).hexdigest()


class IdemKey(msgspec.Struct, frozen=True, kw_only=True):
    """What makes a pushed document the same document, however often it is sent.

    ``partner`` sent it, ``customer`` is the ERP's customer, ``number`` the customer's own number of it, ``revision``
    tells releases of one number apart. ``correction`` tells a document from an earlier one with all the same numbers
    that came to nothing; that one stays under the key it had.
    """

    partner: str
    kind: str
    number: str
    revision: str = ""
    customer: str = ""
    correction: str = ""

    @property
    def text(self) -> str:
        """64 hex digits, the same for ever. The customer is part of it: two customers of one hub may both have an order
        of the same number."""
        return _digest(self)


@lru_cache(maxsize=1024)  # a push asks for it at every step
def _digest(key: IdemKey) -> str:
    parts: tuple[str, ...] = (key.partner, key.kind, key.number, key.revision, key.customer)
    if key.correction:
        parts += (key.correction,)
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()


class Created(msgspec.Struct, frozen=True):
    ref: str


class AlreadyExists(msgspec.Struct, frozen=True):
    ref: str | None = None


class Confirmed(msgspec.Struct, frozen=True):
    pass


class Rejected(msgspec.Struct, frozen=True):
    """The system's considered no; ``message`` is its own wording. Never retried."""

    code: str
    message: str
    field: str | None = None


class Ambiguous(msgspec.Struct, frozen=True):
    cause: str


class Retry(msgspec.Struct, frozen=True):
    """Surely not taken, may be tried again after so many seconds."""

    after: float
    cause: str = ""


PushResult = Created | AlreadyExists | Rejected | Ambiguous | Retry
ConfirmResult = Confirmed | Rejected | Ambiguous | Retry


@runtime_checkable
class Connection(Protocol):
    """An open connector. All methods may raise Unreachable, WrongCredentials and SourceError, but ``check`` does
    not."""

    def check(self) -> CheckResult: ...

    def discover(self) -> Discovery: ...

    def close(self) -> None: ...


@runtime_checkable
class Source(Connection, Protocol):
    def pull(self, stream: str, cursor: Cursor | None, until: datetime, *, full: bool = False) -> Iterator[Page]:
        """Records changed since ``cursor`` and up to ``until``; all of them when ``full`` or nothing is known yet."""
        ...

    def list_keys(self, stream: str) -> Iterator[Sequence[str]]:
        """Every key there is, in pages. Raises NotSupported."""
        ...


@runtime_checkable
class Target(Connection, Protocol):
    """Each step by itself, so that any of them can be repeated after a crash."""

    def find(self, kind: str, idem: IdemKey) -> str | None: ...

    def create(self, kind: str, record: Mapping[str, Any], idem: IdemKey) -> PushResult: ...

    def confirm(self, kind: str, ref: str, idem: IdemKey) -> ConfirmResult: ...

    def read_back(self, kind: str, ref: str) -> dict[str, Any] | None: ...


@runtime_checkable
class BatchTarget(Target, Protocol):
    """A target that can be asked about many documents in one call; a call's way there and back is what an ERP's time
    mostly goes into. Creating stays one by one: a document that the system cannot work with takes no other with it."""

    def find_many(self, kind: str, idems: Sequence[IdemKey]) -> Mapping[str, str]:
        """The references by the keys' ``text``; a document that is not there is left out."""
        ...

    def confirm_many(self, kind: str, refs: Mapping[str, IdemKey]) -> Mapping[str, ConfirmResult]:
        """What became of each reference. One that is left out is as good as Ambiguous."""
        ...

    def read_back_many(self, kind: str, refs: Sequence[str]) -> Mapping[str, dict[str, Any]]:
        """The records by reference; a document that the system has not decided on yet is left out."""
        ...


@dataclass(frozen=True)
class Context:
    """What a connector is told besides its settings: its name and the workspace that relative paths start from."""

    name: str
    workspace: Any  # pathlib.Path
    notes: dict[str, str] = field(default_factory=dict)
