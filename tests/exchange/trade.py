"""A small trade to try things on: a supplier's workspace, its ERP (a real SQLite database) and the buyer Acme.

The ERP has the tables of ``b2bsync/demo/erp_schema.sql`` with two items and two debtors; triggers are its work: what is
released is accepted or refused at once. Tests write the buyer's X12 themselves, so that they read as examples.
"""

import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from b2bsync.app import App, Once, arrivals, documents, operations, orders, pulls
from b2bsync.store import blobs, journal
from tests.exchange.paper import segments

DEMO = Path(__file__).resolve().parents[2] / "b2bsync" / "demo"

ACME = """\
title   = "Acme Stores"
stage   = "production"
starts  = 2025-01-01
isa     = "ZZ:ACMESTORES"
[channel]
kind   = "directory"
in     = "exchange/acme/in"
out    = "exchange/acme/out"
settle = "10ms"
[documents]
receive = ["850", "997"]
send    = ["997", "855", "856", "810"]
"""

# Item 10001 costs 10.00 and 500 are there; 10002 costs 6.00 and 40 are there.
COMPANY_DATA = """
INSERT INTO WAREHOUSE VALUES ('ATL', 'Atlanta', '9521234000013', 'Atlanta', 'US');
INSERT INTO ITEM_MASTER VALUES
 ('10001', 'Hex bolt', 'PCE', NULL, 'G10', 'A', NULL, NULL, NULL, '0.25', NULL, '2025-01-02T00:00:00.000000Z'),
 ('10002', 'Hex nut', 'PCE', NULL, 'G10', 'A', NULL, NULL, NULL, '0.25', NULL, '2025-01-02T00:00:00.000000Z');
INSERT INTO WHS_STOCK VALUES
 ('10001', 'ATL', '500', '0', NULL, NULL, '2025-01-02T00:00:00.000000Z'),
 ('10002', 'ATL', '40', '0', NULL, NULL, '2025-01-02T00:00:00.000000Z');
INSERT INTO DEBTOR VALUES
 ('100001', 'Acme Stores Inc.', 'RETAIL', 'US-A', 'USD', 'ATL', 'N30', 'T', NULL, '0', NULL, '0', '',
  '1 Store Street', 'Dallas', 'TX', '75201', 'US', '2025-01-02T00:00:00.000000Z'),
 ('100002', 'Bolts and Beyond', 'RETAIL', 'US-A', 'USD', 'ATL', 'N30', 'T', NULL, '0', NULL, '0', '',
  '2 Bolt Road', 'Austin', 'TX', '73301', 'US', '2025-01-02T00:00:00.000000Z');
INSERT INTO DEBTOR_ADDR VALUES
 (1, '100001', 'SO', '9521235000012', '0001', 'Acme Stores', '1 Store Street', 'Dallas', 'TX', '75201', 'US',
  '2025-01-02T00:00:00.000000Z'),
 (2, '100001', 'SH', '9521235000029', '0042', 'Acme Warehouse', '42 Dock Road', 'Dallas', 'TX', '75202', 'US',
  '2025-01-02T00:00:00.000000Z');
INSERT INTO PRICE_LIST VALUES ('US-A', 'List', 'USD', '2025-01-01', NULL, '2025-01-02T00:00:00.000000Z');
INSERT INTO PRICE_COND VALUES
 (1, '10001', 'US-A', NULL, '10.00', 'USD', 'PCE', '1', '0', 'L', '2025-01-01', NULL, '2025-01-02T00:00:00.000000Z'),
 (2, '10002', 'US-A', NULL, '6.00', 'USD', 'PCE', '1', '0', 'L', '2025-01-01', NULL, '2025-01-02T00:00:00.000000Z');

CREATE TABLE REFUSAL (TEXT1 TEXT NOT NULL);     -- a row here: every order is refused, with these words
CREATE TRIGGER ANSWER AFTER UPDATE OF STATUS ON SO_HDR WHEN NEW.STATUS = 'RELEASED' BEGIN
  UPDATE SO_POS SET STATUS = 'OPEN', QTY_CONF = QTY, DATE_CONF = date('now') WHERE SO_NO = NEW.SO_NO;
  UPDATE SO_HDR SET STATUS = CASE WHEN EXISTS (SELECT 1 FROM REFUSAL) THEN 'REFUSED' ELSE 'ACCEPTED' END,
                    REFUSE_TEXT = (SELECT TEXT1 FROM REFUSAL) WHERE SO_NO = NEW.SO_NO;
END;
"""

