"""A look ahead, where an agreement rejects whole groups or interchanges: nothing of one may be processed before all of
it was judged. What is judged ahead is judged again when it is its turn; memory is that of one transaction set."""

from enum import StrEnum

from b2bsync import edi
from b2bsync.exchange.reading import read_set, unguided
from b2bsync.exchange.setting import NotConfigured, Setting
from b2bsync.partners import Partner
from b2bsync.store import blobs
from b2bsync.vocabulary.findings import Finding, Severity
from b2bsync.vocabulary.verdicts import Verdict

MOST_NUMBERS = 100_000
"""Control numbers of sets in one group that are compared; further ones are judged when it is their turn."""


class Unit(StrEnum):
    """What is rejected as a whole."""

    GROUP = "group"
    INTERCHANGE = "interchange"


def rejecting(setting: Setting, partner: Partner, digest: str, position: edi.Position, unit: Unit) -> str:
    """Why a group or interchange, of which the scan stands behind the header, is rejected as a whole: the first error
    in it. Nothing where it is taken."""
    numbers = set[str]()
    for event in edi.scan(blobs.stream(setting.database, digest, position.offset), position):
        if isinstance(event, edi.GroupStart):
            numbers.clear()
        wrong = _wrong(setting, partner, event) or _repeated(partner, event, numbers)
        if wrong:
            return f"the {unit} is rejected for {wrong}"
        ends = isinstance(event, edi.GroupEnd) and unit is Unit.GROUP
        if ends or isinstance(event, edi.InterchangeEnd):
            break
    return ""


def _wrong(setting: Setting, partner: Partner, event: edi.Event) -> str:
    match event:
        case edi.TransactionCut():
            name = f"{event.type} {event.control_number}"
            if not partner.receives(event.type):
                return f"{name}, which is not agreed"
            try:
                read = read_set(setting, partner, event.interchange, event.raw, event.version, event.type, event.start)
            except NotConfigured:  # its guide is not there: it waits, and the standard says what is acknowledged
                read = unguided(partner, event)
            return f"{name}: {_first(read.findings)}" if read.verdict is Verdict.REJECTED else ""
        case edi.TransactionDropped():
            return str(event.finding)
        case edi.GroupStart() | edi.GroupEnd() | edi.InterchangeEnd():
            return _first(event.findings)
        case edi.Problem(position=position) if position.interchange is not None:
            return str(event.finding)
    return ""


def _repeated(partner: Partner, event: edi.Event, numbers: set[str]) -> str:
    """A set whose number came before in its group; ``numbers`` are those so far."""
    if not isinstance(event, edi.TransactionCut | edi.TransactionDropped):
        return ""
    number = event.control_number
    if number in numbers and partner.receive.repeated_set_numbers == "reject":
        return f"{event.type} {number}: that number stands twice"
    if len(numbers) < MOST_NUMBERS:
        numbers.add(number)
    return ""


def _first(findings: tuple[Finding, ...]) -> str:
    return next((str(finding) for finding in findings if finding.severity is not Severity.WARNING), "")
