"""The ERP under torture: ``python -m torture.erp DATABASE TELL SEED``, a process of its own with its own database.

It takes whatever order it is handed, a second and a third time too: nothing is unique but its own numbers. It answers
late, at times long after its commit; it refuses the orders whose numbers end with R, and breaks down over some
questions about many orders, half of what was asked done. What it took it ships and invoices. ``TELL`` is a datagram
socket: everybody who listens there learns of every order in flight, and of the moment.
Prints its address; ends on SIGTERM or at the end of its input.
"""

import json
import socket
import socketserver
import sqlite3
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from b2bsync.vocabulary.identifiers import sscc

REFUSED = "R"
"""What the numbers of orders end with that this ERP refuses."""
SLOW = 0.3
"""The share of orders whose answer is long in coming: the moments that kills are timed for."""
BREAKS = 0.1
"""The share of questions about many orders that it breaks down over: each of them is then asked about by itself."""
BEFORE, AFTER, ANSWERED = (
    "before the ERP's commit",
    "after the ERP's commit, before its answer",
    "after the ERP's answer",
)
"""The moments of an order in flight."""
FIRST_DELIVERY = 8000000001


def open_books(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, timeout=30, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = OFF")  # this process is not the one that is killed
    return connection


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Erp:
    """The books, one transaction at a time, and everything that happens at random."""

    def __init__(self, path: Path, tell: str, seed: int) -> None:
        self.books = open_books(path)
        self.lock = threading.Lock()
        self.random = Random(seed)
        self.listener = tell
        self.line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.line.setblocking(False)

    def tell(self, at: str, pid: int, order: str, slow: bool) -> None:
        """Nobody has to listen."""
        with suppress(OSError):
            self.line.sendto(json.dumps({"at": at, "pid": pid, "order": order, "slow": slow}).encode(), self.listener)

    def answer(self, request: dict[str, Any]) -> object:
        match request["do"]:
            case "find":
                return self._find(request["idem"])
            case "create":
                return self._create(request["idem"], request["order"], request["pid"])
            case "confirm":
                self._confirm(int(request["ref"]))
                return True
            case "read_back":
                return self._read_back(int(request["ref"]))
            case "find_many" | "confirm_many" | "read_back_many" as question if self.random.random() < BREAKS:
                return self._break_down(question, request.get("refs", ()))
            case "find_many":
                found = {idem: self._find(idem) for idem in request["idems"]}
                return {idem: ref for idem, ref in found.items() if ref is not None}
            case "confirm_many":
                for ref in request["refs"]:
                    self._confirm(int(ref))
                return True
            case "read_back_many":
                return {ref: self._read_back(int(ref)) for ref in request["refs"]}
        raise ValueError(f"the ERP cannot {request['do']!r}")

    def _break_down(self, question: str, refs: Sequence[str]) -> dict[str, str]:
        """Some of what was asked to be done is done all the same, and nobody is told which."""
        if question == "confirm_many":
            for ref in refs[: len(refs) // 2]:
                self._confirm(int(ref))
        with self.lock:
            self.books.execute("INSERT INTO BROKEN VALUES (?)", (question,))
        return {"broken": f"{question}: that is too much at once"}

    def _find(self, idem: str) -> str | None:
        with self.lock:
            row = self.books.execute("SELECT max(SO_NO) FROM SO_HDR WHERE EXT_REF = ?", (idem,)).fetchone()
        return str(row[0]) if row[0] else None

    def _create(self, idem: str, order: dict[str, Any], pid: int) -> dict[str, str]:
        number = order["CUST_PO"]
        slow = self.random.random() < SLOW
        self.tell(BEFORE, pid, number, slow)
        time.sleep(self.random.uniform(0.01, 0.03) if slow else 0.0005)
        with self.lock:
            self.books.execute("BEGIN IMMEDIATE")
            if number.endswith(REFUSED):
                self.books.execute("INSERT INTO REFUSAL VALUES (?, ?, ?)", (order["CUST_NO"], number, idem))
                said = {"refused": "we do not want this one"}
            else:
                said = {"ref": str(self._take(idem, order))}
            self.books.execute("COMMIT")
        self.tell(AFTER, pid, number, slow)
        time.sleep(self.random.choice((0.02, 0.05, 0.2)) if slow else self.random.uniform(0, 0.003))
        return said

    def _take(self, idem: str, order: dict[str, Any]) -> int:
        head = (order["CUST_NO"], order["CUST_PO"], order["CUST_PO_DATE"], idem, order["CURR"], now())
        ref = self.books.execute(
            "INSERT INTO SO_HDR (CUST_NO, CUST_PO, CUST_PO_DATE, EXT_REF, CURR, CHG_TS) VALUES (?, ?, ?, ?, ?, ?)", head
        ).lastrowid
        assert ref is not None
        for n, line in enumerate(order["lines"], start=1):
            quantity = int(Decimal(str(line["QTY"])))
            amount = quantity * Decimal(str(line["NET_PRICE"])) / Decimal(str(line["PRICE_PER"] or 1))
            self.books.execute(
                "INSERT INTO SO_POS VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    ref, n * 10, line["CUST_POS"], line["ITEM_NO"], quantity, line["UOM"], str(line["NET_PRICE"]),
                    str(line["PRICE_PER"] or 1), f"{amount:.2f}",
                ),
            )  # fmt: skip
            self.books.execute(
                "UPDATE ITEM SET QTY_RESERVED = QTY_RESERVED + ?, CHG_TS = ? WHERE ITEM_NO = ?",
                (quantity, now(), line["ITEM_NO"]),
            )
        return ref

    def _confirm(self, ref: int) -> None:
        with self.lock:
            self.books.execute(
                "UPDATE SO_HDR SET STATUS = 'ACCEPTED', CHG_TS = ? WHERE SO_NO = ? AND STATUS = 'NEW'", (now(), ref)
            )

    def _read_back(self, ref: int) -> dict[str, Any]:
        with self.lock:
            head = self.books.execute("SELECT * FROM SO_HDR WHERE SO_NO = ?", (ref,)).fetchone()
            rows = self.books.execute("SELECT * FROM SO_POS WHERE SO_NO = ? ORDER BY POS_NO", (ref,)).fetchall()
        lines = [
            {
                "CUST_POS": row["CUST_POS"],
                "QTY_CONF": str(row["QTY"]),
                "UOM": row["UOM"],
                "NET_PRICE": row["NET_PRICE"],
                "PRICE_PER": row["PRICE_PER"],
                "CURR": head["CURR"],
                "REFUSED": "N",
                "REFUSE_TEXT": None,
            }
            for row in rows
        ]
        return {"SO_NO": str(ref), "REFUSED": "N", "REFUSE_TEXT": None, "lines": lines}

    def work(self, most: int = 20) -> None:
        """One pass of the back office: some orders leave the house, some of what left is invoiced."""
        today = date.today().isoformat()
        with self.lock:
            self.books.execute("BEGIN IMMEDIATE")
            accepted = "SELECT SO_NO, CUST_NO FROM SO_HDR WHERE STATUS = 'ACCEPTED' ORDER BY SO_NO LIMIT ?"
            for order in self.books.execute(accepted, (most,)).fetchall():
                self._ship(order["SO_NO"], order["CUST_NO"], today)
            waiting = "SELECT DELIV_NO, SO_NO, CUST_NO FROM DELIV WHERE INVOICED = 0 ORDER BY DELIV_NO LIMIT ?"
            for row in self.books.execute(waiting, (most,)).fetchall():
                if self.random.random() < 0.5:
                    self._invoice(row["DELIV_NO"], row["SO_NO"], row["CUST_NO"], today)
            self.books.execute("COMMIT")

    def _ship(self, order: int, customer: str, today: str) -> None:
        number = self.books.execute(
            "INSERT INTO DELIV (SO_NO, CUST_NO, SHIP_DATE, CHG_TS) VALUES (?, ?, ?, ?)", (order, customer, today, now())
        ).lastrowid
        assert number is not None
        label = sscc(0, "9521234", number - FIRST_DELIVERY + 1)
        self.books.execute("UPDATE DELIV SET SSCC = ? WHERE DELIV_NO = ?", (label, number))
        for line in self.books.execute("SELECT ITEM_NO, QTY FROM SO_POS WHERE SO_NO = ?", (order,)).fetchall():
            self.books.execute(
                "UPDATE ITEM SET QTY_RESERVED = QTY_RESERVED - ?, QTY_ONHAND = QTY_ONHAND - ?, CHG_TS = ?"
                " WHERE ITEM_NO = ?",
                (line["QTY"], line["QTY"], now(), line["ITEM_NO"]),
            )
        self.books.execute("UPDATE SO_HDR SET STATUS = 'SHIPPED' WHERE SO_NO = ?", (order,))

    def _invoice(self, delivery: int, order: int, customer: str, today: str) -> None:
        rows = self.books.execute("SELECT AMOUNT FROM SO_POS WHERE SO_NO = ?", (order,)).fetchall()
        net = sum((Decimal(row["AMOUNT"]) for row in rows), Decimal(0))
        self.books.execute(
            "INSERT INTO INV (SO_NO, DELIV_NO, CUST_NO, INV_DATE, NET_AMT, CHG_TS) VALUES (?, ?, ?, ?, ?, ?)",
            (order, delivery, customer, today, f"{net:.2f}", now()),
        )
        self.books.execute("UPDATE DELIV SET INVOICED = 1 WHERE DELIV_NO = ?", (delivery,))


class Requests(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True
    erp: Erp

    def handle(self) -> None:
        with suppress(OSError):  # whoever asked was killed
            for line in self.rfile:
                request = json.loads(line)
                self.wfile.write(json.dumps(self.erp.answer(request)).encode() + b"\n")
                if request["do"] == "create":
                    self.erp.tell(ANSWERED, request["pid"], request["order"]["CUST_PO"], True)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


def main(path: Path, tell: str, seed: int) -> None:
    erp = Requests.erp = Erp(path, tell, seed)
    with Server(("127.0.0.1", 0), Requests) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(f"127.0.0.1:{server.server_address[1]}", flush=True)
        ended = threading.Event()
        threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
        while not ended.wait(0.2):
            erp.work()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
