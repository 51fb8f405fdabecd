"""Pushes documents by the user's statements: each step in the transaction it needs."""

import difflib
import hashlib
from collections.abc import Collection, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from b2bsync.sync import (
    AlreadyExists,
    Ambiguous,
    Confirmed,
    ConfirmResult,
    Created,
    IdemKey,
    PushResult,
    Rejected,
    SourceError,
    Unreachable,
)

from .database import Database, kind_of, message_of
from .pull import binds_of

if TYPE_CHECKING:
    from . import Push

IDEM = ("idem", "partner", "customer", "number", "revision", "kind")
GIVEN: dict[str, tuple[str, ...]] = {
    "find": IDEM,
    "create": IDEM,
    "create_line": (*IDEM, "ref"),
    "confirm": (*IDEM, "ref"),
    "read_back": ("ref",),
    "read_back_lines": ("ref",),
}
"""The parameters that each statement gets besides the record's columns; only create and create_line get those."""


def unknown_in(statement: str, known: Collection[str]) -> list[str]:
    """What to say of each parameter of a statement that is not known."""
    texts = []
    for name in sorted(binds_of(statement) - set(known)):
        close = [k for k in known if k.lower() == name.lower()] or difflib.get_close_matches(name, known, 1)
        hint = f" Did you mean :{close[0]}?" if close else ""
        texts.append(f"nothing gives a value for the parameter :{name}.{hint} Known here: {', '.join(sorted(known))}")
    return texts


