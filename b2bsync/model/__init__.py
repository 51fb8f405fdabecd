"""The canonical model: business documents, master data, contract terms and the order book, all of it frozen.

Numbers are exact decimals, units are UN/ECE Rec 20 codes, dates and times are as the document said them. Every type
here is a value: what changes becomes a new value.
"""

from b2bsync.model.acknowledgement import (
    FunctionalAcknowledgement,
    NotedElement,
    NotedSegment,
    TransactionVerdict,
)
from b2bsync.model.contract import Contract, ContractLine, Discount, Supply
from b2bsync.model.document import DOCUMENT_TYPES, Document, decode_document, encode_document
from b2bsync.model.erp import AnswerLine, ErpAnswer, SalesOrder, SalesOrderLine
from b2bsync.model.inventory import InventoryLine, InventoryReport
from b2bsync.model.invoice import Invoice, InvoiceLine
from b2bsync.model.master import (
    Assortment,
    CrossReference,
    Customer,
    CustomerIdentifier,
    Price,
    PriceList,
    Product,
    StockLevel,
    UnitConversion,
)
from b2bsync.model.order import Order, OrderChange, OrderLine, Purpose, Schedule
from b2bsync.model.order_book import OrderBookLine
from b2bsync.model.parts import (
    Address,
    AllowanceCharge,
    Contact,
    Identifier,
    ItemIds,
    Party,
    PartyRole,
    PaymentTerms,
    Reference,
    Tax,
    UnitPrice,
)
from b2bsync.model.response import Decision, DecisionStatus, OrderResponse, Reason, ResponseLine
from b2bsync.model.shipment import Package, ShipmentLine, ShipmentOrder, ShipNotice

__all__ = [
    "DOCUMENT_TYPES",
    "Address",
    "AllowanceCharge",
    "AnswerLine",
    "Assortment",
    "Contact",
    "Contract",
    "ContractLine",
    "CrossReference",
    "Customer",
    "CustomerIdentifier",
    "Decision",
    "DecisionStatus",
    "Discount",
    "Document",
    "ErpAnswer",
    "FunctionalAcknowledgement",
    "Identifier",
    "InventoryLine",
    "InventoryReport",
    "Invoice",
    "InvoiceLine",
    "ItemIds",
    "NotedElement",
    "NotedSegment",
    "Order",
    "OrderBookLine",
    "OrderChange",
    "OrderLine",
    "OrderResponse",
    "Package",
    "Party",
    "PartyRole",
    "PaymentTerms",
    "Price",
    "PriceList",
    "Product",
    "Purpose",
    "Reason",
    "Reference",
    "ResponseLine",
    "SalesOrder",
    "SalesOrderLine",
    "Schedule",
    "ShipNotice",
    "ShipmentLine",
    "ShipmentOrder",
    "StockLevel",
    "Supply",
    "Tax",
    "TransactionVerdict",
    "UnitConversion",
    "UnitPrice",
    "decode_document",
    "encode_document",
]
