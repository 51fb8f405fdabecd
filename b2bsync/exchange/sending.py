"""How the agreement's words on what we send become the settings of the writers, and where control numbers come from."""

from collections.abc import Iterable
from functools import lru_cache

from sqlalchemy.orm import Session

from b2bsync import edi
from b2bsync.edi.numbers import Range, scope
from b2bsync.edi.standard import EDIFACT, X12
from b2bsync.edi.writing import EdifactSending, GroupSending, Party, Policy, X12Sending, X12Writer
from b2bsync.partners import EdifactIdentity, EdifactSend, Identity, MarkedNumbers, Numbers, Partner, Send
from b2bsync.store import control_numbers, deliveries
from b2bsync.store.deliveries import NewDelivery
from b2bsync.vocabulary.stages import Stage

KINDS = {
    (X12, "interchange"): "isa",
    (X12, "group"): "gs",
    (X12, "set"): "st",
    (EDIFACT, "interchange"): "unb",
    (EDIFACT, "group"): "ung",
    (EDIFACT, "set"): "unh",
}
"""How the ranges of control numbers are called: :func:`b2bsync.edi.numbers.scope`."""


def x12_sending(partner: Partner, type: str) -> X12Sending:
    """How a transaction set is sent to a partner. Raises ValueError where the agreement has no identities for X12."""
    agreed = partner.send.of(type)
    ours, theirs = identities(partner, X12)
    delimiters = agreed.delimiters
    return X12Sending(
        sender=edi.Identity(ours.qualifier, ours.id),
        receiver=edi.Identity(theirs.qualifier, theirs.id),
        application_sender=agreed.gs_sender or partner.our_gs,
        application_receiver=agreed.gs_receiver or partner.gs,
        authorization=_information(agreed.authorization),
        security=_information(agreed.security),
        isa11="repetition" if delimiters.repetition else "standard",
        standard_id=agreed.standard_id,
        interchange_version=agreed.isa_version,
        acknowledge=agreed.request_ta1,
        usage="P" if partner.stage is Stage.PRODUCTION else "T",
        delimiters=x12_delimiters(agreed),
        date=agreed.gs_date,
        time=agreed.gs_time,
        agency=agreed.agency,
        version=agreed.version,
        implementation=agreed.implementation or "",
        interchange_numbers=_range(agreed.numbers.interchange, width=9),
        group_numbers=_range(agreed.numbers.group),
        set_numbers=marked(agreed.numbers.set),
        policy=Policy(
            characters=agreed.charset,
            outside=agreed.outside,
            replacement=agreed.replacement,
            trailing=agreed.trailing,
            zeros=agreed.zeros,
            suffix=delimiters.suffix,
        ),
    )


class _Agreed:
    """A partner as a key: an agreement that was read anew is another one."""

    __slots__ = ("partner",)

    def __init__(self, partner: Partner) -> None:
        self.partner = partner

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Agreed) and self.partner is other.partner

    def __hash__(self) -> int:
        return id(self.partner)


def x12_writer(partner: Partner, type: str) -> X12Writer:
    """What writes a transaction set for a partner, kept as long as the agreement stays. Raises ValueError and
    Unwritable for an agreement with which nothing can be written."""
    return _x12_writer(_Agreed(partner), type)


@lru_cache(maxsize=256)
def _x12_writer(agreed: _Agreed, type: str) -> X12Writer:
    return X12Writer(x12_sending(agreed.partner, type))


def x12_delimiters(agreed: Send) -> edi.Delimiters:
    """The delimiters that are written, and that a mapping has to keep out of free text."""
    d = agreed.delimiters
    return edi.Delimiters(segment=d.segment, element=d.element, component=d.component, repetition=d.repetition)


def edifact_sending(partner: Partner, type: str) -> EdifactSending:
    """How a message is sent to a partner. Raises ValueError where the agreement has no identities for EDIFACT."""
    agreed = partner.send.edifact.of(type)
    ours, theirs = identities(partner, EDIFACT)
    return EdifactSending(
        sender=_party(ours, agreed.our_routing, agreed.our_routing_part),
        receiver=_party(theirs, agreed.routing, agreed.routing_part),
        syntax=agreed.syntax,
        syntax_version=agreed.syntax_version,
        code_lists=agreed.code_lists or "",
        encoding=agreed.encoding or "",
        delimiters=edifact_delimiters(agreed),
        una=agreed.una,
        date=agreed.date or "",
        password=agreed.recipient_reference or "",
        password_qualifier=agreed.recipient_reference_qualifier or "",
        application_reference=agreed.application_reference or "",
        priority=agreed.priority or "",
        acknowledge=agreed.request_contrl,
        agreement=agreed.agreement or "",
        test="" if partner.stage is Stage.PRODUCTION else agreed.test_indicator,
        group=_group(agreed, ours, theirs),
        interchange_numbers=marked(agreed.numbers.interchange),
        group_numbers=marked(agreed.numbers.group),
        message_numbers=marked(agreed.numbers.message),
        suffix=agreed.delimiters.suffix,
        outside=agreed.outside,
        replacement=agreed.replacement,
        trailing=agreed.trailing,
        zeros=agreed.zeros,
    )


def edifact_delimiters(agreed: EdifactSend) -> edi.Delimiters:
    """The delimiters that are written."""
    d = agreed.delimiters
    return edi.Delimiters(
        segment=d.segment,
        element=d.element,
        component=d.component,
        repetition=d.repetition or ("*" if agreed.syntax_version == "4" else None),
        release=d.release,
        decimal=d.decimal,
    )


