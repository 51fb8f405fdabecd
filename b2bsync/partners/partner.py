"""A partner as the rest of the program meets it: the agreement with everything resolved."""

from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from b2bsync.partners.agreement import (
    Acks,
    Agreement,
    Delimiters,
    Documents,
    Duplicates,
    Erp,
    InDoubt,
    Limits,
    Send,
    Syntax,
)
from b2bsync.partners.identity import Identity
from b2bsync.vocabulary.stages import Stage

_USAGE = {Stage.TEST: "T", Stage.PRODUCTION: "P"}


class Partner(msgspec.Struct, frozen=True, kw_only=True):
    """One trading partner in one stage. ``name`` is the file's name without ``.toml``.

    ``isa`` and ``gs`` are theirs, ``our_isa`` and ``our_gs`` ours. ``inbound`` and ``outbound`` are absolute
    directories. ``text`` is the effective agreement (defaults and our identity filled in, keys sorted, no path of this
    machine): what the artifact hash is made of, so that a document can be explained and made again after the file has
    changed.
    """

    name: str
    file: Path
    title: str
    company: str
    stage: Stage
    starts: date
    isa: Identity
    gs: str
    our_isa: Identity
    our_gs: str
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
    def usage(self) -> str:
        """What ISA15 must say: ``T`` or ``P``. ``I`` (information) belongs to no stage."""
        return _USAGE[self.stage]

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
        """Whether they may send us this transaction set."""
        return type in self.agreement.documents.receive

    def sends(self, type: str) -> bool:
        """Whether we send them this transaction set."""
        return type in self.agreement.documents.send

    def expects_ack(self, type: str) -> bool:
        """Whether a 997 of theirs is awaited for a transaction set that we send. Acknowledgements are never
        acknowledged."""
        return type != "997" and self.agreement.acks.expect

    def mapping(self, type: str) -> str | None:
        """The name of this partner's own mapping for a transaction set; None: the standard one of its version."""
        return self.agreement.mappings.get(type)
