"""Trading partners: who sends and receives, what was agreed with them, and how an interchange finds its partner."""

from b2bsync.partners.agreement import (
    Acks,
    Agreement,
    Delimiters,
    DirectorySettings,
    Documents,
    Duplicates,
    Erp,
    InDoubt,
    Limits,
    Send,
    Syntax,
)
from b2bsync.partners.identity import Company, Identity
from b2bsync.partners.partner import Partner
from b2bsync.partners.registry import Partners, load

__all__ = [
    "Acks",
    "Agreement",
    "Company",
    "Delimiters",
    "DirectorySettings",
    "Documents",
    "Duplicates",
    "Erp",
    "Identity",
    "InDoubt",
    "Limits",
    "Partner",
    "Partners",
    "Send",
    "Syntax",
    "load",
]
