"""Products, list prices, stock levels, and which customers have prices of their own: kept in memory for as long as
nobody changes them.

Orders ask for the same products over and over, while syncs change few of them. Whoever changes master data counts it up
in ``master_change``, in his own transaction; a look-up that finds the count it kept gives what a query would give. The
count is read before the rows, so that what is kept is never older than the count it is kept under.
"""

import threading
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from b2bsync.model import Price, Product, StockLevel
from b2bsync.store import driver, master
from b2bsync.store.tables import MasterChange, table_of

K = TypeVar("K")
V = TypeVar("V")

LIMIT = 8_000
"""Entries of one kind that are kept; the oldest make room. Some ten megabytes for all kinds together."""

_CHANGES = table_of(MasterChange).name


def count_change(session: Session, company: str, stage: str, kind: str) -> None:
    """Says that master data of a kind changed. Holds others who change that kind until the transaction ends."""
    driver.execute(
        session,
        f"insert into {_CHANGES} (company, stage, kind, n) values (?, ?, ?, 1) "
        f"on conflict (company, stage, kind) do update set n = {_CHANGES}.n + 1",
        (company, stage, kind),
    )


class _Kept:
    """What was read of one kind while its count stood at ``n``."""

    def __init__(self, n: int) -> None:
        self.n = n
        self.values: dict[Any, Any] = {}


class Catalogue:
    """What one process keeps; shared by its threads."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, str, str], _Kept] = {}

    def products(self, session: Session, company: str, stage: str, skus: Iterable[str]) -> dict[str, Product]:
        """As ``master.products``."""

        def read(missing: list[str]) -> dict[str, Product]:
            return master.products(session, company, stage, missing)

        return self._look_up(session, (company, stage, "Product"), list(skus), read)

    def stock(self, session: Session, company: str, stage: str, skus: Iterable[str]) -> dict[str, list[StockLevel]]:
        """As ``master.stock``, of all warehouses. The lists are not to be changed."""

        def read(missing: list[str]) -> dict[str, list[StockLevel]]:
            return master.stock(session, company, stage, missing)

        return self._look_up(session, (company, stage, "StockLevel"), list(skus), read)

    def prices(
        self,
        session: Session,
        company: str,
        stage: str,
        skus: Iterable[str],
        *,
        price_lists: Iterable[str],
        customer: str,
    ) -> dict[str, list[Price]]:
        """As ``master.prices``, the open ones of every day. What lists say is kept; a customer's own prices are read,
        if he has any. The lists are not to be changed."""
        wanted = list(skus)
        if not wanted:
            return {}
        kind = (company, stage, "Price")

        def look(customers: list[tuple[None, str]]) -> dict[tuple[None, str], bool]:
            return {key: master.has_own_prices(session, company, stage, key[1]) for key in customers}

        own: dict[str, list[Price]] = {}
        if self._look_up(session, kind, [(None, customer)], look)[None, customer]:
            own = master.prices(session, company, stage, wanted, customer=customer)
        none: list[Price] = []
        found = dict.fromkeys(wanted, none) | own
        for number in price_lists:

            def read(missing: list[tuple[str, str]], number: str = number) -> dict[tuple[str, str], list[Price]]:
                listed = master.prices(session, company, stage, [sku for _, sku in missing], price_lists=[number])
                return {(number, sku): listed.get(sku, []) for _, sku in missing}

            keys = [(number, sku) for sku in wanted]
            for (_, sku), prices in self._look_up(session, kind, keys, read).items():
                found[sku] = found[sku] + prices if found[sku] else prices
        return {sku: prices for sku, prices in found.items() if prices}

    def _look_up(
        self, session: Session, kind: tuple[str, str, str], keys: list[K], read: Callable[[list[K]], dict[K, V]]
    ) -> dict[K, V]:
        if not keys:
            return {}
        kept = self._current(session, kind)
        values: dict[K, V] = kept.values
        found = {key: values[key] for key in keys if key in values}
        if len(found) < len(keys):
            fresh = read([key for key in keys if key not in found])
            found |= fresh
            self._keep(kept, fresh)
        return found

    def _current(self, session: Session, kind: tuple[str, str, str]) -> _Kept:
        counted = f"select n from {_CHANGES} where company = ? and stage = ? and kind = ?"
        rows = driver.fetch(session, counted, kind)
        n = rows[0][0] if rows else 0
        with self._lock:
            kept = self._kept.get(kind)
            if kept is None or kept.n != n:
                # A new one and no emptied one: who still reads under the old count must not fill it.
                kept = self._kept[kind] = _Kept(n)
            return kept

    def _keep(self, kept: _Kept, fresh: dict[Any, Any]) -> None:
        with self._lock:
            over = len(kept.values) + len(fresh) - self._limit
            if over > 0:
                for key in list(islice(kept.values, over)):
                    del kept.values[key]
            kept.values.update(islice(fresh.items(), self._limit))
