"""One answer, written as the verdicts come: to an X12 interchange TA1 and a 997 or 999 for each group, to an EDIFACT
interchange a CONTRL.

An answer takes what :func:`judged` tells of one interchange, or what a caller kept of it, in that order: ``group``,
``set`` and ``group_end``, at last ``end``, which gives its text. Memory is flat: what has to wait for the end waits on
disk where it is much.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

import msgspec

from b2bsync.edi.answers import edifact, envelopes, x12
from b2bsync.edi.answers.note import errors
from b2bsync.edi.answers.policy import Policy
from b2bsync.edi.answers.spool import Spool
from b2bsync.edi.answers.verdict import (
    ACKNOWLEDGEMENT_GROUP,
    ACKNOWLEDGEMENTS,
    GroupOpened,
    GroupVerdict,
    InterchangeVerdict,
    SetVerdict,
)
from b2bsync.edi.envelope import GroupHeader, InterchangeHeader
from b2bsync.edi.standard import X12
from b2bsync.vocabulary.verdicts import Verdict

ROOM = 500_000
"""Segments of a CONTRL behind which it only names what is rejected; UNT counts to 999,999."""

MOST_SETS = 999_999  # AK2 in a 997 of 004010

PIECE = 64 * 1024

Numbers = Callable[[], str]
"""Gives the next control number as it is written: in X12 up to nine digits."""


def answer(header: InterchangeHeader, policy: Policy, now: datetime, numbers: Numbers, groups: Numbers) -> "Answer":
    """The answer to an interchange; ``numbers`` gives its ISA13 or UNB 0020, ``groups`` GS06 of each group in it, both
    only when they are needed. ``now`` goes into the envelope."""
    if header.standard == X12:
        return X12Answer(header, policy, now, numbers, groups)
    return ContrlAnswer(header, policy, now, numbers)


def pieces(texts: Iterable[str]) -> Iterator[bytes]:
    """The bytes of an answer's text, some 64 KiB at once."""
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

    def __init__(self, header: InterchangeHeader, policy: Policy, now: datetime, numbers: Numbers) -> None:
        self.header, self.policy, self.now, self.numbers = header, policy, now, numbers
        self.delimiters = envelopes.delimiters(header, policy.delimiters)
        self.suffix = "" if self.delimiters.segment in "\r\n" else policy.suffix
        self.acknowledgements = 0
        self.answered = 0  # what is no acknowledgement: sets, and groups without any

    def line(self, row: Sequence[edifact.Element]) -> str:
        return envelopes.line(row, self.delimiters, self.suffix)

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


