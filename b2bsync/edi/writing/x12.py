"""Write X12 interchanges as a stream: ISA, groups of sets, and the trailers with what was counted on the way."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import Literal, NamedTuple, NoReturn

import msgspec

from b2bsync.edi.envelope import Delimiters, Identity
from b2bsync.edi.errors import CodecError, Unwritable
from b2bsync.edi.numbers import Range
from b2bsync.edi.standard import X12, Facts, facts, nearest
from b2bsync.edi.writing.notation import notation
from b2bsync.edi.writing.policy import Policy
from b2bsync.edi.writing.rows import Row
from b2bsync.edi.writing.service import pieces, refuse_faults, service_segment
from b2bsync.edi.writing.shape import shaped
from b2bsync.vocabulary.findings import Finding, Severity

_DATES = {"CCYYMMDD": "%Y%m%d", "YYMMDD": "%y%m%d"}
MOST_SETS = 999_999  # GE01
REPETITIONS_FROM = "00402"
"""The first version (ISA12) in which ISA11 may name a repetition separator."""


class X12Sending(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How X12 is sent to a partner; one for each message type where they differ.

    ``application_sender``, ``application_receiver``: GS02, GS03. ``isa11``: in which way ISA11 is used, as the
    standards identifier (``standard_id``) or as the repetition separator of ``delimiters``. ``implementation`` is ST03
    (from 005010 on). The ranges say how numbers are written; those of interchanges and groups are the caller's to draw,
    those of sets count anew in each group where a set has none of its own.
    """

    sender: Identity
    receiver: Identity
    application_sender: str
    application_receiver: str
    authorization: Identity = Identity("00", "")  # ISA01, ISA02
    security: Identity = Identity("00", "")  # ISA03, ISA04
    isa11: Literal["standard", "repetition"] = "standard"
    standard_id: str = "U"
    interchange_version: str = "00401"  # ISA12
    acknowledge: bool = False  # ISA14: a TA1 is wanted
    usage: Literal["P", "T", "I"] = "P"  # ISA15
    delimiters: Delimiters = Delimiters()
    date: Literal["CCYYMMDD", "YYMMDD"] = "CCYYMMDD"  # GS04
    time: Literal["HHMM", "HHMMSS", "HHMMSSD", "HHMMSSDD"] = "HHMM"  # GS05
    agency: Literal["X", "T"] = "X"  # GS07
    version: str = "004010"  # GS08
    implementation: str = ""
    interchange_numbers: Range = Range()
    group_numbers: Range = Range()
    set_numbers: Range = Range(width=4)
    policy: Policy = Policy(suffix="\n")

    def __post_init__(self) -> None:
        if self.isa11 == "repetition" and not self.delimiters.repetition:
            raise ValueError('isa11 = "repetition" needs a repetition separator')
        if self.isa11 == "repetition" and self.interchange_version < REPETITIONS_FROM:
            raise ValueError(f"version {self.interchange_version} has no repetition separator ({REPETITIONS_FROM} has)")
        if self.set_numbers.longest > 9 or len(self.set_numbers.text(self.set_numbers.minimum)) < 4:
            raise ValueError("a set's control number (ST02) has 4 to 9 characters, prefix and suffix counted")
        for name, numbers in (("interchange", self.interchange_numbers), ("group", self.group_numbers)):
            if numbers.maximum > 999_999_999 or numbers.prefix or numbers.suffix:
                raise ValueError(f"an {name}'s control number has 1 to 9 digits and nothing else")


class Set(NamedTuple):
    """A transaction set to be written: the segments between ST and SE. ``number`` is ST02 as written; where it is
    empty the set is counted in its group. ``implementation`` is ST03 where it differs from the settings'."""

    type: str
    rows: Sequence[Row]
    number: str = ""
    implementation: str = ""


class Group(NamedTuple):
    """A functional group to be written. ``code`` is GS01; where it is empty it follows from the type of the first
    set. ``version`` is GS08 where it differs from the settings'. A set that :meth:`X12Writer.set` wrote for this
    version may come as its bytes; a group that begins with one needs its code."""

    number: int
    sets: Iterable[Set | bytes]
    code: str = ""
    version: str = ""


def write_x12(settings: X12Sending, number: int, groups: Iterable[Group], at: datetime) -> Iterator[bytes]:
    """The bytes of an interchange in pieces of some 64 KiB; no more than one set and one piece are held at a time.

    ``number`` is ISA13, ``at`` the time in ISA09/10 and GS04/05. Groups and sets may be generators. Raises Unwritable
    when the wrong one comes; what was yielded before is then no whole interchange.
    """
    return X12Writer(settings).interchange(number, groups, at)


