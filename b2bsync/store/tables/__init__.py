"""Every table of ours. Importing this package registers all of them with ``SQLModel.metadata``."""

from sqlalchemy import Table
from sqlmodel import SQLModel

from b2bsync.store.tables.exchange import (
    DELIVERY_STATES,
    DOCUMENT_STATUSES,
    MESSAGE_STATUSES,
    Artifact,
    Attempt,
    Blob,
    BlobChunk,
    Claim,
    ControlNumber,
    DeliveryDocument,
    DeliveryRow,
    DocumentRow,
    Event,
    MessageRow,
)
from b2bsync.store.tables.installation import InstallationFact
from b2bsync.store.tables.lanes import Fire, Lane, Node, Pace, TaskRow
from b2bsync.store.tables.master import (
    AssortmentRow,
    ContractRow,
    CrossReferenceRow,
    CustomerIdentifierRow,
    CustomerRow,
    MasterChange,
    PackGtinRow,
    PriceListRow,
    PriceRow,
    ProductRow,
    StockLevelRow,
)
from b2bsync.store.tables.orders import (
    ORDER_STATUSES,
    AwaitedOrderRow,
    CommitmentRow,
    CreditRow,
    OrderBookRow,
    OrderJudgementRow,
    OrderRow,
    PushRow,
)
from b2bsync.store.tables.sync import SyncCursor, SyncReject, SyncRun, SyncSeen

__all__ = [
    "DELIVERY_STATES",
    "DOCUMENT_STATUSES",
    "MESSAGE_STATUSES",
    "ORDER_STATUSES",
    "Artifact",
    "AssortmentRow",
    "Attempt",
    "AwaitedOrderRow",
    "Blob",
    "BlobChunk",
    "Claim",
    "CommitmentRow",
    "ContractRow",
    "ControlNumber",
    "CreditRow",
    "CrossReferenceRow",
    "CustomerIdentifierRow",
    "CustomerRow",
    "DeliveryDocument",
    "DeliveryRow",
    "DocumentRow",
    "Event",
    "Fire",
    "InstallationFact",
    "Lane",
    "MasterChange",
    "MessageRow",
    "Node",
    "OrderBookRow",
    "OrderJudgementRow",
    "OrderRow",
    "Pace",
    "PackGtinRow",
    "PriceListRow",
    "PriceRow",
    "ProductRow",
    "PushRow",
    "StockLevelRow",
    "SyncCursor",
    "SyncReject",
    "SyncRun",
    "SyncSeen",
    "TaskRow",
    "table_of",
]


def table_of(model: type[SQLModel]) -> Table:
    """The Core table of a model, for statements over many rows."""
    return SQLModel.metadata.tables[str(model.__tablename__)]
