"""Who is let in: the stage wall, the agreement that an envelope belongs to, the order of interchanges."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from b2bsync import edi
from b2bsync.edi.numbers import Order, Range, arrival
from b2bsync.edi.standard import EDIFACT, X12
from b2bsync.exchange.setting import Setting
from b2bsync.partners import Partner
from b2bsync.store import control_numbers
from b2bsync.vocabulary.stages import Stage as World

USAGE = {"T": World.TEST, "P": World.PRODUCTION}
TEST_INDICATOR = {X12: "ISA15", EDIFACT: "UNB 0035"}


def wall(partner: Partner, header: edi.InterchangeHeader) -> str:
    """The stage wall: test and production never meet. Why an interchange is not let in, or nothing."""
    world = USAGE.get(header.usage)
    if world is partner.stage:
        return ""
    element = TEST_INDICATOR[header.standard]
    said = f"{element} is {header.usage!r}" + (f", {world}" if world else ", neither T nor P")
    if header.standard == EDIFACT:
        said = f"{element} {'names a test' if world is World.TEST else 'names no test'}"
    return (
        f"{said}, but partner {partner.name} is agreed for {partner.stage}; nothing of interchange "
        f"{header.control_number} was processed"
    )


def stranger(setting: Setting, partner: Partner, interchange: edi.InterchangeHeader, gs_sender: str) -> str:
    """Why what came through a partner's channel is not from it, or nothing. EDIFACT knows senders by UNB alone."""
    sender = (interchange.sender.qualifier, interchange.sender.id)
    receiver = (interchange.receiver.qualifier, interchange.receiver.id)
    if interchange.standard == X12:
        found = setting.partners.of_interchange(sender, receiver, gs_sender, partner.stage)
    else:
        found = setting.partners.of_edifact(sender, receiver, partner.stage)
    if found is not None and found.name == partner.name:
        return ""
    if found is not None:
        return f"the interchange is from {found.name}, but it came through the channel of {partner.name}"
    if interchange.standard == X12:
        return setting.partners.why_unknown(sender, receiver, gs_sender)
    return setting.partners.why_unknown_edifact(sender, receiver)


def not_theirs(partner: Partner, header: edi.InterchangeHeader) -> str:
    """Why what stands directly in an interchange (TA1) is not from a partner, or nothing."""
    sender, receiver = header.sender, header.receiver
    came = f"{sender.qualifier}:{sender.id}", f"{receiver.qualifier}:{receiver.id}"
    if came == (str(partner.isa), str(partner.our_isa)):
        return ""
    return f"it is from {came[0]} to {came[1]}, and {partner.name} is agreed as {partner.isa}, we as {partner.our_isa}"


@dataclass(frozen=True)
class Irregular:
    """An interchange that is not the next one of its pair. ``held``: the agreement lets it wait for a person."""

    said: str
    held: bool

    def __str__(self) -> str:
        if not self.held:
            return self.said
        return f"{self.said}; it is held: receive what is missing first, or retry the message to take it as it is"


def irregular(session: Session, partner: Partner, header: edi.InterchangeHeader, *, held: bool) -> Irregular | None:
    """What is wrong with the number of an interchange that is no repeat, by the one that came before it; None where it
    is the next one, or nobody wants to know. Keeps the number, unless the interchange is held; ``held``: whether it
    may be."""
    agreed = partner.agreement.receive
    if agreed.out_of_sequence == "accept":
        return None
    numbers = agreed.numbers
    range = Range(
        minimum=numbers.first,
        maximum=numbers.last,
        increment=numbers.increment,
        prefix=numbers.prefix,
        suffix=numbers.suffix,
    )
    sender, receiver = header.sender, header.receiver
    pair = f"{sender.qualifier}:{sender.id}>{receiver.qualifier}:{receiver.id}"
    scope = f"{control_numbers.RECEIVED}{partner.stage}|{pair}"
    came = arrival(range, header.control_number, control_numbers.last(session, scope))
    said = None
    # What was rejected or cut off comes again under its number; whether it was taken is for the claims to say.
    if not came.in_sequence and came.order is not Order.DUPLICATE:
        what = _SAID[came.order].format(missing=came.missing)
        text = f"interchange {header.control_number} came, {came.expected} was expected ({what})"
        said = Irregular(text, held and agreed.out_of_sequence == "hold")
    if came.last is not None and (said is None or not said.held):
        control_numbers.set_last(session, scope, came.last)
    return said


_SAID = {
    Order.GAP: "numbers missing: {missing}",
    Order.BACKWARDS: "an earlier number",
    Order.FOREIGN: "no number of the range that was agreed",
}
