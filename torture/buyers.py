"""Twenty buyers in one process: ``python -m torture.buyers FOLDER SEED``.

They order as long as ``FOLDER/quota`` allows more, each with a few orders open at a time; they take away what comes,
count it in ``FOLDER/buyers.db`` without a word of complaint, and acknowledge it, late at times, with errors at times.
Now and then a file goes out twice, or an order once more in another interchange. Some files are left in
``FOLDER/post`` for somebody to hand over with ``b2bsync receive``. Ends at the end of its input.
"""

import sqlite3
import sys
import threading
import time
from pathlib import Path
from random import Random

from torture import paper
from torture.erp import REFUSED
from torture.world import PRICE, partners, plenty, scarce

OPEN = 5
"""Orders that a buyer has open at most."""
POSTED = "P"
"""In the numbers of orders that go by post, apart from the others' order."""


class Buyer:
    def __init__(self, name: str, folder: Path, ledger: sqlite3.Connection, seed: int) -> None:
        self.name, self.ledger = name, ledger
        self.buyer, self.customer = f"BUYER{name[1:]}", f"C{name[1:]}"
        exchange = folder / "workspace" / "exchange" / name
        self.sends, self.receives, self.post = exchange / "in", exchange / "out", folder / "post"
        self.random = Random(f"{seed} {name}")
        self.control = self.number = 0
        self.open: set[str] = set()
        self.done: list[tuple[str, list[tuple[str, int]]]] = []
        self.lines: dict[str, list[tuple[str, int]]] = {}
        self.files: list[tuple[str, int, bytes]] = []
        self.seen: dict[int, bytes] = {}
        self.leaving: list[tuple[str, bytes]] = []
        self.due: list[tuple[float, paper.Envelope]] = []

    # -- out of the house ----------------------------------------------------------------------------------------------

    def order(self, most: int) -> int:
        """Sends one file with one to three new orders; how many that were."""
        count = min(self.random.choice((1, 1, 2, 3)), most, OPEN - len(self.open))
        if count < 1:
            return 0
        posted = self.random.random() < 0.03
        sets = []
        for position in range(1, count + 1):
            self.number += 1
            refused = REFUSED if self.random.random() < 0.04 else ""
            number = f"{self.name}-{self.number:05d}{POSTED if posted else ''}{refused}"
            lines = [(plenty(self.random.randrange(1000)), self.random.randint(1, 20))]
            if self.random.random() < 0.5:
                lines.append((scarce(self.random.randrange(1000)), self.random.randint(1, 6)))
            if self.random.random() < 0.2:
                lines.append((plenty(self.random.randrange(1000)), self.random.randint(1, 20)))
            self._note_order(number, lines, position)
            self.open.add(number)
            sets.append(paper.purchase_order(number, self.customer, lines, str(PRICE)))
        self._send("PO", "850", sets, "posted" if posted else "order")
        return count

    def repeat(self) -> None:
        """At times something goes out once more: the very file, or an answered order in a new interchange."""
        chance = self.random.random()
        if self.files and chance < 0.05:
            name, control, data = self.random.choice(self.files[-5:])
            self._file(f"again-{self.control:06d}-{name}", control, data, "again")
        elif self.done and chance > 0.95:
            number, lines = self.random.choice(self.done[-10:])
            self.ledger.execute(
                "INSERT INTO SENT VALUES (?, ?, 1, ?, 'again', ?)", (self.name, self.control + 1, number, time.time())
            )
            self._send("PO", "850", [paper.purchase_order(number, self.customer, lines, str(PRICE))], "repeat")

    def acknowledge(self, everything: bool = False) -> None:
        now = time.monotonic()
        ready = [envelope for at, envelope in self.due if everything or at <= now]
        self.due = [(at, envelope) for at, envelope in self.due if not everything and at > now]
        for envelope in ready:
            verdict = self.random.choices("AER", (92, 4, 4))[0]
            self.ledger.execute(
                "INSERT INTO ACKNOWLEDGED VALUES (?, ?, ?, ?)", (self.name, envelope.code, envelope.group, verdict)
            )
            self._send("FA", "997", [paper.acknowledgement(envelope, verdict)], "ack")

    def _note_order(self, number: str, lines: list[tuple[str, int]], position: int) -> None:
        self.lines[number] = lines
        self.ledger.execute(
            "INSERT INTO SENT VALUES (?, ?, ?, ?, 'first', ?)",
            (self.name, self.control + 1, position, number, time.time()),
        )
        self.ledger.executemany(
            "INSERT INTO WANTED VALUES (?, ?, ?, ?, ?)",
            [(self.name, number, str(n), item, quantity) for n, (item, quantity) in enumerate(lines, start=1)],
        )

    def _send(self, code: str, type: str, sets: list[list[list[str]]], kind: str) -> None:
        self.control += 1
        data = paper.interchange(self.buyer, code, type, sets, self.control)
        name = f"{self.name}-{self.control:06d}.x12"
        if kind == "posted":
            self._note_file(name, self.control, kind)
            hidden = self.post / f".{name}"
            hidden.write_bytes(data)
            hidden.replace(self.post / name)
            return
        self._file(name, self.control, data, kind)
        if code == "PO":
            self.files.append((name, self.control, data))

    def _file(self, name: str, control: int, data: bytes, kind: str) -> None:
        """Into the supplier's directory, in turn."""
        self._note_file(name, control, kind)
        self.leaving.append((name, data))
        self.leave()

    def leave(self) -> None:
        """Whole or not at all; while the disk is full, nothing leaves."""
        while self.leaving:
            name, data = self.leaving[0]
            hidden = self.sends / f".{name}.part"
            try:
                hidden.write_bytes(data)
                hidden.replace(self.sends / name)
            except OSError:
                return
            self.leaving.pop(0)

    def _note_file(self, name: str, control: int, kind: str) -> None:
        self.ledger.execute("INSERT INTO FILED VALUES (?, ?, ?, ?)", (self.name, name, control, kind))

    # -- into the house ------------------------------------------------------------------------------------------------

    def take(self) -> None:
        """Takes away every file that has its name, in the order in which they got it (a name is a change of the
        inode)."""
        found = [(p.stat().st_ctime_ns, p) for p in self.receives.iterdir() if not p.name.startswith(".")]
        for arrived, path in sorted(found):
            data = path.read_bytes()
            path.unlink()
            try:
                envelopes = paper.opened(data)
            except (ValueError, IndexError) as error:
                self.ledger.execute("INSERT INTO TROUBLE VALUES (?, ?)", (self.name, f"{path.name}: {error}"))
                continue
            for envelope in envelopes:
                self._read(envelope, data, arrived)

    def _read(self, envelope: paper.Envelope, data: bytes, arrived: int) -> None:
        isa = int(envelope.interchange)
        if isa in self.seen:
            again = (self.name, envelope.sets[0][0][1], isa, self.seen[isa] == data)
            self.ledger.execute("INSERT INTO RESENT VALUES (?, ?, ?, ?)", again)
            if self.seen[isa] == data:
                if envelope.code != "FA":
                    self._owe(envelope)
                return
        self.seen[isa] = data
        for position, segments in enumerate(envelope.sets, start=1):
            said = paper.summary(segments)
            number, status = self._noted(said, isa)
            row = (self.name, said["type"], number, status, isa, position, arrived, time.time())
            self.ledger.execute("INSERT INTO GOT VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        if envelope.code != "FA":
            self._owe(envelope)

    def _noted(self, said: dict[str, object], isa: int) -> tuple[str, str]:
        """The business number that a set is about, and what it says."""
        match said:
            case {"type": "855", "number": str(number), "status": str(status), "lines": list(lines)}:
                for line in lines:
                    item = dict(enumerate(self.lines[number], start=1)).get(int(line["number"]), ("?", 0))[0]
                    for ack in line["acks"]:
                        if ack["status"] in ("IA", "IQ", "IC", "DR"):
                            row = (self.name, number, item, ack["quantity"], isa)
                            self.ledger.execute("INSERT INTO PROMISED VALUES (?, ?, ?, ?, ?)", row)
                self.open.discard(number)
                if not number.endswith(REFUSED):
                    self.done.append((number, self.lines[number]))
                return number, status
            case {"type": "997", "group": str(group), "verdict": str(verdict)}:
                return group, verdict
            case {"type": "856", "orders": [str(number), *_]} | {"type": "810", "order": str(number)}:
                return number, ""
        return "?", ""

    def _owe(self, envelope: paper.Envelope) -> None:
        late = self.random.uniform(2, 6) if self.random.random() < 0.1 else self.random.uniform(0, 0.5)
        self.due.append((time.monotonic() + late, envelope))


def main(folder: Path, seed: int) -> None:
    ledger = sqlite3.connect(folder / "buyers.db", isolation_level=None)
    ledger.execute("PRAGMA journal_mode = WAL")
    ledger.execute("PRAGMA synchronous = OFF")
    ledger.executescript((Path(__file__).parent / "ledger.sql").read_text("utf-8"))
    (folder / "post" / "done").mkdir(parents=True, exist_ok=True)
    buyers = [Buyer(name, folder, ledger, seed) for name in partners()]
    print("open", flush=True)
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    random, sent = Random(seed), 0
    while not ended.wait(0.05):
        allowed = int((folder / "quota").read_text() or "0")
        ledger.execute("BEGIN")
        for buyer in random.sample(buyers, len(buyers)):
            buyer.take()
            buyer.leave()
            buyer.acknowledge()
            if sent < allowed and random.random() < 0.5:
                made = buyer.order(allowed - sent)
                sent += made
                if made:
                    buyer.repeat()
        ledger.execute("COMMIT")
    ledger.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
