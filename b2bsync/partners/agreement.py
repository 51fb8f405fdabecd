"""What was agreed with a partner: everything that ``partners/NAME.toml`` may say, with its default.

The field names are the keys of the file. How the keys relate to the envelope: ISA = interchange, GS = functional group.
"""

from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from b2bsync.partners.identity import ApplicationCode, Identity
from b2bsync.vocabulary.stages import Stage

Days = Annotated[int, Meta(ge=0, le=3650, description="days, 0 to 3650; 0 switches the check off")]
DocumentType = Annotated[str, Meta(pattern=r"^\d{3}$", description='a transaction set such as "850"')]
OneCharacter = Annotated[
    str,
    Meta(
        pattern=r"^[^A-Za-z0-9 ]$",
        description='one character that is no letter, digit or space, such as "*" or "\\u001d"',
    ),
]
FolderName = Annotated[str, Meta(min_length=1, description="a directory; relative ones start at the workspace")]


class Syntax(StrEnum):
    """What an error of syntax means for a transaction set."""

    ACCEPT_WITH_ERRORS = "accept_with_errors"  # processed as far as possible; acknowledged with E
    REJECT = "reject"  # not processed; acknowledged with R


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
    """``[documents]``: transaction sets that may come in, and those that we send."""

    receive: tuple[DocumentType, ...] = ()
    send: tuple[DocumentType, ...] = ()


class Ours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[ours]``: our identity towards this partner, where it is not the company's."""

    isa: Identity | None = None
    gs: ApplicationCode | None = None


class Delimiters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[send.delimiters]``. ``suffix`` follows each segment terminator for people's eyes; it is no part of X12."""

    segment: Annotated[str, Meta(pattern=r"^[^A-Za-z0-9 ]$", description='one character, such as "~" or "\\n"')] = "~"
    element: OneCharacter = "*"
    component: OneCharacter = ">"
    suffix: Annotated[str, Meta(pattern=r"^(\r?\n)?$", description='"", "\\n" or "\\r\\n"')] = "\n"

    def __post_init__(self) -> None:
        if len({self.segment, self.element, self.component}) < 3:
            raise ValueError("segment, element and component need three different characters")


class Send(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[send]``: what we write. ``batch``: documents of one group in an interchange at most (1: one interchange
    each)."""

    version: Annotated[
        str, Meta(pattern=r"^\d{6}[A-Z0-9]{0,6}$", description='as in GS08, such as "004010" or "004010VICS"')
    ] = "004010"
    isa_version: Annotated[str, Meta(pattern=r"^\d{5}$", description='as in ISA12, such as "00401"')] = "00401"
    batch: Annotated[int, Meta(ge=1, le=10_000, description="1 to 10000")] = 1
    request_ta1: bool = False  # ISA14
    delimiters: Delimiters = Delimiters()


class Acks(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[acks]``: functional acknowledgements; ``due``: when theirs for what we sent is overdue."""

    due: timedelta = timedelta(hours=24)
    expect: bool = True  # whether they acknowledge what we send
    detail: bool = True  # whether our 997 lists the transaction sets that were accepted, too (AK2 for each)


class Duplicates(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[duplicates]``: for how many days the same thing is known again."""

    interchange: Days = 90  # ISA sender, receiver and control number
    group: Days = 90  # GS sender, receiver, code and control number
    # Customer, number, release: no order is ever without this check.
    business: Annotated[int, Meta(ge=0, le=3650, description="days, 0 to 3650; 0: for ever")] = 730


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
    an earlier business date are learnt, not sent. ``customer``: every document is of this customer, whatever its
    parties say. ``gate``: how the contract gate decides for this partner; its keys are those of the terms' policy.
    ``mappings``: document type → name of a mapping, where it is not the standard one.
    """

    stage: Stage
    starts: date
    isa: Identity
    channel: DirectorySettings
    documents: Documents
    title: str = ""
    company: str | None = None
    gs: ApplicationCode | None = None  # their GS02 and GS03, where it is not the id in isa
    ours: Ours = Ours()
    customer: str | None = None
    mappings: dict[DocumentType, str] = {}
    gate: dict[str, Any] = {}
    send: Send = Send()
    acks: Acks = Acks()
    duplicates: Duplicates = Duplicates()
    syntax: Syntax = Syntax.REJECT
    in_doubt: InDoubt = InDoubt.RESEND
    erp: Erp = Erp()
    limits: Limits = Limits()
