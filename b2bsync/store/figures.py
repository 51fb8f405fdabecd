"""The ERP's own figures catch up: what it confirmed before a run began is in the stock and balances the run reads.

Only what such a run read counts. A run over changes that does not meet a product, or meets it unchanged, says nothing
about it: the promise stands until the product's stock changes, or everything is read.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Table
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from b2bsync.store import rows
from b2bsync.store.convert import Origin
from b2bsync.store.tables import CommitmentRow, CreditRow, CustomerRow, StockLevelRow, table_of


class _Kind(NamedTuple):
    """Figures and the promises they make needless, and which columns say what they are of; None: the place does not
    matter."""

    figures: Table
    name: str
    place: str | None
    promises: type[SQLModel]
    promised: str


_KINDS = {
    "StockLevel": _Kind(table_of(StockLevelRow), "sku", "warehouse", CommitmentRow, "sku"),
    "Customer": _Kind(table_of(CustomerRow), "number", None, CreditRow, "customer"),
}


class Figures:
    """What one run over stock or customers frees. ``started`` is when it began to read; a kind of master data that no
    promise is about frees nothing."""

    def __init__(self, kind: str, origin: Origin, started: datetime) -> None:
        self._kind = _KINDS.get(kind)
        self._origin = origin
        self._started = started
        self._open: dict[tuple[str, str], list[int]] | None = None

    def read(self, session: Session, keys: Iterable[str], now: datetime) -> int:
        """Frees what these records, already stored, must contain; returns how many promises that were."""
        if self._kind is None or not (waiting := self._waiting(session)):
            return 0
        stored = self._stored(session, waiting, self._origin.source)
        if not stored:
            return 0
        source = self._origin.source
        return self._release(session, {place for key in keys for place in stored.get((source, key), ())}, now)

    def gone(self, session: Session, now: datetime) -> int:
        """After everything was read: frees what is promised of things that the ERP has no figures of any more."""
        if self._kind is None or not (waiting := self._waiting(session)):
            return 0
        there = {place for places in self._stored(session, waiting).values() for place in places}
        return self._release(session, waiting.keys() - there, now)

    def _stored(
        self, session: Session, waiting: Iterable[tuple[str, str]], source: str | None = None
    ) -> dict[tuple[str, str], list[tuple[str, str]]]:
        """What there are figures of, by the record's source and key: each at its own place and at no place in
        particular."""
        assert self._kind is not None
        name, place = self._kind.name, self._kind.place
        columns = ("source", "key", name, place) if place else ("source", "key", name)
        where = rows.equal(company=self._origin.company, stage=self._origin.stage, source=source)
        where &= rows.among(session, name, sorted({waits for waits, _ in waiting}))
        found = rows.snapshots(session, self._kind.figures, columns, where)
        return {(row[0], row[1]): [(row[2], row[3] if place else ""), (row[2], "")] for row in found}

    def _waiting(self, session: Session) -> dict[tuple[str, str], list[int]]:
        """Promises that the ERP had confirmed when the run began, by name and place. They get no more meanwhile, so one
        look is enough for all pages."""
        assert self._kind is not None
        if self._open is None:
            self._open = {}
            table = table_of(self._kind.promises)
            promised, place = self._kind.promised, self._kind.place
            columns = ("id", promised, place) if place else ("id", promised)
            where = rows.equal(company=self._origin.company, stage=self._origin.stage)
            where &= rows.Where("released_at is null")
            where &= rows.compared(session, table, "pushed_at", "<", self._started)
            for row in rows.snapshots(session, table, columns, where):
                self._open.setdefault((row[1], row[2] if place else ""), []).append(row[0])
        return self._open

    def _release(self, session: Session, places: set[tuple[str, str]], now: datetime) -> int:
        assert self._kind is not None and self._open is not None
        ids = [i for place in sorted(places & self._open.keys()) for i in self._open.pop(place)]
        if not ids:
            return 0
        where = rows.among(session, "id", sorted(ids)) & rows.Where("released_at is null")
        return rows.update(session, self._kind.promises, where, None, {"released_at": now})