def identities(partner: Partner, standard: str) -> tuple[Identity | EdifactIdentity, Identity | EdifactIdentity]:
    """Ours and theirs in interchanges. Raises ValueError where the agreement names none for the standard."""
    key = "isa" if standard == X12 else "unb"
    ours, theirs = (partner.our_isa, partner.isa) if standard == X12 else (partner.our_unb, partner.unb)
    if ours is None or theirs is None:
        raise ValueError(f"partner {partner.name} has no identity in {standard}: set {key} in {partner.file.name}")
    return ours, theirs


def draw(session: Session, partner: Partner, standard: str, kind: str, count: int = 1) -> int:
    """The first of ``count`` control numbers that follow each other by the increment that was agreed; ``kind``:
    ``interchange``, ``group`` or ``set``. Draw them in this order of the words, sets first.

    Raises ControlNumbersExhausted where the range has no number left and does not begin again.
    """
    numbers, (first, last) = _numbers(partner, standard, kind), _bounds(partner, standard, kind)
    return control_numbers.draw(
        session,
        _scope(partner, standard, kind),
        count,
        first,
        last,
        step=numbers.increment,
        wrap=numbers.rollover == "wrap",
    )


def bounds(partners: Iterable[Partner]) -> dict[str, tuple[int, int]]:
    """First and last number of every range that these partners draw from, by the name of the range."""
    return {
        _scope(partner, standard, kind): _bounds(partner, standard, kind)
        for partner in partners
        for standard, kind in KINDS
        if (partner.isa if standard == X12 else partner.unb) is not None
    }


def _scope(partner: Partner, standard: str, kind: str) -> str:
    ours, theirs = identities(partner, standard)
    shared = _numbers(partner, standard, kind).shared or ""
    return scope(KINDS[standard, kind], partner.stage, str(ours), str(theirs), shared)


def _bounds(partner: Partner, standard: str, kind: str) -> tuple[int, int]:
    numbers = _numbers(partner, standard, kind)
    return numbers.first, numbers.last if isinstance(numbers, Numbers) else numbers.end


def add_delivery(session: Session, delivery: NewDelivery) -> list[int]:
    """Keep a new delivery; returns its id.

    Where an earlier one has its key, because the range went round, was made larger or set back, that one keeps the key
    with its id behind, and acknowledgements from now on are for the new one. As the file of the earlier one may still
    lie at the partner's, the name of the new one gets its id.
    """
    key = delivery.idem_key
    earlier = deliveries.delivery_by_key(session, key)
    if earlier is None or earlier.id is None:
        return deliveries.add_deliveries(session, [delivery])
    deliveries.update_deliveries(session, [earlier.id], idem_key=f"{key}#{earlier.id}")
    [added] = deliveries.add_deliveries(session, [delivery])
    stem, dot, ending = delivery.name.rpartition(".")
    deliveries.update_deliveries(session, [added], name=f"{stem}_{added}{dot}{ending}")
    return [added]


def _numbers(partner: Partner, standard: str, kind: str) -> Numbers | MarkedNumbers:
    x12, edifact = partner.send.numbers, partner.send.edifact.numbers
    ranges: dict[tuple[str, str], Numbers | MarkedNumbers] = {
        (X12, "interchange"): x12.interchange,
        (X12, "group"): x12.group,
        (X12, "set"): x12.set,
        (EDIFACT, "interchange"): edifact.interchange,
        (EDIFACT, "group"): edifact.group,
        (EDIFACT, "set"): edifact.message,
    }
    return ranges[standard, kind]


def _range(numbers: Numbers, width: int = 0) -> Range:
    return Range(
        minimum=numbers.first,
        maximum=numbers.last,
        increment=numbers.increment,
        width=width,
        rollover=numbers.rollover == "wrap",
    )


def marked(numbers: MarkedNumbers) -> Range:
    return Range(
        minimum=numbers.first,
        maximum=numbers.end,
        increment=numbers.increment,
        prefix=numbers.prefix,
        suffix=numbers.suffix,
        width=numbers.width,
        rollover=numbers.rollover == "wrap",
    )


def _information(text: str) -> edi.Identity:
    qualifier, _, information = text.partition(":")
    return edi.Identity(qualifier, information)


def _party(identity: Identity | EdifactIdentity, routing: str | None, part: str | None) -> Party:
    return Party(id=identity.id, qualifier=identity.qualifier, routing=routing or "", routing_part=part or "")


def _group(
    agreed: EdifactSend, ours: Identity | EdifactIdentity, theirs: Identity | EdifactIdentity
) -> GroupSending | None:
    group = agreed.group
    if group is None:
        return None
    return GroupSending(
        sender=group.sender or ours.id,
        sender_qualifier=_qualifier(group.sender, group.sender_qualifier, ours.qualifier),
        receiver=group.receiver or theirs.id,
        receiver_qualifier=_qualifier(group.receiver, group.receiver_qualifier, theirs.qualifier),
        agency=group.agency,
        version=group.version or "",
        release=group.release or "",
        association=group.association or "",
        password=group.password or "",
    )


def _qualifier(own_id: str | None, own: str | None, of_interchange: str) -> str:
    """That of the interchange belongs to the identification of the interchange only."""
    return own if own is not None else "" if own_id else of_interchange
