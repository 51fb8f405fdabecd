"""All business documents as one family, and how they are kept: whole, as versioned JSON."""

import msgspec

from b2bsync.model.acknowledgement import FunctionalAcknowledgement
from b2bsync.model.inventory import InventoryReport
from b2bsync.model.invoice import Invoice
from b2bsync.model.order import Order, OrderChange
from b2bsync.model.response import OrderResponse
from b2bsync.model.shipment import ShipNotice

Document = Order | OrderChange | OrderResponse | ShipNotice | Invoice | InventoryReport | FunctionalAcknowledgement

DOCUMENT_TYPES: dict[str, type[msgspec.Struct]] = {
    t.__name__: t
    for t in (Order, OrderChange, OrderResponse, ShipNotice, Invoice, InventoryReport, FunctionalAcknowledgement)
}
"""Canonical document types by the name a mapping's ``document`` key uses."""

FORMAT_VERSION = 1
"""Bumped when a field changes meaning; new optional fields do not need it."""


class Stored(msgspec.Struct, frozen=True):
    v: int
    d: Document


_ENCODER = msgspec.json.Encoder(decimal_format="string")
_DECODER = msgspec.json.Decoder(Stored)


def encode_document(document: Document) -> str:
    """The document as the store keeps it."""
    return _ENCODER.encode(Stored(FORMAT_VERSION, document)).decode()


def decode_document(text: str) -> Document:
    """The document back. Raises ValueError when the text is not one, or is of a newer format."""
    stored = _DECODER.decode(text)
    if stored.v > FORMAT_VERSION:
        raise ValueError(f"document format {stored.v} is newer than this program's ({FORMAT_VERSION})")
    return stored.d
