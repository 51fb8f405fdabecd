"""Files of the workspace that change while the daemon runs: they take effect, or it says why not and goes on."""

import threading
import time
from collections.abc import Callable
from typing import Any

from b2bsync.app import Report, serve
from tests.acceptance.processes import LONGEST
from tests.exchange.paper import order_file
from tests.exchange.trade import Trade


class Heard(Report):
    """Remembers what the daemon told."""

    def __init__(self) -> None:
        self.starts = 0
        self.told: list[str] = []

    def started(self, node: str) -> None:
        self.starts += 1

    def reloading(self, problems: list[str]) -> None:
        self.told += problems or ["reloaded"]


def until(what: Callable[[], Any]) -> None:
    end = time.monotonic() + LONGEST
    while not what():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)


def test_a_changed_agreement_takes_effect_and_a_broken_configuration_does_not(trade: Trade) -> None:
    heard, stop = Heard(), threading.Event()
    ended: list[bool] = []
    daemon = threading.Thread(target=lambda: ended.append(serve(trade.root, stop, heard)))
    daemon.start()
    try:
        until(lambda: heard.starts == 1)
        config = trade.root / "config.toml"
        good = config.read_text()
        config.write_text("node = 7\n" + good)
        until(lambda: heard.told)
        assert "node" in heard.told[0]
        assert heard.starts == 1
        config.write_text(good)
        until(lambda: heard.starts == 2)

        trade.agree('"855"', '"856"')  # the partner no longer wants an answer to its orders
        until(lambda: heard.starts == 3)
        trade.drop("order.edi", order_file())
        until(lambda: trade.documents(type="850", status="answered"))
        assert trade.sent("855") == []
        assert trade.sales_orders() == [(4500000001, "PO-1", "ACCEPTED")]
    finally:
        stop.set()
        daemon.join(LONGEST)
    assert ended == [True]
