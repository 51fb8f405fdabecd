"""Envelopes and the events of a scan, in the words of X12: interchange (ISA … IEA, in EDIFACT UNB … UNZ), functional
group (GS … GE, UNG … UNE), transaction set or message (ST … SE, UNH … UNT)."""

import msgspec

from b2bsync.vocabulary.findings import Finding


class Delimiters(msgspec.Struct, frozen=True, omit_defaults=True):
    """The separators of one interchange, one character each.

    ``component`` is empty where ISA16 is; ``repetition`` exists from 00402 on (ISA11) and in EDIFACT from syntax 4 on
    or where UNA names one, otherwise it is None. ``release`` and ``decimal`` are EDIFACT's.
    """

    segment: str = "~"
    element: str = "*"
    component: str = ">"
    repetition: str | None = None
    release: str | None = None
    decimal: str = "."


class Identity(msgspec.Struct, frozen=True):
    """Who sends or receives: ISA05/06 or ISA07/08, without padding; UNB S002 or S003, 0007 and 0004/0010."""

    qualifier: str
    id: str


class InterchangeHeader(msgspec.Struct, frozen=True, kw_only=True):
    """ISA or UNB. ``date`` YYMMDD (in syntax 4 CCYYMMDD), ``time`` HHMM, ``control_number`` as said; ``version`` is
    ISA12 or ``UNOC:3``; ``usage`` P, T or I. All values are empty for what stands in no interchange.
    """

    standard: str = "X12"
    sender: Identity
    receiver: Identity
    control_number: str
    date: str
    time: str
    version: str = "00401"
    usage: str = "P"
    ack_requested: bool = False
    delimiters: Delimiters = Delimiters()


class GroupHeader(msgspec.Struct, frozen=True, kw_only=True):
    """GS or UNG. ``code`` is GS01 (PO, PR, SH, IN, FA) or UNG 0038, ``version`` GS08, ``date`` YYYYMMDD, ``time``
    HHMM….

    All values are empty for sets that stand in no group, as most EDIFACT messages do.
    """

    code: str
    sender: str
    receiver: str
    control_number: str
    version: str = "004010"
    date: str
    time: str


class Position(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a scan stands after an event: what :func:`scan` needs to go on. Converts to JSON with msgspec.

    ``offset`` is the byte at which the given chunks must begin. ``groups`` counts the groups begun in the open
    interchange, ``received`` the sets of the open group, ``segments`` those of the open interchange so far, its header
    counted; ``loose`` the EDIFACT messages that stand in no group.
    """

    offset: int
    interchange: InterchangeHeader | None = None
    group: GroupHeader | None = None
    groups: int = 0
    received: int = 0
    segments: int = 0
    loose: int = 0


class InterchangeStart(msgspec.Struct, frozen=True, kw_only=True):
    """ISA or UNB was read, or something stands without one (a finding says so)."""

    header: InterchangeHeader
    findings: tuple[Finding, ...] = ()
    position: Position


class GroupStart(msgspec.Struct, frozen=True, kw_only=True):
    """GS or UNG was read, or a set stands without one (in X12 a finding says so)."""

    interchange: InterchangeHeader
    header: GroupHeader
    findings: tuple[Finding, ...] = ()
    position: Position


class TransactionCut(msgspec.Struct, frozen=True, kw_only=True):
    """One transaction set, not yet judged.

    ``raw`` holds its bytes one to one (Latin-1), from ST up to and with the terminator of SE; ``start`` is the byte
    offset of ST, ``length`` the bytes, ``segments`` the number of segments, ST and SE counted, empty ones not.
    ``type`` and ``control_number`` are ST01 and ST02 (UNH 0065 and 0062) as said. ``version`` is that of its group in
    X12, in EDIFACT the directory (``D96A``); ``agency`` is UNH 0051, ``association`` UNH 0057 or ST03.
    """

    interchange: InterchangeHeader
    group: GroupHeader
    type: str
    control_number: str
    raw: str
    start: int
    length: int
    segments: int
    version: str
    agency: str = ""
    association: str = ""
    position: Position


class TransactionDropped(msgspec.Struct, frozen=True, kw_only=True):
    """A transaction set that is larger than the limit: its bytes were passed over, it is counted in its group.

    ``length`` is what was passed over from ``start`` on; the other fields are those of :class:`TransactionCut`.
    """

    interchange: InterchangeHeader
    group: GroupHeader
    type: str
    control_number: str
    start: int
    length: int
    finding: Finding
    position: Position


class InterchangeAck(msgspec.Struct, frozen=True, kw_only=True):
    """TA1: the other side's word on an interchange of ours. ``code`` A, E or R; ``note`` e.g. 000, 025."""

    interchange: InterchangeHeader
    control_number: str
    date: str
    time: str
    code: str
    note: str
    position: Position


class GroupEnd(msgspec.Struct, frozen=True, kw_only=True):
    """GE was read or is missing. ``included`` is GE01 as said (0 when missing), ``received`` what was counted."""

    interchange: InterchangeHeader
    header: GroupHeader
    included: int
    received: int
    findings: tuple[Finding, ...] = ()
    position: Position


class InterchangeEnd(msgspec.Struct, frozen=True, kw_only=True):
    """IEA or UNZ was read or is missing. ``segments``: all from the header to the trailer, empty ones not counted."""

    header: InterchangeHeader
    segments: int
    findings: tuple[Finding, ...] = ()
    position: Position


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes that belong to nothing, or that cannot be used; the scan goes on behind them."""

    finding: Finding
    position: Position


Event = (
    InterchangeStart
    | GroupStart
    | TransactionCut
    | TransactionDropped
    | InterchangeAck
    | GroupEnd
    | InterchangeEnd
    | Problem
)
