"""A small trade for every test: its master data is pulled once, and each test gets a copy of its own."""

from tests.exchange.fixtures import original_trade, trade

__all__ = ["original_trade", "trade"]