# This ERP also ships without cartons: such goods hang on the order itself.
LOOSE = """
[connector.erp.stream.shipments.children.ORDERS.children.LOOSE]
of    = "ORDER_KEY"
query = \"\"\"
SELECT p.DELIV_NO || '/' || p.SO_NO AS ORDER_KEY, s.CUST_POS, p.ITEM_NO, p.QTY, p.UOM
FROM DELIV_POS p JOIN SO_POS s ON s.SO_NO = p.SO_NO AND s.POS_NO = p.SO_POS
WHERE p.PACK_NO = 0 AND p.DELIV_NO || '/' || p.SO_NO IN :keys ORDER BY p.POS_NO\"\"\"
"""
SHIPMENTS = """
extends = "demo_erp/shipments"

[fields.orders.lines]
each             = "LOOSE"
order_line       = "CUST_POS"
quantity         = "QTY"
unit             = { at = "UOM", codes = "demo_erp/unit" }
"items.supplier" = "ITEM_NO"
"""

# A connector of this workspace around the built-in one: files in the workspace say what goes wrong.
FAULTY = '''
"""The ERP on a bad day."""

import os
import signal
from pathlib import Path

from b2bsync.sync import Ambiguous, SourceError, Unreachable

from .sql import Settings
from .sql import connect as connect_well


def connect(settings, context):
    folder = Path(context.workspace)
    kind = Together if (folder / "erp-takes-many").exists() else Faulty
    return kind(connect_well(settings, context), folder)


class Faulty:
    def __init__(self, inner, folder):
        self.inner, self.folder = inner, folder

    def _reachable(self):
        if (self.folder / "erp-is-away").exists():
            raise Unreachable("erp.example:5432 refuses the connection")

    def check(self):
        return self.inner.check()

    def discover(self):
        return self.inner.discover()

    def close(self):
        self.inner.close()

    def pull(self, stream, cursor, until, *, full=False):
        self._reachable()
        return self.inner.pull(stream, cursor, until, full=full)

    def list_keys(self, stream):
        return self.inner.list_keys(stream)

    def find(self, kind, idem):
        self._reachable()
        with (self.folder / "calls.txt").open("a") as calls:
            calls.write(f"find {idem.number}\\n")
        return self.inner.find(kind, idem)

    def create(self, kind, record, idem):
        self._reachable()
        chokes = self.folder / "erp-chokes-on"
        if chokes.exists() and idem.number in chokes.read_text().split():
            raise SourceError(f"the ERP broke down over order {idem.number}")
        with (self.folder / "calls.txt").open("a") as calls:
            calls.write(f"create {idem.number}\\n")
        said = self.inner.create(kind, record, idem)
        if (self.folder / "kill-after-create").exists():
            os.kill(os.getpid(), signal.SIGKILL)
        if (self.folder / "lose-connection-after-create").exists():
            (self.folder / "lose-connection-after-create").rename(self.folder / "erp-is-away")
            return Ambiguous("the connection broke while committing")
        return said

    def confirm(self, kind, ref, idem):
        self._reachable()
        return self.inner.confirm(kind, ref, idem)

    def read_back(self, kind, ref):
        self._reachable()
        looks = self.folder / "erp-thinks"  # so many looks from now on find no decision
        if looks.exists() and (left := int(looks.read_text())):
            looks.write_text(str(left - 1))
            return None
        if (self.folder / "erp-hides-orders").exists():
            raise SourceError("there is no view of orders")
        return self.inner.read_back(kind, ref)


class Together(Faulty):
    def find_many(self, kind, idems):
        found = {idem.text: self.find(kind, idem) for idem in idems}
        return {text: ref for text, ref in found.items() if ref is not None}

    def confirm_many(self, kind, refs):
        return {ref: self.confirm(kind, ref, idem) for ref, idem in refs.items()}

    def read_back_many(self, kind, refs):
        answers = {ref: self.read_back(kind, ref) for ref in refs}
        return {ref: answer for ref, answer in answers.items() if answer is not None}
'''


