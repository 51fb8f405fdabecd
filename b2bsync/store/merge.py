"""Pages of master data into their tables: what is new is added, what changed is taken over, the rest is left alone.

The hash of a record decides, so an unchanged record needs no value and its mapping need not run. Prices and contracts
keep their history: a changed one is closed at ``now`` and a new row opens.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec
from sqlalchemy.orm import Session

from b2bsync.store import driver, packs
from b2bsync.store.catalogue import count_change
from b2bsync.store.convert import KINDS, Kind, Origin
from b2bsync.store.types import day_text, decimal_text, exact_decimal, moment_text

Record = tuple[str, str, Any]
"""Key, hash, and the value or None where the hash is the known one."""

_OF = "company = ? and stage = ? and source = ?"
_OPEN = " and known_to is null"
WORD = 60
"""Bits used of a word in ``sync_seen``: as many as stay positive in 64 on both databases, and a round number."""


class Counts(NamedTuple):
    added: int
    changed: int
    unchanged: int


class Known(dict[str, str]):
    """Hashes by key, with the rows' ids as they were read: what marks them as seen needs these."""

    ids: Sequence[int] = ()


def known_hashes(session: Session, kind: str, origin: Origin, keys: Iterable[str]) -> Known:
    """The hashes of those records that are in the tables already, by key; of open rows only for Price and Contract."""
    spec = KINDS[kind]
    wanted = list(keys)
    if not wanted:
        return Known()
    return _read(session, spec, _of(origin), wanted)


def is_empty(session: Session, kind: str, origin: Origin) -> bool:
    """Whether the origin has no row yet. Then ``known={}`` spares ``merge`` every look-up of the first load."""
    query = f"select 1 from {KINDS[kind].table.name} where {_OF} limit 1"
    return not driver.fetch(session, query, _of(origin))


def merge(
    session: Session,
    kind: str,
    origin: Origin,
    records: Sequence[Record],
    *,
    run: int,
    now: datetime,
    full: bool,
    known: Mapping[str, str] | None = None,
) -> Counts:
    """Takes over one page. ``run`` is the sync run's id; in a ``full`` one unchanged rows are marked as seen by it.

    ``known`` is what ``known_hashes`` said about this page's keys (None: asked here). It must not miss a row that is
    there: only a missing one costs time, none goes wrong. A key that comes twice in a page: the last one holds.
    Raises ValueError for a record without a value whose hash is not the known one.
    """
    spec = KINDS[kind]
    latest = {record[0]: record for record in records}
    if len(latest) != len(records):
        records = list(latest.values())
    if known is None:
        known = known_hashes(session, kind, origin, latest)
    new, changed, unchanged = _sorted_out(records, known)
    page = _Page(session, spec, origin, run, now)
    added = 0
    if new:
        added = page.insert(new)
        if added < len(new):  # some were there in spite of ``known``
            there = known_hashes(session, kind, origin, [record[0] for record in new])
            changed += [record for record in new if there.get(record[0]) != record[1]]
            unchanged += [record[0] for record in new if there.get(record[0]) == record[1]]
    if changed:
        page.replace(changed)
    if kind == "Product":
        packs.take_over(session, origin, [r[2] for r in new + changed], known=[r[0] for r in changed])
    if full and unchanged:
        page.mark_seen(unchanged, known)
    if added or changed:
        count_change(session, origin.company, origin.stage, kind)
    return Counts(added, len(changed), len(records) - added - len(changed))


def remove(session: Session, kind: str, origin: Origin, keys: Sequence[str], now: datetime) -> int:
    """Takes records out that their source says are gone; prices and contracts are closed. Returns how many."""
    spec = KINDS[kind]
    count_change(session, origin.company, origin.stage, kind)
    if spec.bitemporal:
        statement, at = (
            f"update {spec.table.name} set known_to = ? where {_OF} and key = ?{_OPEN}",
            _moment(session, now),
        )
        return driver.execute_many(session, statement, [(at, *_of(origin), key) for key in keys])
    if kind == "Product":
        packs.remove(session, origin, keys)
    statement = f"delete from {spec.table.name} where {_OF} and key = ?"
    return driver.execute_many(session, statement, [(*_of(origin), key) for key in keys])


