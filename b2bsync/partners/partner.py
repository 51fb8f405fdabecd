"""A partner as the rest of the program meets it: the agreement with everything resolved."""

from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec

from b2bsync.partners.agreement import Agreement, Documents, Erp, InDoubt, Limits
from b2bsync.partners.identity import EdifactIdentity, Identity
from b2bsync.partners.notation import Delimiters
from b2bsync.partners.receiving import Acks, Duplicates, Receive, SecondOpinion, Syntax
from b2bsync.partners.sending import Send
from b2bsync.vocabulary.stages import Stage

ACKNOWLEDGEMENTS = frozenset({"997", "999", "CONTRL"})
"""What acknowledges, and is never acknowledged itself. ``edi.answers`` has its own: this room may not import that one,
nor that one this."""


class Partner(msgspec.Struct, frozen=True, kw_only=True):
    """One trading partner in one stage. ``name`` is the file's name without ``.toml``.

    ``isa``, ``gs`` and ``unb`` are theirs, ``our_isa``, ``our_gs`` and ``our_unb`` ours; those of X12 are None, and the
    codes of groups empty, where only EDIFACT is agreed, ``unb`` and ``our_unb`` None where only X12 is. ``inbound`` and
    ``outbound`` are absolute directories. ``text`` is the effective agreement (defaults and our identities filled in,
    keys sorted, no path of this machine): what the artifact hash is made of, so that a document can be explained and
    made again after the file has changed.
    """

    name: str
    file: Path
    title: str
    company: str
    stage: Stage
    starts: date
    isa: Identity | None
    gs: str
    our_isa: Identity | None
    our_gs: str
    unb: EdifactIdentity | None = None
    our_unb: EdifactIdentity | None = None
    customer: str | None
    inbound: Path | None
    outbound: Path | None
    agreement: Agreement
    text: str
    zone: str = "UTC"

    def now(self) -> datetime:
        """The moment, in the time zone in which the company counts its business days."""
        return datetime.now(ZoneInfo(self.zone))

    @property
    def documents(self) -> Documents:
        return self.agreement.documents

    @property
    def gate(self) -> dict[str, Any]:
        return self.agreement.gate

    @property
    def send(self) -> Send:
        return self.agreement.send

    @property
    def receive(self) -> Receive:
        return self.agreement.receive

    @property
    def second_opinion(self) -> SecondOpinion:
        return self.agreement.second_opinion

    @property
    def delimiters(self) -> Delimiters:
        return self.agreement.send.delimiters

    @property
    def acks(self) -> Acks:
        return self.agreement.acks

    @property
    def duplicates(self) -> Duplicates:
        return self.agreement.duplicates

    @property
    def syntax(self) -> Syntax:
        return self.agreement.syntax

    @property
    def in_doubt(self) -> InDoubt:
        return self.agreement.in_doubt

    @property
    def limits(self) -> Limits:
        return self.agreement.limits

    @property
    def erp(self) -> Erp:
        return self.agreement.erp

    def receives(self, type: str) -> bool:
        """Whether they may send us this transaction set or message."""
        return type in self.agreement.documents.receive

    def sends(self, type: str) -> bool:
        """Whether we send them this transaction set or message."""
        return type in self.agreement.documents.send

    @property
    def functional(self) -> Literal["997", "999"]:
        """What answers their groups of X12: as agreed, and a 999 also where we send that and no 997."""
        alone = self.sends("999") and not self.sends("997")
        return "999" if alone else self.agreement.acks.functional

    def expects_ack(self, type: str) -> bool:
        """Whether an answer of theirs is awaited for a transaction set or message that we send: a functional
        acknowledgement, or the TA1 of X12 where that is all they send. Acknowledgements are never acknowledged."""
        acks = self.agreement.acks
        return type not in ACKNOWLEDGEMENTS and (acks.expect or (acks.expect_ta1 and type.isdigit()))

    def mapping(self, type: str) -> str | None:
        """The name of this partner's own mapping for a transaction set; None: the standard one of its version."""
        return self.agreement.mappings.get(type)

    def guide(self, type: str) -> str | None:
        """The name of the guide that judges a transaction set or message, whichever way it goes; None: no guide."""
        return self.agreement.guides.get(type)