@dataclass(frozen=True)
class Trade:
    """The workspace at ``root``. Every call opens the installation anew, as a command does."""

    root: Path

    def open(self) -> App:
        return App(self.root)

    @property
    def inbox(self) -> Path:
        return self.root / "exchange" / "acme" / "in"

    @property
    def outbox(self) -> Path:
        return self.root / "exchange" / "acme" / "out"

    def drop(self, name: str, content: str | bytes) -> Path:
        """The buyer leaves a file in the directory we look into."""
        path = self.inbox / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def once(self) -> Once:
        with self.open() as app:
            return app.once()

    def receive(self, content: str | bytes, partner: str = "acme") -> Once:
        """A file comes in by hand, and everything that follows from it is done."""
        file = self.root / "handed-in.edi"
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        with self.open() as app:
            arrivals.take(app, file, partner)
            return app.once()

    def pull(self, *names: str, full: bool = False) -> list[dict[str, Any]]:
        with self.open() as app:
            return pulls.pull(app, names, full=full)

    def retry(self, document: int) -> str:
        with self.open() as app:
            return documents.retry(app, document, "test")

    def sent(self, type: str) -> list[list[str]]:
        """The interchanges of a type in the buyer's directory, oldest first, each as its segments."""
        return [segments(path.read_text()) for path in sorted(self.outbox.glob(f"{type}_*.edi"))]

    def documents(self, **filters: Any) -> list[dict[str, Any]]:
        """Oldest first."""
        with self.open() as app:
            return documents.listing(app, **filters)[::-1]

    def document(self, document: int) -> dict[str, Any]:
        with self.open() as app:
            return documents.one(app, document)

    def raw(self, document: int) -> bytes:
        with self.open() as app:
            return b"".join(documents.raw(app, document))

    def message_raw(self, message: int) -> bytes:
        """A file as it came."""
        with self.open() as app, app.database.session() as session:
            row = journal.message(session, message)
            assert row is not None
            return blobs.read_all(session, row.digest)

    def messages(self) -> list[dict[str, Any]]:
        with self.open() as app:
            return documents.messages(app)[::-1]

    def deliveries(self) -> list[dict[str, Any]]:
        with self.open() as app:
            return operations.delivery_listing(app)[::-1]

    def lanes(self) -> dict[str, dict[str, Any]]:
        with self.open() as app:
            return {lane["id"]: lane for lane in operations.lanes(app)["lanes"]}

    def retry_lane(self, lane: str) -> None:
        with self.open() as app:
            operations.retry_lane(app, lane, "test")

    def order(self, number: str) -> dict[str, Any]:
        with self.open() as app:
            [life] = orders.lives(app, number)
            return life

    def erp(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Read or write the ERP's own tables."""
        connection = sqlite3.connect(self.root / "erp.db")
        try:
            with connection:
                return connection.execute(statement, values).fetchall()
        finally:
            connection.close()

    def sales_orders(self) -> list[tuple[Any, ...]]:
        """What the ERP has: number, the customer's PO, status."""
        return self.erp("SELECT SO_NO, CUST_PO, STATUS FROM SO_HDR ORDER BY SO_NO")

    def ship(self, delivery: int, order: int, quantity: str, *, packed: bool = True, day: str = "2026-03-03") -> None:
        """The ERP ships some of item 10001, in a carton or loose."""
        now = f"{day}T12:00:00.000000Z"
        self.erp(
            "INSERT INTO DELIV_HDR VALUES (?, '100001', '0042', 'ATL', ?, ?, 'UPSN', 'B-77', '6.0', 1, 'S', ?, ?)",
            delivery, day, day, now, now,
        )  # fmt: skip
        if packed:
            self.erp("INSERT INTO DELIV_PACK VALUES (?, 1, ?, 'CTN', '6.0', '1Z999')", delivery, SSCC)
        self.erp(
            "INSERT INTO DELIV_POS VALUES (?, 1, ?, ?, 10, '10001', ?, 'PCE')",
            delivery, 1 if packed else 0, order, quantity,
        )  # fmt: skip

    def invoice(self, number: int, delivery: int, order: int, *, day: str = "2026-03-04") -> None:
        """The ERP invoices 24 of item 10001 at 10.00."""
        self.erp(
            "INSERT INTO INV_HDR VALUES"
            " (?, '100001', ?, ?, ?, '2026-04-03', 'USD', '240.00', '0', '0', '240.00', 30, NULL, NULL, ?)",
            number, order, delivery, day, f"{day}T12:00:00.000000Z",
        )  # fmt: skip
        self.erp(
            "INSERT INTO INV_POS VALUES (?, 1, ?, 10, '10001', '24', 'PCE', '10.00', '1', '240.00')", number, order
        )

    def agree(self, old: str, new: str) -> None:
        """Change the agreement with Acme."""
        path = self.root / "partners" / "acme.toml"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def write(self, name: str, text: str) -> Path:
        """Put a file into the workspace."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path


SSCC = "095212340000000011"


def build(root: Path, database_url: str = "") -> Trade:
    """A workspace whose master data is pulled."""
    shutil.copytree(DEMO / "workspace", root)
    (root / "partners" / "acme.toml").write_text(ACME)
    config = root / "config.toml"
    text = (
        config.read_text().replace('use = "sql"', 'use = "faulty"').replace("demo_erp/shipments", "shop/shipments")
        + LOOSE
    )
    config.write_text(text + (f'\n[database]\nurl = "{database_url}"\n' if database_url else ""))
    (root / "mappings" / "shop").mkdir(parents=True)
    (root / "mappings" / "shop" / "shipments.toml").write_text(SHIPMENTS)
    (root / "connectors").mkdir(exist_ok=True)
    (root / "connectors" / "faulty.py").write_text(FAULTY)
    connection = sqlite3.connect(root / "erp.db")
    connection.executescript((DEMO / "erp_schema.sql").read_text() + COMPANY_DATA)
    connection.close()
    trade = Trade(root)
    trade.inbox.mkdir(parents=True)
    trade.outbox.mkdir(parents=True)
    runs = trade.pull("erp")
    assert [(run["stream"], run["error"]) for run in runs if run["status"] in ("failed", "stopped")] == []
    return trade
