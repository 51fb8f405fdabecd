"""Orders in doubt: an earlier try may have created them in the ERP unseen. How long that is over decides how long they
are looked for before they are created."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Clock:
    """How a hand-over tells the time: ``now`` in seconds that only grow, whatever the machine's date, and waiting."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


class Doubts:
    """Since when, as far as this process knows, nobody can have tried the orders in doubt, by lane.

    A try is counted in the push's row and committed before the ERP is called, by the run that holds the lane. So from
    the moment at which a run of this process, holding it, saw an order with so many tries, there was none for as long
    as it has that many: none of another process (that is dead, or fenced off) and none of this one. Nobody's wall
    clock is asked.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: dict[str, dict[tuple[str, int], float]] = {}

    def quiet_since(
        self, lane: str, tries: Mapping[str, int], waiting: Callable[[], Mapping[str, int]]
    ) -> dict[str, float]:
        """The moment for each order in doubt, by the clock. ``tries``: how often every order of a batch was tried
        before, by key. Called while the lane is held, before any is tried again. When one in doubt is new, ``waiting``
        is asked for the same of those behind them in the lane: after a crash a whole batch is in doubt, and each of it
        runs alone."""
        doubtful = {key: count for key, count in tries.items() if count}
        seen = self._seen.get(lane, {})
        if not doubtful.items() <= seen.keys():
            stand = {**waiting(), **tries}
            now = self._clock.now()
            seen = self._seen[lane] = {order: seen.get(order, now) for order in stand.items()}
        return {key: seen[key, count] for key, count in doubtful.items()}
