"""A small trade for every test: its master data is pulled once, and each test gets a copy of its own. And the same for
several nodes on PostgreSQL."""

from tests.acceptance.cluster import cluster, original_cluster
from tests.exchange.fixtures import original_trade, trade

__all__ = ["cluster", "original_cluster", "original_trade", "trade"]
