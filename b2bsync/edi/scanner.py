"""Scan a stream of bytes for interchanges, groups and transaction sets, without judging the sets.

Memory is flat: only the bytes of one transaction set, and at most as many again, are held at a time.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from b2bsync.edi.dialect import Dialect, Marks, Opened, SetHead, marks
from b2bsync.edi.edifact.dialect import Edifact
from b2bsync.edi.envelope import (
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
from b2bsync.edi.spans import drop_set, end_of_set
from b2bsync.edi.strays import neither, outside_interchange, outside_set, set_too_large
from b2bsync.edi.window import Window
from b2bsync.edi.x12.dialect import X12, BareX12
from b2bsync.vocabulary.findings import Finding, Severity

LONGEST = 512
"""Bytes within which an interchange header must be complete; a regular one of X12 has 106."""

LONGEST_MARK = 12
"""Most bytes that the beginning of an interchange is recognised by."""

SEARCHED = 64 * 1024
"""Bytes at the beginning within which the first interchange header must stand."""

LONGEST_ENVELOPE = 4096
"""Bytes a segment outside of transaction sets may have."""

_BLANK = re.compile(rb"[\s\x00]*")


DIALECTS: dict[str, Dialect] = {dialect.standard: dialect for dialect in (X12(), Edifact())}
BARE = BareX12()


def scan(
    chunks: Iterable[bytes],
    at: Position | None = None,
    *,
    limit: int = 64 << 20,
    standards: Sequence[str] = ("X12", "EDIFACT"),
    bare: bool = False,
) -> Iterator[Event]:
    """The interchanges, groups and transaction sets of a stream, in order.

    ``chunks`` may cut the stream anywhere. To go on after an event, give its ``position`` as ``at`` and chunks that
    begin at ``at.offset``. ``limit`` is the most bytes of one transaction set; a larger one is passed over, as
    :class:`TransactionDropped`. ``standards`` are those that may come; the first interchange decides which one it is.
    ``bare``: X12 groups and sets outside of any interchange are read, too, with the delimiters that they seem to have;
    EDIFACT messages are always.

    Whatever belongs to nothing is a :class:`Problem`, missing headers and trailers are findings of the events.
    Raises Unreadable when the stream is empty or has no usable interchange header at its beginning.
    """
    dialects = [BARE if bare and name == "X12" else DIALECTS[name] for name in standards]
    return _Scan(Window(chunks, at.offset if at else 0), at, limit, dialects).run()


class _Scan:
    def __init__(self, window: Window, at: Position | None, limit: int, dialects: Sequence[Dialect]) -> None:
        self.window, self.limit = window, limit
        self.dialects = dialects  # one, once the first interchange has come
        self.fresh = at is None or at.offset == 0  # nothing of an interchange was seen yet
        self.interchange: InterchangeHeader | None = at.interchange if at else None
        self.group: GroupHeader | None = at.group if at else None
        self.groups, self.received, self.segments, self.loose = 0, 0, 0, 0
        if at is not None:
            self.groups, self.received, self.segments, self.loose = at.groups, at.received, at.segments, at.loose
        if self.interchange is not None:
            self.dialects = (
                [d for d in dialects if d.standard == at.interchange.standard] if at and at.interchange else dialects
            )

    @property
    def dialect(self) -> Dialect:
        return self.dialects[0]

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
            segments=self.segments,
            loose=self.loose,
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
            found = self._header_here()
            if isinstance(found, Opened):
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

    def _header_here(self) -> Opened | Finding | None:
        """What stands here, if it can be the beginning of an interchange; from now on its dialect is the stream's."""
        window = self.window
        for dialect in self.dialects:
            if dialect.begin.match(window.data, window.at):
                found = dialect.open(window.data[window.at : window.at + LONGEST], window.offset)
                if isinstance(found, Opened):
                    self.dialects = [dialect]
                return found
        return None

    def _skip(self) -> None:
        """Go on to the next place that could be an interchange header, or to the end of what has been read."""
        window = self.window
        places = [m.start() for d in self.dialects if (m := d.begin.search(window.data, window.at))]
        if places:
            window.at = min(places)
        else:
            window.at = max(window.at, len(window.data) - (0 if window.ended else LONGEST_MARK))

    def _junk(self, fault: Finding | None, begin: int, sample: bytes) -> Problem:
        finding = fault or outside_interchange(begin, sample)
        return Problem(finding=finding, position=self._position())

    def _foreign(self, sample: bytes) -> Finding:
        if not sample:
            return Finding(severity=Severity.FATAL, code="empty", message="there is nothing in it", offset=0)
        if len(self.dialects) > 1:
            return neither(sample)
        finding = self.dialect.foreign(sample)
        other = next((d for d in DIALECTS.values() if d not in self.dialects and d.begin.match(sample)), None)
        if other is None or self.dialect is BARE:
            return finding
        return msgspec.structs.replace(finding, message=f"{finding.message}; it looks like {other.standard}")

    def _open(self, found: Opened) -> InterchangeStart:
        self.window.at += found.length
        self.fresh = False
        self.interchange, self.group, self.groups, self.received = found.header, None, 0, 0
        self.segments, self.loose = found.segments, 0
        return InterchangeStart(header=found.header, findings=found.findings, position=self._position())

    # inside an interchange

    def _inside(self, interchange: InterchangeHeader) -> Iterator[Event]:
        window, dialect = self.window, self.dialect
        tags, places = dialect.tags, marks(interchange.delimiters, dialect.tags)
        while True:
            self._pass(places.blanks)
            if not window.left:
                yield from self._close_interchange(None, window.offset)
                return
            if self.group is not None and (whole := places.whole_set(window.data, window.at)) is not None:
                head, end = whole
                if head - window.at < LONGEST_ENVELOPE and end - window.at <= self.limit:
                    text = _text(window.data[window.at : head])
                    yield self._cut(interchange, self.group, text, end - window.at, places, whole=True)
                    continue
            window.need(LONGEST_ENVELOPE)
            if self._another_begins():
                yield from self._close_interchange(None, window.offset)
                return
            end = places.find(window.data, window.at, window.at + LONGEST_ENVELOPE)
            endless = end < 0 and window.left >= LONGEST_ENVELOPE
            stop = end if end >= 0 else min(window.at + LONGEST_ENVELOPE, len(window.data))
            text = _text(window.data[window.at : stop])
            tag, start, length = dialect.tag(text, interchange.delimiters), window.offset, stop - window.at + (end >= 0)
            if tag == tags.set and len(tag) < len(text):
                yield from self._set(interchange, places, text)
            elif endless:
                yield self._stray(places, tag, start)
            elif tag == tags.interchange_end:
                yield from self._close_group(None, start)
                window.at += length
                yield from self._close_interchange(text, start)
                return
            elif tag == tags.group:
                yield from self._close_group(None, start)
                window.at += length
                self.groups, self.received, self.segments = self.groups + 1, 0, self.segments + 1
                self.group, findings = dialect.group(text, interchange, start)
                yield GroupStart(
                    interchange=interchange, header=self.group, findings=findings, position=self._position()
                )
            elif tag == tags.group_end and self.group is not None:
                window.at += length
                yield from self._close_group(text, start)
            elif tags.ack and tag == tags.ack and len(row := text.split(interchange.delimiters.element)) > 4:
                window.at += length
                self.segments += 1
                yield InterchangeAck(
                    interchange=interchange, control_number=row[1], date=row[2], time=row[3], code=row[4],
                    note=row[5] if len(row) > 5 else "", position=self._position(),
                )  # fmt: skip
            else:
                yield self._stray(places, tag, start)

    def _another_begins(self) -> bool:
        """Whether the header of another interchange stands here, though the open one has no trailer yet."""
        window, dialect = self.window, self.dialect
        if not dialect.begin.match(window.data, window.at):
            return False
        found = dialect.open(window.data[window.at : window.at + LONGEST], 0)
        return isinstance(found, Opened) and found.segments > 0

    def _pass(self, blanks: re.Pattern[bytes]) -> None:
        """Pass over blanks, line breaks and empty segments."""
        window = self.window
        while True:
            found = blanks.match(window.data, window.at)
            assert found is not None
            window.at = found.end()
            if window.left or not window.grow():
                return

    def _set(self, interchange: InterchangeHeader, marks: Marks, text: str) -> Iterator[Event]:
        """Cut one transaction set, up to its trailer or to whatever shows that it has none."""
        window = self.window
        if self.group is None:
            self.group, findings = self.dialect.no_group(interchange, window.offset)
            self.received = 0
            yield GroupStart(interchange=interchange, header=self.group, findings=findings, position=self._position())
        span = end_of_set(window, marks, self.limit)
        if span is not None and span <= self.limit:
            yield self._cut(interchange, self.group, text, span, marks, whole=False)
            return
        start, head = window.offset, self._head(interchange, self.group, text)
        window.at += span or 0
        drop_set(window, marks, span is None)
        finding = set_too_large(head.type, head.control_number, self.dialect.tags.set, start, self.limit)
        yield TransactionDropped(
            interchange=interchange, group=self.group, type=head.type, control_number=head.control_number, start=start,
            length=window.offset - start, finding=finding, position=self._position(),
        )  # fmt: skip

    def _head(self, interchange: InterchangeHeader, group: GroupHeader, text: str) -> SetHead:
        """What the header of one more set says."""
        self.received += 1
        self.loose += not (group.code or group.control_number)
        return self.dialect.set_head(text, interchange, group)

    def _cut(
        self,
        interchange: InterchangeHeader,
        group: GroupHeader,
        text: str,
        span: int,
        marks: Marks,
        *,
        whole: bool,
    ) -> TransactionCut:
        """The set of so many bytes from here on; ``text`` is its header, ``whole``: it needs no second look."""
        window, start = self.window, self.window.offset
        type, number, version, agency, association = self._head(interchange, group, text)
        data = window.data[window.at : window.at + span]
        window.at += span
        if not (whole or data.endswith(marks.terminator)):
            data = data.rstrip(b" \t\r\n\0\x1a")
        segments = marks.count_whole(data) if whole else marks.count(data)
        self.segments += segments
        return TransactionCut(
            interchange=interchange,
            group=group,
            type=type,
            control_number=number,
            raw=data.decode("latin-1"),
            start=start,
            length=len(data),
            segments=segments,
            version=version,
            agency=agency,
            association=association,
            position=self._position(),
        )

    def _stray(self, marks: Marks, tag: str, start: int) -> Problem:
        """Pass over segments that do not belong between envelopes."""
        sample = self.window.data[self.window.at : self.window.at + 40].decode("latin-1")
        self._drop_stray(marks)
        finding = outside_set(tag, start, sample, self.dialect.standard)
        return Problem(finding=finding, position=self._position())

    def _drop_stray(self, marks: Marks) -> None:
        window = self.window
        while True:
            found = marks.search(window.data, window.at)
            if found is not None:
                self._count_stray(marks, found.start() + 1)
                return
            last = window.data.rfind(marks.terminator, window.at)
            self._count_stray(marks, last if last >= 0 else len(window.data))
            if not window.grow():
                self._count_stray(marks, len(window.data))
                return

    def _count_stray(self, marks: Marks, end: int) -> None:
        window = self.window
        self.segments += marks.count(window.data[window.at : end])
        window.at = end

    def _close_group(self, text: str | None, start: int) -> Iterator[Event]:
        """End the open group, if there is one, with its trailer or without."""
        group, interchange, received = self.group, self.interchange, self.received
        if group is None or interchange is None:
            return
        self.segments += text is not None
        included, findings = self.dialect.group_end(text, interchange, group, received, start)
        self.group, self.received = None, 0
        yield GroupEnd(
            interchange=interchange,
            header=group,
            included=included,
            received=received,
            findings=findings,
            position=self._position(),
        )

    def _close_interchange(self, text: str | None, start: int) -> Iterator[Event]:
        """End the open interchange with its trailer or without."""
        yield from self._close_group(None, start)
        header = self.interchange
        assert header is not None
        findings = self.dialect.interchange_end(text, header, self.groups, self.loose, start)
        segments = self.segments + (text is not None)
        self.interchange, self.groups, self.segments, self.loose = None, 0, 0, 0
        yield InterchangeEnd(header=header, segments=segments, findings=findings, position=self._position())


def _text(segment: bytes) -> str:
    """A segment of an envelope, without line breaks in it."""
    if b"\n" in segment or b"\r" in segment:
        segment = segment.translate(None, b"\r\n")
    return segment.decode("latin-1").rstrip("\0\x1a")
