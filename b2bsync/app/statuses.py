"""The words for how a message, a document, a delivery or an order stands."""

from b2bsync.store.tables import DELIVERY_STATES, DOCUMENT_STATUSES, MESSAGE_STATUSES, ORDER_STATUSES

__all__ = ["DELIVERY_STATES", "DOCUMENT_STATUSES", "MESSAGE_STATUSES", "ORDER_STATUSES"]