class Pusher:
    def __init__(self, database: Database, reading: Database, kind: str, push: "Push") -> None:
        self.database = database
        self.reading = reading
        self.kind = kind
        self.push = push
        self.where = f"connector.{database.name}.push.{kind}"

    def find(self, idem: IdemKey) -> str | None:
        with self.reading.connect(f"push {self.kind}: find") as connection, connection.begin():
            return self._find(connection, idem)

    def _find(self, connection: sa.Connection, idem: IdemKey) -> str | None:
        row = connection.execute(sa.text(self.push.find), self._values(self.push.find, _idem(idem), "find")).first()
        return None if row is None or row[0] is None else str(row[0])

    def create(self, record: Mapping[str, Any], idem: IdemKey) -> PushResult:
        """Header and lines in one transaction, which looks once more before it writes: of two workers one creates."""
        step = "create"
        committing = False
        try:
            with self.database.connect(f"push {self.kind}: create") as connection:
                with connection.begin() as transaction:
                    self._alone(connection, idem)
                    there = self._find(connection, idem)
                    if there is not None:
                        return AlreadyExists(there)
                    header = {**_idem(idem), **_scalars(record)}
                    result = connection.execute(sa.text(self.push.create), self._values(self.push.create, header, step))
                    ref = self._ref(connection, result, idem)
                    step = "create_line"
                    self._lines(connection, record, {**header, "ref": ref})
                    step, committing = "commit", True
                    transaction.commit()
                return Created(ref)
        except SourceError as error:
            cause = error.__cause__
            if isinstance(cause, DBAPIError) and kind_of(cause) == "refused":
                return self._refused(cause, step, idem)
            raise
        except Unreachable as error:
            if committing:
                return Ambiguous(f"the connection broke while committing: {error}")
            raise

    def _refused(self, error: DBAPIError, step: str, idem: IdemKey) -> PushResult:
        """A constraint's no. When it was the one on the order's number, another worker was first."""
        there = self.find(idem)
        if there is not None:
            return AlreadyExists(there)
        origin = error.orig or error
        diagnosis = getattr(origin, "diag", None)
        code = getattr(origin, "sqlstate", None) or getattr(origin, "sqlite_errorname", None) or type(origin).__name__
        return Rejected(str(code), f"{message_of(origin)} [{step}]", getattr(diagnosis, "column_name", None))

    def _alone(self, connection: sa.Connection, idem: IdemKey) -> None:
        """Keeps other workers of ours out until the end of the transaction; SQLite's BEGIN IMMEDIATE does already."""
        if self.database.dialect == "postgresql":
            number = int.from_bytes(hashlib.sha256(idem.text.encode()).digest()[:8], signed=True)
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:n)"), {"n": number})
            # what the one before us committed must be visible to the look that follows: READ COMMITTED, the default

    def _ref(self, connection: sa.Connection, result: sa.CursorResult[Any], idem: IdemKey) -> str:
        if result.returns_rows:
            row = result.first()
            if row is not None and row[0] is not None:
                return str(row[0])
        ref = self._find(connection, idem)
        if ref is None:
            raise SourceError(
                f"{self.where}.find: does not find the document that create has just written "
                "(both must agree on what identifies it); nothing was committed"
            )
        return ref

    def _lines(self, connection: sa.Connection, record: Mapping[str, Any], header: Mapping[str, Any]) -> None:
        if self.push.create_line is None:
            return
        lines = record.get(self.push.lines)
        if not isinstance(lines, list | tuple):
            raise SourceError(
                f"{self.where}.lines: the record has no list {self.push.lines!r}; it has {', '.join(record)}"
            )
        values = [self._values(self.push.create_line, {**header, **_scalars(line)}, "create_line") for line in lines]
        if values:
            connection.execute(sa.text(self.push.create_line), values)

    def confirm(self, ref: str, idem: IdemKey) -> ConfirmResult:
        if self.push.confirm is None:
            return Confirmed()
        committing = False
        try:
            with self.database.connect(f"push {self.kind}: confirm") as connection, connection.begin() as transaction:
                values = self._values(self.push.confirm, {**_idem(idem), "ref": ref}, "confirm")
                connection.execute(sa.text(self.push.confirm), values)
                committing = True
                transaction.commit()
            return Confirmed()
        except SourceError as error:
            cause = error.__cause__
            if isinstance(cause, DBAPIError) and kind_of(cause) == "refused":
                origin = cause.orig or cause
                return Rejected(str(getattr(origin, "sqlstate", None) or type(origin).__name__), message_of(origin))
            raise
        except Unreachable as error:
            if committing:
                return Ambiguous(str(error))
            raise

    def read_back(self, ref: str) -> dict[str, Any] | None:
        """The document as the ERP has it: the header's columns, its lines under ``lines``. None: not there (yet)."""
        with self.reading.connect(f"push {self.kind}: read_back") as connection, connection.begin():
            row = (
                connection.execute(
                    sa.text(self.push.read_back), self._values(self.push.read_back, {"ref": ref}, "read_back")
                )
                .mappings()
                .first()
            )
            if row is None:
                return None
            answer = dict(row)
            if self.push.read_back_lines is not None:
                statement = self.push.read_back_lines
                rows = connection.execute(sa.text(statement), self._values(statement, {"ref": ref}, "read_back_lines"))
                answer[self.push.lines] = [dict(line) for line in rows.mappings()]
            return answer

    def _values(self, statement: str, known: Mapping[str, Any], step: str) -> dict[str, Any]:
        """A value for each parameter. A record has all its columns, null or not: what is not there is misspelled, and
        must not become a NULL in the ERP."""
        plain = self.database.dialect == "sqlite"
        names = binds_of(statement)
        if not names <= known.keys():
            raise SourceError(f"{self.where}.{step}: {unknown_in(statement, known)[0]}")
        return {name: _driver(known[name], plain) for name in names}

    def check(self) -> None:
        """Lets the database plan every statement with nulls for values: nothing is written."""
        explain = {"sqlite": "EXPLAIN ", "postgresql": "EXPLAIN "}.get(self.database.dialect)
        for step in ("find", "create", "create_line", "confirm", "read_back", "read_back_lines"):
            statement = getattr(self.push, step)
            if statement is None or explain is None:
                continue
            with self.database.connect(f"push {self.kind}: {step}") as connection:
                values = dict.fromkeys(binds_of(statement))
                with connection.begin() as transaction:
                    connection.execute(sa.text(explain + statement), values)
                    transaction.rollback()


def _idem(idem: IdemKey) -> dict[str, Any]:
    return {
        "idem": idem.text, "partner": idem.partner, "customer": idem.customer, "number": idem.number,
        "revision": idem.revision, "kind": idem.kind,
    }  # fmt: skip


def _scalars(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if not isinstance(value, list | tuple | dict)}


def _driver(value: Any, plain: bool) -> Any:
    """SQLite has neither decimals nor dates: it gets their text, exactly."""
    if not plain:
        return value
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return value