class X12Writer:
    """Writes interchanges and single sets by the same settings, one after the other: what of the envelope is always the
    same is judged once. Raises Unwritable for settings with which nothing can be written."""

    def __init__(self, settings: X12Sending) -> None:
        self.settings = settings
        repetition = settings.delimiters.repetition if settings.isa11 == "repetition" else None
        d = msgspec.structs.replace(settings.delimiters, repetition=repetition, release=None, decimal=".")
        self.delimiters = d
        self.notation = notation(d, X12, settings.policy)
        # Nothing is replaced in an envelope: an identity is right or wrong.
        policy = Policy(characters=settings.policy.characters, suffix=settings.policy.suffix)
        self.service = notation(d, X12, policy)
        self.known = _facts(settings.interchange_version + "0", "ISA", 12)
        self.judged = set[tuple[str, ...]]()  # headers of sets and groups, numbers and times aside; an ISA as ()

    def interchange(self, number: int, groups: Iterable[Group], at: datetime) -> Iterator[bytes]:
        """As :func:`write_x12`."""
        return pieces(self._parts(self.settings.interchange_numbers.text(number).zfill(9), groups, at))

    def set(self, item: Set, place: int = 1, version: str = "") -> bytes:
        """The bytes of one set, for a group of ``version`` (the settings' where it is empty) in an interchange.
        ``place`` (from 1) counts it where it has no number of its own. Raises Unwritable; its segment counts from ST =
        1."""
        s = self.settings
        version = version or s.version
        number = item.number or s.set_numbers.text(s.set_numbers.nth(place - 1))
        implementation = item.implementation or s.implementation
        header = ["ST", item.type, number, implementation] if implementation else ["ST", item.type, number]
        key = (version, item.type, implementation)
        if key not in self.judged or not 4 <= len(number) <= 9:
            service_segment(self.service, _facts(version, "GS", 8), header)
            self.judged.add(key)
        return self.notation.message([header, *shaped(item.rows, version, s.policy)])

    def _parts(self, number: str, groups: Iterable[Group], at: datetime) -> Iterator[bytes]:
        yield self._isa(number, at)
        count = 0
        for group in groups:
            count += 1
            yield from self._group(group, at)
        yield service_segment(self.service, self.known, ["IEA", str(count), number])

    def _isa(self, number: str, at: datetime) -> bytes:
        """ISA has fixed widths, and its delimiters are values of it."""
        s, d = self.settings, self.delimiters
        if not d.component:
            _refuse("delimiter-invalid", "ISA16 must name a component separator", "ISA", 16, "")
        row = [
            "ISA", s.authorization.qualifier, s.authorization.id.ljust(10), s.security.qualifier,
            s.security.id.ljust(10), s.sender.qualifier, s.sender.id.ljust(15), s.receiver.qualifier,
            s.receiver.id.ljust(15), f"{at:%y%m%d}", f"{at:%H%M}", d.repetition or s.standard_id,
            s.interchange_version, number, "1" if s.acknowledge else "0", s.usage, d.component,
        ]  # fmt: skip
        if () not in self.judged or len(number) != 9:
            values = [*row[:11], s.standard_id, *row[12:16]]
            self.service.segments([values])  # none holds a delimiter
            for element in (6, 8):
                if not row[element].strip():
                    _refuse("header-value-invalid", f"ISA{element:02d} must be an identity", "ISA", element, "")
            refuse_faults(self.service, self.known, [*values, d.component])
            self.judged.add(())
        return (d.element.join(row) + d.segment + s.policy.suffix).encode(self.notation.codec)

    def _group(self, group: Group, at: datetime) -> Iterator[bytes]:
        s = self.settings
        version = group.version or s.version
        known = _facts(version, "GS", 8)
        number, count = s.group_numbers.text(group.number), 0
        for count, item in enumerate(group.sets, 1):
            if count == 1:
                type = "" if isinstance(item, bytes) else item.type
                yield self._gs(known, group.code or _group_code(known, type), number, version, at)
            yield item if isinstance(item, bytes) else self.set(item, count, version)
        if not count:
            yield self._gs(known, group.code, number, version, at)
        trailer = ["GE", str(count), number]
        if count > MOST_SETS:
            yield service_segment(self.service, known, trailer)  # which refuses it
        else:
            yield self.service.segments([trailer])

    def _gs(self, known: Facts, code: str, number: str, version: str, at: datetime) -> bytes:
        s = self.settings
        time = f"{at:%H%M%S}{at.microsecond // 10_000:02d}"[: len(s.time)]
        row = [
            "GS", code, s.application_sender, s.application_receiver, at.strftime(_DATES[s.date]), time, number,
            s.agency, version,
        ]  # fmt: skip
        if ("GS", code, version) in self.judged:
            return self.service.segments([row])
        data = service_segment(self.service, known, row)
        self.judged.add(("GS", code, version))
        return data


def _facts(version: str, tag: str, element: int) -> Facts:
    try:
        return facts(nearest(version) or version)
    except CodecError as error:
        raise Unwritable(msgspec.structs.replace(error.finding, tag=tag, element=element)) from None


@cache
def _group_code(known: Facts, type: str) -> str:
    try:
        return known.structure(type)[0]
    except KeyError:
        _refuse("header-value-invalid", f"set {type!r} is unknown: name the code of its group", "GS", 1, type)


def _refuse(code: str, message: str, tag: str, element: int, value: str) -> NoReturn:
    raise Unwritable(
        Finding(
            severity=Severity.ERROR, code=code, message=message, ack_level="interchange" if tag == "ISA" else "group",
            tag=tag, element=element, value=value or None,
        )
    )  # fmt: skip