def count_rows(session: Session, kind: str, origin: Origin) -> int:
    """How many records the origin has; open ones of prices and contracts."""
    spec = KINDS[kind]
    query = f"select count(*) from {spec.table.name} where {_OF}{_OPEN if spec.bitemporal else ''}"
    return int(driver.fetch(session, query, _of(origin))[0][0])


def count_unseen(session: Session, kind: str, origin: Origin, run: int) -> int:
    """How many records ``remove_unseen`` would take out."""
    spec = KINDS[kind]
    query = f"select count(*) from {spec.table.name} where {_unseen(spec)}"
    return int(driver.fetch(session, query, (*_of(origin), run, run, kind))[0][0])


def remove_unseen(session: Session, kind: str, origin: Origin, run: int, now: datetime) -> int:
    """After a full run that met everything there is: takes out what it did not meet. Returns how many.

    Prices and contracts are closed, others are deleted.
    """
    spec = KINDS[kind]
    which = (*_of(origin), run, run, kind)
    if spec.bitemporal:
        statement = f"update {spec.table.name} set known_to = ? where {_unseen(spec)}"
        removed = driver.execute(session, statement, (_moment(session, now), *which))
    else:
        removed = driver.execute(session, f"delete from {spec.table.name} where {_unseen(spec)}", which)
        if kind == "Product" and removed:
            packs.remove_orphans(session, origin)
    if removed:
        count_change(session, origin.company, origin.stage, kind)
    over = "select id from sync_run where status <> 'running'"
    driver.execute(session, f"delete from sync_seen where (run = ? and kind = ?) or run in ({over})", (run, kind))
    return removed


class _Page:
    """The statements of one page, with what all its rows share."""

    def __init__(self, session: Session, spec: Kind, origin: Origin, run: int, now: datetime) -> None:
        self.session = session
        self.spec = spec
        self.origin = _of(origin)
        self.run = run
        self.now = _moment(session, now)
        self.decimal: Callable[[Decimal | None], Any] = _decimal_text if driver.is_sqlite(session) else _decimal
        self.day: Callable[[date | None], Any] = _day_text if driver.is_sqlite(session) else _day

    def insert(self, records: Sequence[Record]) -> int:
        """Adds what is not there; returns how many that were."""
        spec, content, decimal, day = self.spec, self.spec.content, self.decimal, self.day
        company, stage, source = self.origin
        run, now = self.run, self.now
        since = "known_from" if spec.bitemporal else "updated_at"
        columns = ("company", "stage", "source", "key", "hash", "seen", *spec.columns, since)
        rows = [
            (company, stage, source, key, digest, run, *content(value, decimal, day), now)
            for key, digest, value in records
        ]
        return driver.insert_new(self.session, spec.table, columns, rows)

    def replace(self, records: Sequence[Record]) -> None:
        spec, content, decimal, day = self.spec, self.spec.content, self.decimal, self.day
        if spec.bitemporal:
            close = f"update {spec.table.name} set known_to = ? where {_OF} and key = ?{_OPEN}"
            driver.execute_many(self.session, close, [(self.now, *self.origin, record[0]) for record in records])
            self.insert(records)
            return
        columns = ", ".join(f'"{column}" = ?' for column in ("hash", "seen", *spec.columns, "updated_at"))
        rows = [
            (digest, self.run, *content(value, decimal, day), self.now, *self.origin, key)
            for key, digest, value in records
        ]
        driver.execute_many(self.session, f"update {spec.table.name} set {columns} where {_OF} and key = ?", rows)

    def mark_seen(self, keys: Sequence[str], known: Mapping[str, str]) -> None:
        ids = known.ids if isinstance(known, Known) else ()
        if len(ids) != len(keys):  # some of what was read has changed, or more was read than the page holds
            ids = _ids(self.session, self.spec, self.origin, keys)
        rows = [(self.run, self.spec.name, word, bits) for word, bits in _words(ids)]
        statement = (
            "insert into sync_seen (run, kind, word, bits) values (?, ?, ?, ?) "
            "on conflict (run, kind, word) do update set bits = sync_seen.bits | excluded.bits"
        )
        driver.execute_many(self.session, statement, rows)


