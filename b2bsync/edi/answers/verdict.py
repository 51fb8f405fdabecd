"""What is said of a received interchange, its groups and its sets: by us of theirs, or by them of ours."""

import msgspec

from b2bsync.edi.envelope import GroupHeader, Identity, InterchangeAck, InterchangeHeader, Problem
from b2bsync.vocabulary.findings import Finding
from b2bsync.vocabulary.verdicts import Verdict


class SetVerdict(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="is", tag=True):
    """A transaction set or message. ``type`` and ``control_number`` are ST01 and ST02, or UNH 0065 and 0062.

    ``version`` is the release of its group (``004010``) or its directory (``D96A``); ``agency`` is UNH 0051,
    ``association`` UNH 0057 or ST03. One that was rejected for the sake of its group or interchange has no finding
    that is an error.
    """

    type: str
    control_number: str
    verdict: Verdict
    version: str = ""
    agency: str = ""
    association: str = ""
    findings: tuple[Finding, ...] = ()


class GroupVerdict(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="is", tag=True):
    """A functional group, said when its last set was. ``code`` is GS01 or UNG 0038, ``control_number`` GS06 or UNG
    0048, ``version`` GS08.

    ``included`` is what GE01 said, ``received`` what was counted, ``accepted`` how many of those are accepted, with
    errors or without (AK902 to AK904; CONTRL carries no counts). ``sender`` and ``receiver`` are those of the group.
    """

    control_number: str
    verdict: Verdict
    code: str = ""
    version: str = ""
    sender: str = ""
    receiver: str = ""
    included: int = 0
    received: int = 0
    accepted: int = 0
    findings: tuple[Finding, ...] = ()


class InterchangeVerdict(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="is", tag=True):
    """An interchange and its envelope, said when its last group was: TA1, or UCI of a CONTRL.

    ``verdict`` is about the interchange itself: accepted although sets in it are rejected one by one. None: it was
    received, and nothing is said of it (0083 = 8). ``sender`` and ``receiver`` are those of the interchange that is
    answered; ``date`` and ``time`` as its header says them.
    """

    standard: str
    control_number: str
    verdict: Verdict | None
    sender: Identity = Identity("", "")
    receiver: Identity = Identity("", "")
    date: str = ""
    time: str = ""
    findings: tuple[Finding, ...] = ()


class InterchangeOpened(msgspec.Struct, frozen=True, kw_only=True, tag_field="is", tag=True):
    """An interchange begins: what is said until its verdict belongs to it."""

    header: InterchangeHeader


class GroupOpened(msgspec.Struct, frozen=True, kw_only=True, tag_field="is", tag=True):
    """A group begins. ``nameable`` is false where no answer can name it: GS01 or GS06 is missing or invalid, or there
    is no GS."""

    header: GroupHeader
    nameable: bool = True


Said = SetVerdict | GroupVerdict | InterchangeVerdict
"""What an answer says."""

Judged = InterchangeOpened | GroupOpened | Said | InterchangeAck | Problem
"""What :func:`judged` tells of a stream."""

ACKNOWLEDGEMENTS = frozenset(("997", "999", "CONTRL"))
"""Sets and messages that are answers themselves, and never answered."""

ACKNOWLEDGEMENT_GROUP = "FA"  # GS01
