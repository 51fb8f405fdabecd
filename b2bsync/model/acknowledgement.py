"""Functional acknowledgements: X12 997 and 999, EDIFACT CONTRL."""

import msgspec

from b2bsync.vocabulary.verdicts import Verdict


class NotedElement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """AK4: one element that was refused."""

    position: int
    component: int | None = None
    reference: str | None = None
    code: str
    value: str | None = None


class NotedSegment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """AK3: one segment, with the elements noted in it. ``position`` counts from ST = 1."""

    tag: str
    position: int
    loop: str | None = None
    code: str | None = None
    elements: tuple[NotedElement, ...] = ()


class TransactionVerdict(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """AK2 … AK5: the verdict on one transaction set."""

    type: str
    control_number: str
    verdict: Verdict
    codes: tuple[str, ...] = ()  # X12 718
    segments: tuple[NotedSegment, ...] = ()


class FunctionalAcknowledgement(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="FunctionalAcknowledgement", tag_field="document"
):
    """The verdict on one functional group, or on a whole interchange (CONTRL, TA1), with its transactions.

    An empty ``transactions`` speaks for all of them. ``receipt``: that it was received, and nothing of its content.
    """

    group_code: str  # GS01 of the group that is acknowledged; empty where it is an interchange
    group_control_number: str
    interchange_control_number: str = ""  # ISA13 or UNB 0020, where the interchange is acknowledged
    verdict: Verdict
    included: int = 0
    received: int = 0
    accepted: int = 0
    codes: tuple[str, ...] = ()  # X12 716, or I18 and 0085 of an interchange
    receipt: bool = False
    transactions: tuple[TransactionVerdict, ...] = ()
