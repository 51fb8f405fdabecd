"""The buyer's day: order, wait, read, acknowledge, order the same again by mistake, stop."""

import json
import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

from b2bsync.demo.buyer import paper

EXPECTED: Counter[str] = Counter({"997": 2, "855": 1, "856": 1, "810": 1})
"""What comes back for one order and its repetition."""

REPEAT_AFTER = "855"
"""The document whose arrival makes the buyer send the same order again."""


class Buyer:
    """Writes into ``folder/in``, reads ``folder/out``, keeps what it read in ``folder/buyer``.

    ``seen`` counts the transaction sets by type. Set ``stop`` to end :meth:`run`.
    """

    def __init__(self, folder: Path, basket: dict[str, Any], *, repeats: bool = True):
        self.sends, self.receives, self.home = folder / "in", folder / "out", folder / "buyer"
        for place in (self.sends, self.receives, self.home):
            place.mkdir(parents=True, exist_ok=True)
        self.basket = basket
        self.repeats = repeats
        self.seen: Counter[str] = Counter()
        self.stop = Event()

    @property
    def log(self) -> Path:
        return self.home / "log.jsonl"

    def run(self, expected: Mapping[str, int], poll: float, timeout: float) -> Counter[str]:
        """Orders, and works until everything expected has come, ``stop`` is set or the time is over.

        Gives what is missing; nothing when it was stopped."""
        deadline = time.monotonic() + timeout
        self.order()
        repeat = self.repeats
        while not self.stop.is_set():
            self.read()
            if repeat and self.seen[REPEAT_AFTER]:
                self.order()
                repeat = False
            missing = Counter(expected) - self.seen
            if not missing and not repeat:
                self.note("done")
                return missing
            if time.monotonic() > deadline:
                self.note("gave_up", missing=dict(missing))
                return missing
            self.stop.wait(poll)
        self.note("stopped")
        return Counter()

    def order(self) -> None:
        """Sends the basket's order; every time in a new interchange."""
        control = self._send("PO", paper.purchase_order(self.basket), f"850-{self.basket['number']}")
        self.note("sent", type="850", number=self.basket["number"], control=control)

    def read(self) -> None:
        """Takes every whole file, notes what each set says and acknowledges each group that is no acknowledgement."""
        for path in sorted(p for p in self.receives.iterdir() if p.is_file() and not p.name.startswith(".")):
            kept = self.home / path.name
            path.replace(kept)
            try:
                envelopes = paper.opened(kept.read_bytes())
            except (ValueError, IndexError) as error:
                self.note("unreadable", file=path.name, why=str(error))
                continue
            for envelope in envelopes:
                for segments in envelope.sets:
                    said = paper.summary(segments)
                    self.seen[said["type"]] += 1
                    self.note("received", file=path.name, control=envelope.group, **said)
                if envelope.code != "FA":
                    control = self._send("FA", paper.acknowledgement(envelope), f"997-{envelope.group}")
                    self.note("acknowledged", code=envelope.code, group=envelope.group, control=control)

    def note(self, event: str, **what: object) -> None:
        line = {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event, **what}
        with self.log.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def _send(self, code: str, segments: list[paper.Segment], name: str) -> int:
        """Puts an interchange where the supplier looks, named only once it is whole. Gives its control number."""
        control = self._next_control_number()
        hidden = self.sends / f".{name}.part"
        hidden.write_bytes(paper.interchange(code, [segments], control))
        hidden.replace(self.sends / f"{name}-{control:09d}.x12")
        return control

    def _next_control_number(self) -> int:
        """Counts over restarts: a control number that comes twice is a duplicate to the supplier."""
        counter = self.home / "control_number"
        number = int(counter.read_text()) + 1 if counter.exists() else 1
        counter.write_text(str(number))
        return number
