"""What may go: for each class of data which rows are old enough, live no more, and are needed by nothing that stays.

A class gives out *units*, rows with what belongs to them; nothing here commits. The caller archives the records of some
units, asks ``again`` under the locks of a writing transaction which of them are due still, and removes those. Foreign
keys are the last guard: what a kept row points to cannot be removed.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Protocol

from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from b2bsync.store import driver, orders, rows
from b2bsync.store.archive import Record
from b2bsync.store.rows import Where
from b2bsync.store.tables import (
    Artifact,
    Attempt,
    Claim,
    CommitmentRow,
    ContractRow,
    CreditRow,
    DocumentRow,
    Event,
    InstallationFact,
    MessageRow,
    OrderBookRow,
    OrderJudgementRow,
    OrderRow,
    PriceRow,
    SyncReject,
    SyncRun,
    table_of,
)

Key = int | str

_INSTALLATION = table_of(InstallationFact)

SENT = ("sent", "acked", "rejected", "skipped")
"""States in which a delivery's journey is over; ``awaited`` acknowledgements are asked for beside it."""

INVOICE_DUE = timedelta(days=365)
"""How long after its last change an order waits for the invoice of what was shipped. Not for ever: many installations
pull no invoices, and a credit note takes back what was invoiced."""

DONE_MESSAGES = ("translated", "duplicate", "skipped")


Gone = defaultdict[str, set[Key]]
"""By class, what a dry run has found to go so far: in a real one it is gone from the database."""


class Unit(NamedTuple):
    key: Key
    at: datetime  # what its age counts from
    rows: tuple[int, ...] = ()  # the rows of its own table that go together, where these are several


class Kind(Protocol):
    """A class of data. ``name`` is its folder in the archive, ``setting`` the key that says how long it is kept."""

    name: str
    setting: str

    def due(self, session: Session, before: datetime, after: Key | None, limit: int) -> tuple[list[Unit], Key | None]:
        """Units older than ``before`` that may go, behind the key ``after``, and the key to go on behind; None at the
        end."""

    def again(self, session: Session, before: datetime, units: Sequence[Unit]) -> list[Unit]:
        """Which of these are still due, as they were; locks them."""

    def records(self, session: Session, units: Sequence[Unit]) -> Iterator[Record]:
        """Every row of these units."""

    def remove(self, session: Session, units: Sequence[Unit]) -> None:
        """Deletes them."""


class Plain:
    """Rows of one table. ``moment`` is the column their age counts from, ``condition`` what else holds, ``parts`` the
    tables, and their columns, whose rows go with them, ``subject`` that of their events."""

    def __init__(
        self,
        name: str,
        model: type[SQLModel],
        moment: str,
        condition: str = "1 = 1",
        *,
        setting: str = "",
        key: str = "id",
        parts: Sequence[tuple[type[SQLModel], str]] = (),
        subject: str = "",
    ) -> None:
        self.name = name
        self.setting = setting or name
        self._model, self._table = model, table_of(model)
        self._moment, self._key, self._condition = moment, key, condition
        self._parts, self._subject = parts, subject

    def due(self, session: Session, before: datetime, after: Key | None, limit: int) -> tuple[list[Unit], Key | None]:
        where = self._where(session, before)
        if after is not None:
            where &= Where(f'"{self._key}" > ?', (after,))
        tail = f'order by "{self._key}" limit {int(limit)}'
        found = rows.snapshots(session, self._table, (self._key, self._moment), where, tail)
        units = [Unit(row[0], row[1]) for row in found]
        return self._closed(session, units), units[-1].key if len(units) == limit else None

    def again(self, session: Session, before: datetime, units: Sequence[Unit]) -> list[Unit]:
        where = rows.among(session, self._key, [unit.key for unit in units]) & self._where(session, before)
        tail = f'order by "{self._key}"' + ("" if driver.is_sqlite(session) else " for update")
        found = {row[0] for row in rows.snapshots(session, self._table, (self._key,), where, tail)}
        return self._closed(session, [unit for unit in units if unit.key in found])

    def records(self, session: Session, units: Sequence[Unit]) -> Iterator[Record]:
        keys = [unit.key for unit in units]
        yield from records_of(session, self._model, rows.among(session, self._key, keys))
        for model, column in self._parts:
            yield from records_of(session, model, rows.among(session, column, keys))
        if self._subject:
            yield from records_of(session, Event, events_of(session, self._subject, keys))

    def remove(self, session: Session, units: Sequence[Unit]) -> None:
        keys = [unit.key for unit in units]
        if self._subject:
            delete(session, Event, events_of(session, self._subject, keys))
        for model, column in self._parts:
            delete(session, model, rows.among(session, column, keys))
        delete(session, self._model, rows.among(session, self._key, keys))

    def _where(self, session: Session, before: datetime) -> Where:
        return rows.compared(session, self._table, self._moment, "<", before) & Where(self._condition)

    def _closed(self, session: Session, units: list[Unit]) -> list[Unit]:
        """Those of which nothing is open that a condition in SQL cannot tell."""
        return units


