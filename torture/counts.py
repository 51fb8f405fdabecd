"""What is counted at the end: in the ERP's books, in the buyers' ledger, and in our own tables."""

import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from torture.erp import REFUSED
from torture.watch import Watch
from torture.world import Place

MOVING = "('translated', 'pushing', 'queued')"


@dataclass
class Counts:
    """``facts`` say how much there was. ``wrong`` has what is to be 0, with examples in ``examples``."""

    facts: dict[str, int] = field(default_factory=dict)
    wrong: dict[str, int] = field(default_factory=dict)
    examples: list[str] = field(default_factory=list)

    def found(self, what: str, rows: list[Any]) -> None:
        self.wrong[what] = len(rows)
        self.examples += [f"{what}: {tuple(row)}" for row in rows[:5]]

    @property
    def good(self) -> bool:
        return not any(self.wrong.values())


class Books:
    """The ERP's database and the buyers' as one, to be read."""

    def __init__(self, place: Place) -> None:
        self.connection = sqlite3.connect(place.ledger, timeout=30)
        self.connection.execute("ATTACH ? AS erp", (str(place.books),))

    def rows(self, statement: str) -> list[Any]:
        return self.connection.execute(statement).fetchall()

    def one(self, statement: str) -> int:
        return int(self.connection.execute(statement).fetchone()[0] or 0)

    def close(self) -> None:
        self.connection.close()


def missing(books: Books) -> dict[str, int]:
    """What the buyers still wait for, by document."""
    waits = {
        "997": "SELECT count(*) FROM (SELECT DISTINCT PARTNER, CONTROL FROM SENT EXCEPT SELECT PARTNER,"
        " cast(NUMBER AS INTEGER) FROM GOT WHERE TYPE = '997')",
        "855": f"SELECT count(*) FROM (SELECT PARTNER, NUMBER FROM SENT EXCEPT {_got('855')})",
    }
    for type in ("856", "810"):
        waits[type] = (
            f"SELECT count(*) FROM (SELECT PARTNER, NUMBER FROM SENT WHERE NUMBER NOT LIKE '%{REFUSED}'"
            f" EXCEPT {_got(type)})"
        )
    return {type: books.one(statement) for type, statement in waits.items() if books.one(statement)}


def unsaid(books: Books) -> int:
    """Interchanges that the buyers have and did not acknowledge yet: some take their time."""
    got = books.one("SELECT count(DISTINCT PARTNER || ' ' || ISA) FROM GOT WHERE TYPE <> '997'")
    return got - books.one("SELECT count(DISTINCT PARTNER || ' ' || CODE || ' ' || GROUP_CONTROL) FROM ACKNOWLEDGED")


def _got(type: str) -> str:
    return f"SELECT PARTNER, NUMBER FROM GOT WHERE TYPE = '{type}'"


def count(place: Place, watch: Watch) -> Counts:
    books = Books(place)
    try:
        counts = Counts()
        _facts(counts, books, watch)
        _lost(counts, books, watch)
        _twice(counts, books)
        _order(counts, books)
        _stock(counts, books)
        _acknowledgements(counts, books, watch)
        return counts
    finally:
        books.close()