def _words(ids: Sequence[int]) -> Iterable[tuple[int, int]]:
    """Row ids as bits of words, by word."""
    first, last = min(ids), max(ids)
    if last - first + 1 == len(ids):  # rows of one load, read in the order they came
        for word in range(first // WORD, last // WORD + 1):
            low, high = max(first - word * WORD, 0), min(last - word * WORD, WORD - 1)
            yield word, (1 << high + 1) - (1 << low)
        return
    words: dict[int, int] = {}
    for row_id in ids:
        word = row_id // WORD
        words[word] = words.get(word, 0) | 1 << row_id % WORD
    yield from sorted(words.items())


def _unseen(spec: Kind) -> str:
    table = spec.table.name
    met = (
        f"select 1 from sync_seen as s where s.run = ? and s.kind = ? and s.word = {table}.id / {WORD} "
        f"and (s.bits >> cast({table}.id % {WORD} as integer)) & 1 = 1"
    )
    return f"{_OF} and seen < ?{_OPEN if spec.bitemporal else ''} and not exists ({met})"


def _sorted_out(records: Sequence[Record], known: Mapping[str, str]) -> tuple[list[Record], list[Record], list[str]]:
    """Records that are new, records that changed, keys of those that did not."""
    new: list[Record] = []
    changed: list[Record] = []
    unchanged: list[str] = []
    for record in records:
        key, digest, value = record
        found = known.get(key)
        if found == digest:
            unchanged.append(key)
        elif value is None:
            raise ValueError(f"record {key!r} has no value although its hash {digest} is not the known one ({found})")
        elif found is None:
            new.append(record)
        else:
            changed.append(record)
    return new, changed, unchanged


def _read(session: Session, spec: Kind, of: tuple[str, str, str], keys: list[str]) -> Known:
    if driver.is_sqlite(session):
        # Pages mostly come in the order of their keys: one stretch of the index then, not a search per key.
        limit = 2 * len(keys)
        query = f"{_current(spec)} and key between ? and ? limit {limit}"
        rows = driver.fetch(session, query, (*of, min(keys), max(keys)))
        if len(rows) == limit:
            rows = _by_keys(session, spec, of, keys)
    else:
        rows = _by_keys(session, spec, of, keys)
    known = Known([(key, digest) for key, digest, _ in rows])
    known.ids = [row[2] for row in rows]
    return known


def _by_keys(session: Session, spec: Kind, of: tuple[str, str, str], keys: Sequence[str]) -> list[driver.Row]:
    if driver.is_sqlite(session):
        listed = msgspec.json.encode(keys).decode()
        return driver.fetch(session, f"{_current(spec)} and key in (select value from json_each(?))", (*of, listed))
    return driver.fetch(session, f"{_current(spec)} and key = any(?)", (*of, list(keys)))


def _ids(session: Session, spec: Kind, of: tuple[str, str, str], keys: Sequence[str]) -> list[int]:
    return [row[2] for row in _by_keys(session, spec, of, keys)]


def _current(spec: Kind) -> str:
    return f"select key, hash, id from {spec.table.name} where {_OF}{_OPEN if spec.bitemporal else ''}"


def _of(origin: Origin) -> tuple[str, str, str]:
    return origin.company, origin.stage, origin.source


def _moment(session: Session, now: datetime) -> Any:
    return moment_text(now) if driver.is_sqlite(session) else now


def _decimal_text(value: Decimal | None) -> str | None:
    return None if value is None else decimal_text(value)


def _decimal(value: Decimal | None) -> Decimal | None:
    return None if value is None else exact_decimal(value)


def _day_text(value: date | None) -> str | None:
    return None if value is None else day_text(value)


def _day(value: date | None) -> date | None:
    return value