class X12Answer(_Writing):
    """ISA, TA1, and a group FA with one 997 or 999 for each group."""

    def __init__(
        self, header: InterchangeHeader, policy: Policy, now: datetime, numbers: Numbers, groups: Numbers
    ) -> None:
        super().__init__(header, policy, now, numbers)
        self.group_numbers = groups
        self.body = Spool()
        self._end = self.delimiters.segment + self.suffix
        self.groups = 0
        self.open: GroupOpened | None = None
        self.number = ""  # of the group that is written; empty while none is
        self.form = x12.Form("997", "004010", self.delimiters)
        self.count = self.sets = 0

    def line(self, row: Sequence[edifact.Element]) -> str:
        """A segment: its elements are texts, and nothing in them is released."""
        separator = self.delimiters.element
        return separator.join(map(str, row)).rstrip(separator) + self._end

    def group(self, opened: GroupOpened) -> None:
        """A group begins; it is answered from its first set on that is no acknowledgement."""
        self.open, self.number, self.sets = opened, "", 0

    def _begin(self, header: GroupHeader) -> None:
        version = envelopes.version(header, self.header, self.delimiters)
        self.form = x12.Form("997", version, self.delimiters)
        if self.form.newer:
            self.form = x12.Form(self.policy.functional, version, self.delimiters)
        self.number = self.group_numbers()
        self.groups += 1
        self.count = 0
        gs = envelopes.gs(header, self.header, self.number, self.now, version, self.delimiters)
        self.body.add(self.line(gs).encode("latin-1"))
        self._put([["ST", self.form.type, "0001"], x12.group_start(header.code, header.control_number, self.form)])

    def _put(self, rows: Iterable[list[str]]) -> None:
        lines = list(map(self.line, rows))
        self.count += len(lines)
        self.body.add("".join(lines).encode("latin-1"))

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
        rows = x12.set_rows(said, self.form) if told and self.sets < MOST_SETS else []
        if rows:
            self.sets += 1
            self._put(rows)

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
            self._put([x12.group_end(x12.told_group(said, self.form))])
            self._put([["SE", str(self.count + 1), "0001"]])
            self.body.add(self.line(["GE", "1", self.number]).encode("latin-1"))
            self.number = ""

    def end(self, said: InterchangeVerdict | None) -> Iterator[str]:
        """The answer, if there is one; without a verdict it says nothing of the interchange itself (no TA1)."""
        if said is not None and (self.only_acknowledgements or not self._asked(said)):
            said = None
        if said is None and not self.groups:
            self.body.close()
            return
        number = self.numbers()
        yield self.line(envelopes.isa(self.header, number, self.now, self.delimiters))
        if said is not None:
            yield self.line(x12.interchange_row(x12.told_interchange(said)))
        for record in self.body:
            yield record.decode("latin-1")
        yield self.line(["IEA", str(self.groups), number.zfill(9)])

    def _asked(self, said: InterchangeVerdict) -> bool:
        if self.policy.ta1 == "asked":
            return self.header.ack_requested or bool(errors(said.findings))
        return self.policy.ta1 == "always"


class ContrlAnswer(_Writing):
    """UNB and one CONTRL: messages that stand in no group before those in groups."""

    def __init__(self, header: InterchangeHeader, policy: Policy, now: datetime, numbers: Numbers) -> None:
        super().__init__(header, policy, now, numbers)
        self.syntax = "UN4" if envelopes.syntax(header)[1] == "4" else "UN3"
        self.loose, self.grouped = Spool(), Spool()
        self.sets: Spool | None = None  # of the open group, whose segment comes before them
        self.count = 0

    def _put(self, rows: Iterable[edifact.Row], into: Spool) -> None:
        lines = list(map(self.line, rows))
        self.count += len(lines)
        into.add("".join(lines).encode("latin-1"))

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
        self._put(edifact.set_rows(what), self.loose if self.sets is None else self.sets)

    def group_end(self, said: GroupVerdict) -> None:
        """UCF, and then what was kept of its messages."""
        sets, self.sets = self.sets or Spool(), None
        self.answered += not said.received
        rows = sets.count
        if not self.policy.receipt and (rows or self.policy.detail or said.verdict is not Verdict.ACCEPTED):
            self._put([edifact.group_row(edifact.told_group(said, self.syntax))], self.grouped)
        for record in sets:
            self.grouped.add(record)

    def end(self, said: InterchangeVerdict | None) -> Iterator[str]:
        """The answer, if there is one. Without a verdict there is none: CONTRL is about the interchange."""
        wanted = self.policy.contrl == "always" or (self.policy.contrl == "asked" and self.header.ack_requested)
        if (
            said is None
            or not wanted
            or self.only_acknowledgements
            or not (self.header.version or self.header.control_number)
        ):
            self.loose.close()
            self.grouped.close()
            return
        if self.policy.receipt:
            said = msgspec.structs.replace(said, verdict=None)
        number, version = self.numbers(), envelopes.syntax(self.header)[1]
        advice = envelopes.una(self.delimiters, version)
        yield advice + self.suffix if advice else ""
        yield self.line(envelopes.unb(self.header, number, self.now))
        yield self.line(envelopes.unh(self.header))
        yield self.line(edifact.interchange_row(edifact.told_interchange(said, self.syntax)))
        for spool in (self.loose, self.grouped):
            for record in spool:
                yield record.decode("latin-1")
        yield self.line(["UNT", str(self.count + 3), "1"])
        yield self.line(["UNZ", "1", number])


Answer = X12Answer | ContrlAnswer
