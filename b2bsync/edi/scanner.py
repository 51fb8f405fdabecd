"""Scan a stream of bytes for interchanges, groups and transaction sets, without judging the sets.

Memory is flat: only the bytes of one transaction set, and at most as many again, are held at a time.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from b2bsync.edi.envelope import (
    Delimiters,
    Event,
    GroupEnd,
    GroupHeader,
    GroupStart,
    InterchangeAck,
    InterchangeEnd,
    InterchangeHeader,
    InterchangeStart,
    Position,
    Problem,
    TransactionCut,
    TransactionDropped,
)
from b2bsync.edi.errors import Unreadable
from b2bsync.edi.header import ISA, LONGEST, LONGEST_MARK, Isa, no_group, read_gs, read_isa
from b2bsync.edi.trailer import group_findings, interchange_findings
from b2bsync.edi.window import Window
from b2bsync.vocabulary.findings import Finding, Severity

SEARCHED = 64 * 1024
"""Bytes at the beginning within which the first interchange header must stand."""

LONGEST_ENVELOPE = 4096
"""Bytes a segment outside of transaction sets may have."""

_BLANK = re.compile(rb"[\s\x00]*")


def scan(chunks: Iterable[bytes], at: Position | None = None, *, limit: int = 64 << 20) -> Iterator[Event]:
    """The interchanges, groups and transaction sets of a stream, in order.

    ``chunks`` may cut the stream anywhere. To go on after an event, give its ``position`` as ``at`` and chunks that
    begin at ``at.offset``. ``limit`` is the most bytes of one transaction set; a larger one is passed over, as
    :class:`TransactionDropped`.

    Whatever belongs to nothing is a :class:`Problem`, missing headers and trailers are findings of the events.
    Raises Unreadable when the stream is empty or has no usable interchange header at its beginning.
    """
    return _Scan(Window(chunks, at.offset if at else 0), at, limit).run()


class _Marks:
    """Where envelope segments begin, for one set of delimiters.

    A tag may be broken by a line break: files wrapped at a column are read like others.
    """

    def __init__(self, d: Delimiters) -> None:
        self.terminator = d.segment.encode("latin-1")
        self.element = d.element.encode("latin-1")
        t, e = re.escape(self.terminator), re.escape(self.element)
        blank = "".join(c for c in " \t\r\n" if c not in (d.segment, d.element)).encode()
        br = rb"[" + bytes(c for c in blank if c in b"\r\n") + rb"]*" if blank.strip(b" \t") else b""
        tags = [br.join(bytes([c]) for c in tag) for tag in (b"ISA", b"IEA", b"GS", b"GE", b"ST", b"SE", b"TA1")]
        end = br + rb"(?=" + e + rb")"
        self.boundary = re.compile(
            t + rb"[" + re.escape(blank + self.terminator) + rb"]*(" + rb"|".join(tags) + rb")" + end
        )
        self.blanks = re.compile(rb"[" + re.escape(blank + self.terminator) + rb"]*")
        self.empty = re.compile(t + rb"(?=[" + re.escape(blank) + rb"]*" + t + rb")")

    def count(self, raw: bytes) -> int:
        """Segments in the bytes of a transaction set, empty ones not counted."""
        return (
            raw.count(self.terminator)
            - len(self.empty.findall(raw))
            + (not raw.endswith(self.terminator) and bool(raw[raw.rfind(self.terminator) + 1 :].strip()))
        )


@lru_cache(maxsize=64)
def _marks(delimiters: Delimiters) -> _Marks:
    return _Marks(delimiters)


class _Scan:
    def __init__(self, window: Window, at: Position | None, limit: int) -> None:
        self.window, self.limit = window, limit
        self.fresh = at is None or at.offset == 0  # nothing of X12 was seen yet
        self.interchange: InterchangeHeader | None = at.interchange if at else None
        self.group: GroupHeader | None = at.group if at else None
        self.groups = at.groups if at else 0
        self.received = at.received if at else 0

    def run(self) -> Iterator[Event]:
        while True:
            if self.interchange is None:
                yield from self._between()
                if self.interchange is None:
                    return
            yield from self._inside(self.interchange)

    def _position(self) -> Position:
        return Position(
            offset=self.window.offset,
            interchange=self.interchange,
            group=self.group,
            groups=self.groups,
            received=self.received,
        )

    # between interchanges

    def _between(self) -> Iterator[Event]:
        """Up to and with the next interchange header that can be used, or the end."""
        window, begin = self.window, self.window.offset
        junk, sample = False, b""
        fault: Finding | None = None  # the first header that cannot be used; it and all behind it are passed over
        while window.need(LONGEST) or window.left:
            blank = _BLANK.match(window.data, window.at)
            assert blank is not None
            if blank.end() > window.at:
                junk = junk or (self.fresh and begin == 0) or b"\0" in blank[0]
                window.at = blank.end()
                continue
            found = read_isa(window.data[window.at : window.at + LONGEST], window.offset) if self._isa_here() else None
            if isinstance(found, Isa):
                if junk:
                    yield self._junk(fault, begin, sample)
                yield self._open(found)
                return
            if isinstance(found, Finding):
                if self.fresh:
                    raise Unreadable(found)
                fault = fault or found
            sample = sample or window.data[window.at : window.at + 20]
            junk = True
            window.at += 1
            self._skip()
            if self.fresh and window.offset > SEARCHED:
                break
        if self.fresh:
            raise Unreadable(self._foreign(sample))
        if junk:
            yield self._junk(fault, begin, sample)

    def _isa_here(self) -> bool:
        return ISA.match(self.window.data, self.window.at) is not None

    def _skip(self) -> None:
        """Go on to the next place that could be an interchange header, or to the end of what has been read."""
        window = self.window
        found = ISA.search(window.data, window.at)
        if found is not None:
            window.at = found.start()
        else:
            window.at = max(window.at, len(window.data) - (0 if window.ended else LONGEST_MARK))

    def _junk(self, fault: Finding | None, begin: int, sample: bytes) -> Problem:
        finding = fault or Finding(
            severity=Severity.WARNING,
            code="bytes-outside-interchange",
            message="bytes outside of any interchange were passed over",
            offset=begin,
            value=sample.decode("latin-1") or None,
        )
        return Problem(finding=finding, position=self._position())

    def _foreign(self, sample: bytes) -> Finding:
        if not sample:
            return Finding(severity=Severity.FATAL, code="empty", message="there is nothing in it", offset=0)
        message = "no X12 interchange header (ISA with 16 elements) stands at the beginning"
        if sample.startswith((b"GS", b"ST")):
            message += "; the file starts inside an interchange, ask the sender for the whole"
        elif sample.startswith((b"UNA", b"UNB")):
            message += "; it looks like EDIFACT"
        elif sample.lstrip(b"\xef\xbb\xbf").startswith((b"<", b"{")):
            message += "; it looks like XML or JSON"
        return Finding(
            severity=Severity.FATAL, code="not-x12", message=message, offset=0, value=sample.decode("latin-1"),
            allowed="ISA",
        )  # fmt: skip

    def _open(self, isa: Isa) -> InterchangeStart:
        self.window.at += isa.length
        self.fresh = False
        self.interchange, self.group, self.groups, self.received = isa.header, None, 0, 0
        return InterchangeStart(header=isa.header, findings=isa.findings, position=self._position())

    # inside an interchange

    def _inside(self, interchange: InterchangeHeader) -> Iterator[Event]:
        window, marks = self.window, _marks(interchange.delimiters)
        while True:
            self._pass(marks.blanks)
            if not window.left:
                yield from self._close_interchange(None, window.offset)
                return
            window.need(LONGEST_ENVELOPE)
            head = window.data[window.at : window.at + LONGEST]
            if ISA.match(head) and isinstance(read_isa(head, 0), Isa):
                yield from self._close_interchange(None, window.offset)
                return
            end = window.data.find(marks.terminator, window.at, window.at + LONGEST_ENVELOPE)
            endless = end < 0 and window.left >= LONGEST_ENVELOPE
            stop = end if end >= 0 else min(window.at + LONGEST_ENVELOPE, len(window.data))
            text = window.data[window.at : stop].decode("latin-1").translate(_BREAKS).rstrip("\0\x1a")
            row = text.split(interchange.delimiters.element)
            tag, start, length = row[0].rstrip(), window.offset, stop - window.at + (end >= 0)
            if tag == "ST" and len(row) > 1:
                yield from self._set(interchange, marks, row)
            elif endless:
                yield self._stray(marks, tag, start)
            elif tag == "IEA":
                yield from self._close_group(None, start)
                window.at += length
                yield from self._close_interchange(row, start)
                return
            elif tag == "GS":
                yield from self._close_group(None, start)
                window.at += length
                self.groups, self.received = self.groups + 1, 0
                self.group, findings = read_gs(row, start)
                yield GroupStart(
                    interchange=interchange, header=self.group, findings=findings, position=self._position()
                )
            elif tag == "GE" and self.group is not None:
                window.at += length
                yield from self._close_group(row, start)
            elif tag == "TA1" and len(row) > 4:
                window.at += length
                yield InterchangeAck(
                    interchange=interchange, control_number=row[1], date=row[2], time=row[3], code=row[4],
                    note=row[5] if len(row) > 5 else "", position=self._position(),
                )  # fmt: skip
            else:
                yield self._stray(marks, tag, start)

    def _pass(self, blanks: re.Pattern[bytes]) -> None:
        """Pass over blanks, line breaks and empty segments."""
        window = self.window
        while True:
            found = blanks.match(window.data, window.at)
            assert found is not None
            window.at = found.end()
            if window.left or not window.grow():
                return

    def _set(self, interchange: InterchangeHeader, marks: _Marks, head: list[str]) -> Iterator[Event]:
        """Cut one transaction set, up to its SE or to whatever shows that it has none."""
        window = self.window
        if self.group is None:
            self.group, findings = no_group(interchange, window.offset)
            self.received = 0
            yield GroupStart(interchange=interchange, header=self.group, findings=findings, position=self._position())
        start, type, number = window.offset, head[1].strip(), head[2] if len(head) > 2 else ""
        span = self._end_of_set(marks)
        self.received += 1
        if span is None or span > self.limit:
            window.at += span or 0
            self._drop_set(marks, span is None)
            finding = Finding(
                severity=Severity.FATAL,
                code="set-too-large",
                message=f"transaction set {type} {number} is larger than the limit and was passed over",
                ack_level="set",
                ack_code="5",
                segment=1,
                tag="ST",
                offset=start,
                allowed=f"{self.limit} bytes",
            )
            yield TransactionDropped(
                interchange=interchange, group=self.group, type=type, control_number=number, start=start,
                length=window.offset - start, finding=finding, position=self._position(),
            )  # fmt: skip
            return
        data = window.data[window.at : window.at + span]
        window.at += span
        if not data.endswith(marks.terminator):
            data = data.rstrip(b" \t\r\n\0\x1a")
        yield TransactionCut(
            interchange=interchange,
            group=self.group,
            type=type,
            control_number=number,
            raw=data.decode("latin-1"),
            start=start,
            length=len(data),
            segments=marks.count(data),
            position=self._position(),
        )

    def _end_of_set(self, marks: _Marks) -> int | None:
        """Bytes from here to the end of the transaction set; None when there are more than the limit."""
        window = self.window
        while True:
            found = marks.boundary.search(window.data, window.at)
            if found is not None:
                if found[1].translate(None, b"\r\n") != b"SE":
                    return found.start() + 1 - window.at
                end = window.data.find(marks.terminator, found.end())
                if end >= 0:
                    return end + 1 - window.at
            if window.left > self.limit:
                return None
            if not window.grow():
                return window.left

    def _drop_set(self, marks: _Marks, open_ended: bool) -> None:
        """Let go of the bytes of a set that is too large, up to its end, without holding them."""
        while open_ended:
            window = self.window
            found = marks.boundary.search(window.data, window.at)
            if found is not None and found[1].translate(None, b"\r\n") != b"SE":
                window.at = found.start() + 1
                return
            if found is not None:
                end = window.data.find(marks.terminator, found.end())
                if end >= 0:
                    window.at = end + 1
                    return
                window.at = found.start()
            else:
                last = window.data.rfind(marks.terminator, window.at)
                window.at = last if last >= 0 else len(window.data)
            if not window.grow():
                window.at = len(window.data)
                return

    def _stray(self, marks: _Marks, tag: str, start: int) -> Problem:
        """Pass over segments that do not belong between envelopes."""
        sample = self.window.data[self.window.at : self.window.at + 40].decode("latin-1")
        self._drop_stray(marks)
        finding = Finding(
            severity=Severity.ERROR,
            code="segments-outside-set",
            message=f"segments outside of any transaction set were passed over, the first with tag {tag[:10]!r}",
            ack_level="interchange",
            ack_code="024",
            tag=tag[:10] or None,
            offset=start,
            value=sample,
        )
        return Problem(finding=finding, position=self._position())

    def _drop_stray(self, marks: _Marks) -> None:
        window = self.window
        while True:
            found = marks.boundary.search(window.data, window.at)
            if found is not None:
                window.at = found.start() + 1
                return
            last = window.data.rfind(marks.terminator, window.at)
            window.at = last if last >= 0 else len(window.data)
            if not window.grow():
                window.at = len(window.data)
                return

    def _close_group(self, row: list[str] | None, start: int) -> Iterator[Event]:
        """End the open group, if there is one, with its trailer or without."""
        group, interchange, received = self.group, self.interchange, self.received
        if group is None or interchange is None:
            return
        included, findings = 0, tuple[Finding, ...]()
        if row is not None or group.code:  # sets that stand in no group need no trailer
            included, findings = group_findings(row, group.control_number, received, start)
        self.group, self.received = None, 0
        yield GroupEnd(
            interchange=interchange,
            header=group,
            included=included,
            received=received,
            findings=findings,
            position=self._position(),
        )

    def _close_interchange(self, row: list[str] | None, start: int) -> Iterator[Event]:
        """End the open interchange with its trailer or without."""
        yield from self._close_group(None, start)
        header = self.interchange
        assert header is not None
        findings = interchange_findings(row, header.control_number, self.groups, start)
        self.interchange, self.groups = None, 0
        yield InterchangeEnd(header=header, findings=findings, position=self._position())


_BREAKS = str.maketrans("", "", "\r\n")