class Orders(Plain):
    """Orders that came to nothing, or of which everything was shipped that was confirmed, and invoiced that was
    shipped: its invoice finds the buyer by the order. One that is not invoiced goes after ``INVOICE_DUE``."""

    def __init__(self) -> None:
        super().__init__(
            "orders",
            OrderRow,
            "updated_at",
            "status in ('refused', 'cancelled', 'confirmed') and not exists (select 1 from task where subject = "
            "sales_order.document_id and stage in ('judge', 'push')) and not exists (select 1 from commitment c where "
            "c.order_id = sales_order.id and c.released_at is null) and not exists (select 1 from credit_commitment c "
            "where c.order_id = sales_order.id and c.released_at is null)",
            parts=tuple((model, "order_id") for model in (OrderJudgementRow, OrderBookRow, CommitmentRow, CreditRow)),
        )

    def _closed(self, session: Session, units: list[Unit]) -> list[Unit]:
        ids = [unit.key for unit in units]
        confirmed = rows.among(session, "id", ids) & rows.equal(status="confirmed")
        waiting = {row.id for row in rows.snapshots(session, self._table, ("id",), confirmed)}
        book = orders.lines(session, sorted(waiting))
        still_open = {i for i in waiting if any(line.shipped < line.confirmed for line in book.get(i, ()))}
        not_billed = {i for i in waiting if any(line.invoiced < line.shipped for line in book.get(i, ()))}
        given_up = datetime.now(UTC) - INVOICE_DUE
        return [u for u in units if u.key not in still_open and (u.key not in not_billed or u.at < given_up)]


class Messages(Plain):
    """Files of which no document is left, and whose control numbers are forgotten."""

    def __init__(self, gone: Gone) -> None:
        done = ", ".join(f"'{status}'" for status in DONE_MESSAGES)
        super().__init__(
            "messages",
            MessageRow,
            "updated_at",
            f"status in ({done}) and not exists "
            "(select 1 from task where subject = message.id and stage = 'translate')",
            subject="message",
        )
        self._gone = gone

    def _closed(self, session: Session, units: list[Unit]) -> list[Unit]:
        keys = [unit.key for unit in units]
        held = claimed(session, "message", keys)
        made = rows.among(session, "message_id", keys)
        of = rows.snapshots(session, table_of(DocumentRow), ("id", "message_id"), made)
        held |= {row.message_id for row in of if row.id not in self._gone["documents"]}
        return [unit for unit in units if unit.key not in held]


