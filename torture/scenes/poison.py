"""One document kills the process that reads it, each time. After three starts it is parked, and the rest flows; when it
is mended, it flows, too."""

from torture.postgresql import Server
from torture.rig import Rig, until
from torture.scenes.scene import Scene

FUNCTIONS = '''
import os
import signal
import threading
from contextlib import suppress
from pathlib import Path

FLAG = Path({flag!r})


def fatal(value):
    """While the file is there: the first order that is read is the poison, and kills the process each time."""
    if FLAG.exists():
        mine = FLAG.with_name(f"poison-{{os.getpid()}}-{{threading.get_ident()}}")
        mine.write_text(value)
        chosen = FLAG.with_name("poisonous")
        with suppress(FileExistsError):
            os.link(mine, chosen)
        if chosen.read_text() == value:
            os.kill(os.getpid(), signal.SIGKILL)
    return value
'''
MAPPING = 'extends = "x12/004010/850"\n[fields]\nnumber = { at = "BEG03", read = "fatal(value)" }\n'
PATIENCE = 150.0


class Poison(Scene):
    title = "one document that kills its process each time"
    forgiven = ("out of order within a lane",)  # it went when it was mended, behind the others

    def prepare(self, rig: Rig) -> None:
        self._flag = rig.place.folder / "poison"
        mappings = rig.place.root / "mappings"
        (mappings / "x12" / "004010").mkdir(parents=True)
        (mappings / "functions.py").write_text(FUNCTIONS.format(flag=str(self._flag)))
        (mappings / "x12" / "004010" / "850.toml").write_text(MAPPING)

    def happen(self, rig: Rig, server: Server | None) -> None:
        self._flag.touch()
        rig.allow(10)
        deaths = 0

        def parked() -> bool:
            nonlocal deaths
            deaths += sum(daemon.keep_up() for daemon in rig.daemons)
            return bool(rig.watch.parked())

        if until(parked, PATIENCE, 0.1) is None:
            self.wrong("it was never parked")
            return
        [(lane, stage, error)] = rig.watch.parked()
        self.told("deaths of a daemon until it was parked", deaths)
        self.told("parked", f"{stage} in {lane}: {error}")
        if deaths > 3:
            self.wrong(f"{deaths} deaths; three were allowed")
        # What came after it in its own lane stands behind it; that is wanted.
        flows = until(lambda: rig.watch.waiting(but=lane) == 0, PATIENCE, 0.2)
        self.told("the rest was worked off", "no" if flows is None else "yes")
        if flows is None:
            self.wrong("the rest did not flow")
        self._flag.unlink()
        code, said = rig.beside.run("lanes", "retry", lane)
        if code:
            self.wrong(f"lanes retry {lane}: {said}")
