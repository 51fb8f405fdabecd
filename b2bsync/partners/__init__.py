"""Trading partners: who sends and receives, what was agreed with them, and how an interchange finds its partner."""

from b2bsync.partners.agreement import Agreement, DirectorySettings, Documents, Erp, InDoubt, Limits
from b2bsync.partners.edifact import EdifactSend, GroupHeader
from b2bsync.partners.identity import Company, EdifactIdentity, Identity
from b2bsync.partners.notation import Delimiters, EdifactDelimiters
from b2bsync.partners.numbering import MarkedNumbers, Numbers
from b2bsync.partners.partner import Partner
from b2bsync.partners.receiving import Acks, Duplicates, Receive, ReceivedNumbers, SecondOpinion, Syntax, Treatment
from b2bsync.partners.registry import Partners, load
from b2bsync.partners.sending import Send

__all__ = [
    "Acks",
    "Agreement",
    "Company",
    "Delimiters",
    "DirectorySettings",
    "Documents",
    "Duplicates",
    "EdifactDelimiters",
    "EdifactIdentity",
    "EdifactSend",
    "Erp",
    "GroupHeader",
    "Identity",
    "InDoubt",
    "Limits",
    "MarkedNumbers",
    "Numbers",
    "Partner",
    "Partners",
    "Receive",
    "ReceivedNumbers",
    "SecondOpinion",
    "Send",
    "Syntax",
    "Treatment",
    "load",
]