class Claims:
    """Keys whose time is over, so that they hold nobody up."""

    name = setting = "claims"
    _table = table_of(Claim)

    def due(self, session: Session, before: datetime, after: Key | None, limit: int) -> tuple[list[Unit], Key | None]:
        where = rows.compared(session, self._table, "expires_at", "<", before)
        if after is not None:
            scope, _, key = str(after).partition(" ")
            where &= Where("(scope, key) > (?, ?)", (scope, key))
        tail = f"order by scope, key limit {int(limit)}"
        found = rows.snapshots(session, self._table, ("scope", "key", "expires_at"), where, tail)
        units = [Unit(f"{row.scope} {row.key}", row.expires_at) for row in found]
        return units, units[-1].key if len(units) == limit else None

    def again(self, session: Session, before: datetime, units: Sequence[Unit]) -> list[Unit]:
        return [unit for unit in units if self._found(session, unit)]

    def records(self, session: Session, units: Sequence[Unit]) -> Iterator[Record]:
        for unit in units:
            scope, _, key = str(unit.key).partition(" ")
            yield from records_of(session, Claim, rows.equal(scope=scope, key=key))

    def remove(self, session: Session, units: Sequence[Unit]) -> None:
        for unit in units:
            where = self._unchanged(session, unit)
            driver.execute(session, f"delete from claim where {where.sql}", where.parameters)

    def _found(self, session: Session, unit: Unit) -> bool:
        return bool(rows.snapshots(session, self._table, ("key",), self._unchanged(session, unit)))

    def _unchanged(self, session: Session, unit: Unit) -> Where:
        """A claim that was taken over meanwhile expires later."""
        scope, _, key = str(unit.key).partition(" ")
        return rows.equal(scope=scope, key=key) & rows.compared(session, self._table, "expires_at", "=", unit.at)


_FINAL = ", ".join(f"'{state}'" for state in SENT)
_LATEST_RUN = "id not in (select max(id) from sync_run group by company, stage, connector, stream, status)"
_UNRESOLVED = "select 1 from sync_reject r where r.run_id = sync_run.id and r.resolved_at is null"

ATTEMPTS = Plain("attempts", Attempt, "ended_at", f"delivery_id in (select id from delivery where state in ({_FINAL}))")
EVENTS = Plain("events", Event, "at", "subject not in ('message', 'document', 'delivery')")
SYNC_RUNS = Plain(
    "sync_runs",
    SyncRun,
    "started_at",
    f"status <> 'running' and {_LATEST_RUN} and not exists ({_UNRESOLVED})",
    parts=((SyncReject, "run_id"),),
)
PRICES = Plain("prices", PriceRow, "known_to")
CONTRACTS = Plain("contracts", ContractRow, "known_to", setting="prices")
COMMITMENTS = Plain("commitments", CommitmentRow, "released_at")
CREDIT = Plain("credit", CreditRow, "released_at", setting="commitments")
ARTIFACTS = Plain(
    "artifacts",
    Artifact,
    "created_at",
    "hash not in (select mapping_hash from document where mapping_hash is not null union "
    "select agreement_hash from document where agreement_hash is not null)",
    key="hash",
)
"""Texts that no document was made with any more. Reads every document: worth it where some were removed."""


def claimed(session: Session, what: str, ids: Sequence[Key]) -> set[Key]:
    """Which messages or documents hold a key that others are compared with still."""
    subjects = {f"{what}:{i}": i for i in ids}
    alive = Where("expires_at is null") | rows.compared(session, table_of(Claim), "expires_at", ">", datetime.now(UTC))
    found = rows.snapshots(session, table_of(Claim), ("subject",), rows.among(session, "subject", subjects) & alive)
    return {subjects[row.subject] for row in found}


def events_of(session: Session, subject: str, keys: Sequence[Key]) -> Where:
    return rows.equal(subject=subject) & rows.among(session, "subject_id", [str(key) for key in keys])


def records_of(session: Session, model: type[SQLModel], where: Where, tail: str = "") -> Iterator[Record]:
    """Rows as the archive writes them."""
    table = table_of(model)
    for row in rows.snapshots(session, table, tuple(table.columns.keys()), where, tail):
        values: dict[str, Any] = row._asdict()
        yield {"table": str(table.name), "row": values}


def delete(session: Session, model: type[SQLModel], where: Where) -> int:
    return driver.execute(session, f"delete from {table_of(model).name} where {where.sql}", where.parameters)


def tonight(session: Session, now: datetime) -> bool:
    """Whether nobody has done today's yet; then it is the caller's."""
    row = ("retention", f"{now:%Y-%m-%d}", now)
    tail = "on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at "
    tail += "where installation.value < excluded.value"
    return driver.insert_plain(session, _INSTALLATION, ("key", "value", "updated_at"), [row], tail) > 0
