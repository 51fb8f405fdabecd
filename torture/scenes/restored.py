"""The database is lost in the middle of the trade and a backup, taken while it ran, comes into its place. What was sent
since must not go out a second time, what was ordered since must not be lost."""

import json
import sqlite3
import time
from dataclasses import replace

from torture.postgresql import Server
from torture.rig import Rig, until
from torture.scenes.scene import PATIENCE, Scene
from torture.watch import Watch

QUIET = 5.0


class Restored(Scene):
    title = "the database lost in the middle, and a backup restored"
    forgiven = ("acknowledgements of the buyers that are not in our journal",)  # of what was sent after the backup

    def happen(self, rig: Rig, server: Server | None) -> None:
        backup = str(rig.place.folder / "backup.b2b")
        self._must(rig, "backup", backup)
        taken = rig.watch.one("select count(*) from document")
        rig.allow(10)
        until(lambda: rig.watch.one("select count(*) from document") > taken + 40, PATIENCE)
        lost = rig.watch.one("select count(*) from document") - taken
        for daemon in rig.daemons:
            daemon.kill()
        self.told("documents in the backup, and made after it", f"{taken}, {lost}")
        rig.watch.close()  # it is in use as long as somebody looks into it
        if server is not None:
            self._move(rig, server.database())
            self._must(rig, "restore", backup)
        else:
            self._must(rig, "restore", backup, "--replace")
        rig.watch = Watch(rig.place)
        self._must(rig, "receive", "--missed")
        for file in sorted(
            (rig.place.folder / "post" / "done").iterdir()
        ):  # these came by hand: they are asked for again
            self._must(rig, "receive", str(file), "--partner", file.name[:3])
        for daemon in rig.daemons:
            daemon.start()
        had = self._files(rig)
        until(lambda: rig.watch.moved(rig.daemons[0].node), PATIENCE)
        time.sleep(QUIET)
        until(
            lambda: not rig.watch.one("select count(*) from task where lane like 'orders:%' or lane like 'erp:%'"),
            PATIENCE,
        )
        time.sleep(QUIET)
        if sent := self._files(rig) - had:
            self.wrong(f"{sent} files went out before they were released")
        self._decide(rig)
        self._must(rig, "deliveries", "release", "--all")

    def _move(self, rig: Rig, url: str) -> None:
        rig.place = replace(rig.place, url=url)
        rig.beside.place = rig.place
        for one in (rig.beside, *rig.daemons):
            one.environment["B2BSYNC_DATABASE_URL"] = url

    def _decide(self, rig: Rig) -> None:
        """What an operator does: what the partner has already, by type and business number, is closed."""
        listed = self._must(rig, "deliveries", "list", "--state", "queued", "-n", "10000", "--json")
        queued = json.loads(listed)
        with sqlite3.connect(rig.place.ledger, timeout=30) as ledger:
            has = {(p, f"{type} {n}") for p, type, n in ledger.execute("SELECT PARTNER, TYPE, NUMBER FROM GOT")}
        orders = self._orders(rig)
        closed = 0
        for delivery in queued:
            names = {(delivery["partner"], orders.get(text, text)) for text in delivery["documents"]}
            if names <= has:
                self._must(rig, "deliveries", "decide", str(delivery["id"]), "sent")
                closed += 1
        self.told("deliveries held, and of them closed because the partner had them", f"{len(queued)}, {closed}")

    def _orders(self, rig: Rig) -> dict[str, str]:
        """Our numbers of shipments and invoices to the order numbers that the buyers go by."""
        with sqlite3.connect(rig.place.books, timeout=30) as books:
            shipped = books.execute("SELECT DELIV_NO, CUST_PO FROM DELIV JOIN SO_HDR USING (SO_NO)").fetchall()
            billed = books.execute("SELECT INV_NO, CUST_PO FROM INV JOIN SO_HDR USING (SO_NO)").fetchall()
        return {f"856 {n}": f"856 {po}" for n, po in shipped} | {f"810 {n}": f"810 {po}" for n, po in billed}

    def _files(self, rig: Rig) -> int:
        with sqlite3.connect(rig.place.ledger, timeout=30) as ledger:
            got: int = ledger.execute("SELECT (SELECT count(*) FROM GOT) + (SELECT count(*) FROM RESENT)").fetchone()[0]
        return got

    def _must(self, rig: Rig, *arguments: str) -> str:
        code, said = rig.beside.run(*arguments)
        if code:
            self.wrong(f"b2bsync {' '.join(arguments)} ended with {code}: {said.strip()[-400:]}")
        return said
