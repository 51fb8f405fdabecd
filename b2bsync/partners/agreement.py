"""What was agreed with a partner: everything that ``partners/NAME.toml`` may say, with its default.

The field names are the keys of the file. How the keys relate to the envelope: ISA and UNB = interchange, GS and UNG =
functional group.
"""

from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from b2bsync.partners.identity import ApplicationCode, EdifactIdentity, Identity
from b2bsync.partners.receiving import Acks, Duplicates, Receive, SecondOpinion, Syntax
from b2bsync.partners.sending import Send
from b2bsync.vocabulary.stages import Stage

DocumentType = Annotated[
    str,
    Meta(pattern=r"^(\d{3}|[A-Z]{6})$", description='a transaction set such as "850", or a message such as "ORDERS"'),
]
GuideName = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_./-]{0,99}$", description='the name of a guide, such as "acme-850"')
]
FolderName = Annotated[str, Meta(min_length=1, description="a directory; relative ones start at the workspace")]


class InDoubt(StrEnum):
    """What happens to a send that was interrupted, so that nobody knows whether it arrived."""

    RESEND = "resend"
    QUERY = "query"  # the channel is asked first; where it cannot tell, an operator decides
    HOLD = "hold"  # until an operator decides


class DirectorySettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[channel]`` with ``kind = "directory"``: where their files lie and where ours go."""

    kind: Literal["directory"] = "directory"
    inbound: FolderName | None = msgspec.field(name="in", default=None)
    outbound: FolderName | None = msgspec.field(name="out", default=None)
    settle: timedelta = timedelta(seconds=2)  # a file must not change for so long
    marker: bool = False  # take only files that have a NAME.done beside them
    largest: Annotated[int, Meta(ge=1, description="bytes, at least 1")] = 4 << 30

    def __post_init__(self) -> None:
        if self.inbound is None and self.outbound is None:
            raise ValueError("names no directory: set in, out, or both")
        if self.settle > timedelta(hours=1):
            raise ValueError("settle is longer than an hour")


class Documents(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[documents]``: transaction sets and messages that may come in, and those that we send."""

    receive: tuple[DocumentType, ...] = ()
    send: tuple[DocumentType, ...] = ()


class Ours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[ours]``: our identity towards this partner, where it is not the company's."""

    isa: Identity | None = None
    gs: ApplicationCode | None = None
    unb: EdifactIdentity | None = None


class Erp(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[erp]``: where the orders go. No connector: the only one that takes orders. No warehouse: any."""

    connector: str | None = None
    warehouse: str | None = None


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[limits]``: how fast they are sent to, and how much is done for them at once.

    ``rate``: files in any minute, acknowledgements included; 0: no limit. ``slots``: lanes for their orders, and as
    many for what is sent to them; all of one order keeps to one lane.
    """

    rate: Annotated[int, Meta(ge=0, le=100_000, description="files a minute, 0 to 100000; 0: no limit")] = 0
    slots: Annotated[int, Meta(ge=1, le=64, description="1 to 64")] = 1


class Agreement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole partner file, as written plus defaults.

    ``stage`` (test or production) has no default: it decides what may touch the real world. ``starts``: documents with
    an earlier business date are learnt, not sent. ``isa`` and ``unb``: who they are in X12 and in EDIFACT, at least one
    of them. ``customer``: every document is of this customer, whatever its
    parties say. ``gate``: how the contract gate decides for this partner; its keys are those of the terms' policy.
    ``mappings``: document type → name of a mapping, where it is not the standard one. ``guides``: document type → name
    of the guide that judges it, whichever way it goes.
    """

    stage: Stage
    starts: date
    channel: DirectorySettings
    documents: Documents
    title: str = ""
    company: str | None = None
    isa: Identity | None = None
    unb: EdifactIdentity | None = None
    gs: ApplicationCode | None = None  # their GS02 and GS03, where it is not the id in isa
    ours: Ours = Ours()
    customer: str | None = None
    mappings: dict[DocumentType, str] = {}
    guides: dict[DocumentType, GuideName] = {}
    gate: dict[str, Any] = {}
    send: Send = Send()
    receive: Receive = Receive()
    acks: Acks = Acks()
    duplicates: Duplicates = Duplicates()
    second_opinion: SecondOpinion = SecondOpinion()
    syntax: Syntax = Syntax.REJECT
    in_doubt: InDoubt = InDoubt.RESEND
    erp: Erp = Erp()
    limits: Limits = Limits()
