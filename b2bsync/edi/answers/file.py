"""The whole answer to a file: for every interchange in it one with its acknowledgements."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import msgspec

from b2bsync.edi.answers import edifact, envelopes, x12
from b2bsync.edi.answers.judging import Watching, judged
from b2bsync.edi.answers.note import errors
from b2bsync.edi.answers.policy import Policy
from b2bsync.edi.answers.spool import Spool
from b2bsync.edi.answers.verdict import (
    ACKNOWLEDGEMENT_GROUP,
    ACKNOWLEDGEMENTS,
    GroupOpened,
    GroupVerdict,
    InterchangeOpened,
    InterchangeVerdict,
    Judged,
    SetVerdict,
)
from b2bsync.edi.envelope import GroupHeader, InterchangeAck, InterchangeHeader
from b2bsync.edi.standard import X12
from b2bsync.vocabulary.verdicts import Verdict

LAST_NUMBER = 999_999_999
PIECE = 64 * 1024
"""Bytes of the answer that come at once."""

ROOM = 500_000
"""Segments of a CONTRL behind which it only names what is rejected; UNT counts to 999,999."""

MOST_SETS = 999_999  # AK2 in a 997 of 004010


class _Numbers:
    """Control numbers of the answers, counted up from the given one; behind the last comes 1."""

    def __init__(self, first: int) -> None:
        self.next = first

    def draw(self) -> int:
        number = self.next
        self.next = number % LAST_NUMBER + 1
        return number


def answer_file(
    chunks: Iterable[bytes],
    policy: Policy | None = None,
    *,
    control_number: int = 1,
    group_number: int | None = None,
    now: datetime | None = None,
    watching: Watching | None = None,
    limit: int = 64 << 20,
) -> Iterator[bytes]:
    """Judge a stream of X12 or EDIFACT and acknowledge it: the bytes of the answers, in pieces.

    For every interchange one with sender and receiver reversed: TA1, and a 997 or 999 for each group in a group of the
    same release; or CONTRL of the same syntax version. Nothing for acknowledgements, for what stands in no interchange,
    and for what the policy does not answer.

    ``control_number`` is that of the first answer (ISA13, UNB 0020), ``group_number`` of its first group (GS06; the
    same where it is left out), both 1 to 999,999,999; the next ones count up. ``now`` goes into the envelopes;
    ``watching`` and ``limit`` are those of :func:`judged`. Memory is flat: what has to wait for the end of an
    interchange waits on disk where it is much. Raises Unreadable where the stream begins with no interchange header,
    ValueError for a control number out of range.
    """
    for first in (control_number, group_number):
        if first is not None and not 1 <= first <= LAST_NUMBER:
            raise ValueError(f"a control number is 1 to {LAST_NUMBER}, not {first}")
    numbers, groups = _Numbers(control_number), _Numbers(group_number or control_number)
    return _pieces(
        _answers(judged(chunks, policy, watching=watching, limit=limit), policy or Policy(), numbers, groups, now)
    )


def _answers(
    said: Iterable[Judged], policy: Policy, numbers: _Numbers, groups: _Numbers, now: datetime | None
) -> Iterator[str]:
    answer: _X12 | _Contrl | None = None
    for value in said:
        if isinstance(value, InterchangeOpened):
            moment = now or datetime.now(UTC)
            if value.header.standard == X12:
                answer = _X12(value.header, policy, moment, numbers, groups)
            else:
                answer = _Contrl(value.header, policy, moment, numbers)
        elif answer is not None:
            match value:
                case GroupOpened():
                    answer.group(value)
                case SetVerdict():
                    answer.set(value)
                case GroupVerdict():
                    answer.group_end(value)
                case InterchangeAck():
                    answer.acknowledgements += 1
                case InterchangeVerdict():
                    yield from answer.end(value)
                    answer = None


def _pieces(texts: Iterable[str]) -> Iterator[bytes]:
    kept, size = [], 0
    for text in texts:
        kept.append(text)
        size += len(text)
        if size >= PIECE:
            yield "".join(kept).encode("latin-1")
            kept, size = [], 0
    if kept:
        yield "".join(kept).encode("latin-1")


class _Writing:
    """Segments in the delimiters of one answer. ``acknowledgements`` counts what is never answered."""

    def __init__(self, header: InterchangeHeader, policy: Policy, now: datetime, numbers: _Numbers) -> None:
        self.header, self.policy, self.now, self.numbers = header, policy, now, numbers
        self.delimiters = envelopes.delimiters(header, policy.delimiters)
        self.suffix = "" if self.delimiters.segment in "\r\n" else policy.suffix
        self.acknowledgements = 0
        self.answered = 0  # what is no acknowledgement: sets, and groups without any

    def line(self, row: Iterable[edifact.Element]) -> str:
        return envelopes.line(list(row), self.delimiters, self.suffix)

    def is_told(self, said: SetVerdict) -> bool:
        """Whether a set gets segments of its own; counts it, or the acknowledgement that it is."""
        if said.type in ACKNOWLEDGEMENTS:
            self.acknowledgements += 1
            return False
        self.answered += 1
        return self.policy.detail or said.verdict is not Verdict.ACCEPTED

    @property
    def only_acknowledgements(self) -> bool:
        return bool(self.acknowledgements) and not self.answered


class _X12(_Writing):
    """ISA, TA1, and a group FA with one 997 or 999 for each group."""

    def __init__(
        self, header: InterchangeHeader, policy: Policy, now: datetime, numbers: _Numbers, groups: _Numbers
    ) -> None:
        super().__init__(header, policy, now, numbers)
        self.group_numbers = groups
        self.body = Spool()
        self.groups = 0
        self.open: GroupOpened | None = None
        self.number = 0  # of the group that is written; 0 while none is
        self.form = x12.Form("997", "004010", self.delimiters)
        self.count = self.sets = 0

    def group(self, opened: GroupOpened) -> None:
        """A group begins; it is answered from its first set on that is no acknowledgement."""
        self.open, self.number, self.sets = opened, 0, 0

    def _begin(self, header: GroupHeader) -> None:
        version = envelopes.version(header, self.header, self.delimiters)
        self.form = x12.Form("997", version, self.delimiters)
        if self.form.newer:
            self.form = x12.Form(self.policy.functional, version, self.delimiters)
        self.number = self.group_numbers.draw()
        self.groups += 1
        self.count = 0
        gs = envelopes.gs(header, self.header, self.number, self.now, version, self.delimiters)
        self.body.add(self.line(gs).encode("latin-1"))
        self._put(["ST", self.form.type, "0001"])
        self._put(x12.group_start(header.code, header.control_number, self.form))

    def _put(self, row: list[str]) -> None:
        self.count += 1
        self.body.add(self.line(row).encode("latin-1"))

    def set(self, said: SetVerdict) -> None:
        """AK2 to AK5."""
        if self.open is None or self.open.header.code == ACKNOWLEDGEMENT_GROUP:
            self.acknowledgements += 1
            return
        told = self.is_told(said)
        if not self.open.nameable or said.type in ACKNOWLEDGEMENTS:
            return
        if not self.number:
            self._begin(self.open.header)
        what = x12.told(said, self.form) if told and self.sets < MOST_SETS else None
        if what is not None:
            self.sets += 1
            for row in x12.set_rows(what, self.form):
                self._put(row)

    def group_end(self, said: GroupVerdict) -> None:
        """AK9 and the trailers."""
        opened, self.open = self.open, None
        if opened is None or opened.header.code == ACKNOWLEDGEMENT_GROUP:
            self.acknowledgements += 1
            return
        if not said.received:
            self.answered += 1
            if opened.nameable:
                self._begin(opened.header)
        if self.number:
            self._put(x12.group_end(x12.told_group(said, self.form)))
            self._put(["SE", str(self.count + 1), "0001"])
            self.body.add(self.line(["GE", "1", str(self.number)]).encode("latin-1"))
            self.number = 0

    def end(self, said: InterchangeVerdict) -> Iterator[str]:
        """The answer, if there is one."""
        wrong = bool(errors(said.findings))
        asked = self.policy.ta1 == "always" or (self.policy.ta1 == "asked" and (self.header.ack_requested or wrong))
        with_ta1 = asked and not self.only_acknowledgements
        if not with_ta1 and not self.groups:
            self.body.close()
            return
        number = self.numbers.draw()
        yield self.line(envelopes.isa(self.header, number, self.now, self.delimiters))
        if with_ta1:
            yield self.line(x12.interchange_row(x12.told_interchange(said)))
        for record in self.body:
            yield record.decode("latin-1")
        yield self.line(["IEA", str(self.groups), f"{number:09d}"])


class _Contrl(_Writing):
    """UNB and one CONTRL: messages that stand in no group before those in groups."""

    def __init__(self, header: InterchangeHeader, policy: Policy, now: datetime, numbers: _Numbers) -> None:
        super().__init__(header, policy, now, numbers)
        self.syntax = "UN4" if envelopes.syntax(header)[1] == "4" else "UN3"
        self.loose, self.grouped = Spool(), Spool()
        self.sets: Spool | None = None  # of the open group, whose segment comes before them
        self.count = 0

    def _put(self, row: edifact.Row, into: Spool) -> None:
        self.count += 1
        into.add(self.line(row).encode("latin-1"))

    def group(self, opened: GroupOpened) -> None:
        """A group begins."""
        self.sets = Spool()

    def set(self, said: SetVerdict) -> None:
        """UCM with UCS and UCD; none for a message that is rejected only for the sake of its interchange or group."""
        told = self.is_told(said)
        if self.policy.receipt or not told or (said.verdict is Verdict.REJECTED and not errors(said.findings)):
            return
        what = edifact.told(said, self.syntax)
        if self.count > ROOM:
            if said.verdict is not Verdict.REJECTED:
                return
            what = msgspec.structs.replace(what, findings=tuple(f for f in what.findings if f.ack_level == "set"))
        for row in edifact.set_rows(what):
            self._put(row, self.loose if self.sets is None else self.sets)

    def group_end(self, said: GroupVerdict) -> None:
        """UCF, and then what was kept of its messages."""
        sets, self.sets = self.sets or Spool(), None
        self.answered += not said.received
        rows = sets.count
        if not self.policy.receipt and (rows or self.policy.detail or said.verdict is not Verdict.ACCEPTED):
            self._put(edifact.group_row(edifact.told_group(said, self.syntax)), self.grouped)
        for record in sets:
            self.grouped.add(record)

    def end(self, said: InterchangeVerdict) -> Iterator[str]:
        """The answer, if there is one."""
        wanted = self.policy.contrl == "always" or (self.policy.contrl == "asked" and self.header.ack_requested)
        if not wanted or self.only_acknowledgements or not (self.header.version or self.header.control_number):
            self.loose.close()
            self.grouped.close()
            return
        if self.policy.receipt:
            said = msgspec.structs.replace(said, verdict=None)
        number, version = self.numbers.draw(), envelopes.syntax(self.header)[1]
        advice = envelopes.una(self.delimiters, version)
        yield advice + self.suffix if advice else ""
        yield self.line(envelopes.unb(self.header, number, self.now))
        yield self.line(envelopes.unh(self.header))
        yield self.line(edifact.interchange_row(edifact.told_interchange(said, self.syntax)))
        for spool in (self.loose, self.grouped):
            for record in spool:
                yield record.decode("latin-1")
        yield self.line(["UNT", str(self.count + 3), "1"])
        yield self.line(["UNZ", "1", str(number)])