def _facts(counts: Counts, books: Books, watch: Watch) -> None:
    kinds = dict(books.rows("SELECT KIND, count(*) FROM FILED GROUP BY KIND"))
    resent = dict(books.rows("SELECT TYPE, count(*) FROM RESENT WHERE SAME GROUP BY TYPE"))
    starts = {number: n for n, (number,) in enumerate(books.rows("SELECT NUMBER FROM SENT WHERE KIND = 'first'"))}
    counts.facts = {
        "documents, in and out": watch.one("select count(*) from document") or 0,
        "purchase orders": len(starts),
        "orders sent once more under another control number": kinds.get("repeat", 0),
        "files sent a second time": kinds.get("again", 0),
        "files handed over with `b2bsync receive`": kinds.get("posted", 0),
        "sales orders in the ERP": books.one("SELECT count(*) FROM SO_HDR"),
        "orders the ERP refused": books.one("SELECT count(DISTINCT CUST_NO || CUST_PO) FROM REFUSAL"),
        "questions about many orders that broke the ERP down": books.one("SELECT count(*) FROM BROKEN"),
        "answers by the buyers (997 in)": books.one("SELECT count(*) FROM ACKNOWLEDGED"),
        "855 the very same file again (in doubt, resent)": resent.get("855", 0),
        "856 and 810 likewise": resent.get("856", 0) + resent.get("810", 0),
        "997 likewise, most because the buyer's file came again": resent.get("997", 0),
        "pieces of scarce items": books.one("SELECT sum(QTY_FIRST) FROM ITEM WHERE ITEM_NO >= '200000'"),
        "of them promised": books.one(
            "SELECT sum(cast(QUANTITY AS INTEGER)) FROM (SELECT DISTINCT PARTNER, NUMBER, ITEM, QUANTITY FROM PROMISED)"
            " WHERE ITEM >= '200000'"
        ),
    }


def _lost(counts: Counts, books: Books, watch: Watch) -> None:
    held = watch.rows("select number, status, reason from document where type = '850' and status in ('held', 'failed')")
    known = {number for number, _, _ in held}
    first = "SELECT PARTNER, NUMBER FROM SENT WHERE KIND = 'first'"
    unanswered = [r for r in books.rows(f"{first} EXCEPT {_got('855')}") if r[1] not in known]
    counts.found("lost: an order without an answer", unanswered)
    counts.found(
        "lost: an order that was accepted and the ERP does not have",
        books.rows(
            f"SELECT PARTNER, NUMBER FROM GOT WHERE TYPE = '855' AND NUMBER NOT LIKE '%{REFUSED}'"
            " AND NUMBER NOT IN (SELECT CUST_PO FROM SO_HDR)"
        ),
    )
    counts.found(
        "lost: a shipment or invoice that never came",
        books.rows(
            "SELECT '856', CUST_PO FROM DELIV JOIN SO_HDR USING (SO_NO)"
            " WHERE CUST_PO NOT IN (SELECT NUMBER FROM GOT WHERE TYPE = '856') UNION ALL"
            " SELECT '810', CUST_PO FROM INV JOIN SO_HDR USING (SO_NO)"
            " WHERE CUST_PO NOT IN (SELECT NUMBER FROM GOT WHERE TYPE = '810')"
        ),
    )
    counts.found("orders held or failed for no reason of theirs", held)
    counts.found("orders the ERP refused and the buyer thinks accepted, or the other way", books.rows(
        f"SELECT PARTNER, NUMBER, STATUS FROM GOT WHERE TYPE = '855' AND (NUMBER LIKE '%{REFUSED}') <> (STATUS = 'RD')"
    ))  # fmt: skip
    counts.found(
        "messages that failed", watch.rows("select id, name, error from message where status in ('failed', 'partial')")
    )
    counts.found("tasks parked", watch.parked())
    counts.found(
        "deliveries not sent",
        watch.rows("select id, name, state from delivery where state not in ('sent', 'acked', 'rejected')"),
    )
    counts.found("documents in mid-flow", watch.rows(f"select id, type, status from document where status in {MOVING}"))


def _twice(counts: Counts, books: Books) -> None:
    counts.found(
        "second sales orders",
        books.rows("SELECT CUST_NO, CUST_PO, count(*) FROM SO_HDR GROUP BY CUST_NO, CUST_PO HAVING count(*) > 1"),
    )
    for type in ("855", "856", "810"):
        counts.found(
            f"second {type} of one order",
            books.rows(
                f"SELECT PARTNER, NUMBER, count(*) FROM GOT WHERE TYPE = '{type}' GROUP BY PARTNER, NUMBER"
                " HAVING count(*) > 1"
            ),
        )
    counts.found(
        "850 groups without a 997",
        books.rows(
            "SELECT DISTINCT PARTNER, CONTROL FROM SENT EXCEPT SELECT PARTNER, cast(NUMBER AS INTEGER) FROM GOT"
            " WHERE TYPE = '997'"
        ),
    )
    counts.found(
        "850 groups with a second 997",
        books.rows(
            "SELECT PARTNER, NUMBER, count(*) FROM GOT WHERE TYPE = '997' GROUP BY PARTNER, NUMBER HAVING count(*) > 1"
        ),
    )
    counts.found(
        "997 that did not accept", books.rows("SELECT PARTNER, NUMBER FROM GOT WHERE TYPE = '997' AND STATUS <> 'A'")
    )
    counts.found(
        "files under a used control number with other content", books.rows("SELECT * FROM RESENT WHERE NOT SAME")
    )
    counts.found("files the buyers could not read", books.rows("SELECT * FROM TROUBLE"))


def _order(counts: Counts, books: Books) -> None:
    """Within a lane: what a partner ordered first stands first in the ERP; what was written first arrives first, in
    the lane of its documents and in that of its acknowledgements."""
    wrong = []
    last: dict[str, tuple[str, int]] = {}
    for number, ref in books.rows("SELECT CUST_PO, min(SO_NO) AS REF FROM SO_HDR GROUP BY CUST_PO ORDER BY REF"):
        partner, rest = number.split("-")
        if rest.isdigit():
            before = last.get(partner, ("", 0))
            if number < before[0]:
                wrong.append((number, ref, "stands in the ERP after", *before))
            last[partner] = max(before, (number, ref))
    arrived: dict[tuple[str, bool], tuple[int, int]] = {}
    for partner, type, isa, at in books.rows(
        "SELECT DISTINCT PARTNER, TYPE, ISA, ARRIVED FROM GOT ORDER BY PARTNER, ARRIVED, ISA"
    ):
        lane = (partner, type == "997")
        before_isa, before_at = arrived.get(lane, (0, 0))
        if isa < before_isa and at > before_at:
            wrong.append((partner, type, isa, "arrived after", before_isa))
        arrived[lane] = (max(isa, before_isa), at)
    counts.found("out of order within a lane", wrong)


def _stock(counts: Counts, books: Books) -> None:
    promised = (
        "SELECT ITEM, sum(cast(QUANTITY AS INTEGER)) AS TAKEN FROM"
        " (SELECT DISTINCT PARTNER, NUMBER, ITEM, QUANTITY FROM PROMISED) GROUP BY ITEM"
    )
    counts.found(
        "items promised beyond what there was",
        books.rows(
            f"SELECT ITEM, TAKEN, QTY_FIRST FROM ({promised}) JOIN ITEM ON ITEM_NO = ITEM WHERE TAKEN > QTY_FIRST"
        ),
    )
    counts.found(
        "items sold beyond what there was",
        books.rows("SELECT ITEM_NO, QTY_ONHAND, QTY_RESERVED FROM ITEM WHERE QTY_ONHAND - QTY_RESERVED < 0"),
    )


def _acknowledgements(counts: Counts, books: Books, watch: Watch) -> None:
    """What the buyers said of our groups is what we think they said."""
    said = {"A": "accepted", "E": "accepted_with_errors", "R": "rejected"}
    theirs: dict[tuple[str, str, str], set[str]] = {}
    for partner, code, group, verdict in books.rows("SELECT * FROM ACKNOWLEDGED"):
        theirs.setdefault((partner, code, str(int(group))), set()).add(said[verdict])
    ours = {
        (partner, code, str(int(group))): state
        for partner, code, group, state in watch.rows(
            "select partner, group_code, group_control, ack_state from delivery where group_code <> 'FA'"
        )
    }
    states = Counter(ours.values())
    counts.facts["our interchanges the buyers acknowledged"] = sum(n for s, n in states.items() if s in said.values())
    counts.found(
        "acknowledgements of the buyers that are not in our journal",
        [(*key, sorted(what), ours.get(key)) for key, what in theirs.items() if ours.get(key) not in what],
    )
