"""Write a file again in its plain form: one segment a line, nothing superfluous. Says what it changed."""

import re
from bisect import bisect_right
from collections.abc import Iterable

import msgspec

from b2bsync.edi.dialect import Dialect, Opened
from b2bsync.edi.edifact.header import ADVICE
from b2bsync.edi.errors import Unreadable
from b2bsync.edi.layout import BLANKS, Layout, Region, layout, separators, trimmed
from b2bsync.edi.scanner import BARE, DIALECTS, LONGEST
from b2bsync.edi.standard import X12
from b2bsync.edi.x12.header import ISA_WIDTHS

MESSAGES = {
    "line-break-missing": "a line break was put behind segments",
    "line-end": "other line ends became one line feed",
    "blanks-around-segment": "blanks and superfluous line breaks around segments were taken out",
    "empty-segment": "terminators without a segment before them were taken out",
    "line-break-in-segment": "line breaks were taken out of segments",
    "segment-unterminated": "a terminator was put behind a last segment",
    "tag-in-lower-case": "segment tags were written in upper case",
    "blanks-around-tag": "blanks around segment tags were taken out",
    "trailing-separator": "separators without a value behind them were taken out",
    "header-not-padded": "elements of ISA were brought to their widths",
}
"""What is changed, in the order in which it is told. Most codes are those of the findings on the same thing."""

ROUNDS = 8
"""What was set right may be read as an envelope that was none before; then the file is read once more, at most so
often. In all but the strangest files there is one round."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of change. ``count``: how often; ``offset``: the byte of the input, and ``segment`` the segment, counted
    from 1 through the file (UNA and empty ones not), that it was made at first."""

    code: str
    message: str
    count: int
    offset: int
    segment: int


class Formatted(msgspec.Struct, frozen=True):
    """A file in its plain form and what was changed: nothing where it had that form, at most one of each kind."""

    data: bytes
    changes: tuple[Change, ...]


def formatted(data: bytes) -> Formatted:
    """Write a file with each segment on a line: terminator and line feed, or the terminator alone where it is one.

    Taken out are blanks around segments and tags, empty segments, line breaks in segments, and separators that no
    value follows; added are a last terminator that is missing and the padding of ISA; tags become upper case. Values,
    delimiters, counts and control numbers are left as they are, and so are bytes outside of interchanges, a byte order
    mark for example. What is formatted already does not change.

    In X12 only the facts could tell a component separator at the end of a composite from one in a text: it stays. An
    interchange whose header would be read with other delimiters afterwards is left as it is.

    Raises Unreadable where the file has no interchange.
    """
    tally = _Tally()
    for _ in range(ROUNDS):
        work = _Formatting(layout(data), tally)
        before, data = data, work.run()
        if not work.again or data == before:
            break
        tally.move(work.places())
    return Formatted(data, tally.changes())


class _Tally:
    """What was changed so far. After a first reading places in what is read are traced back to the input."""

    def __init__(self) -> None:
        self._found: dict[str, list[int]] = {}  # count, offset, segment
        self._origins: list[tuple[int, int, int]] | None = None  # offset now; offset and segment in the input

    def note(self, code: str, offset: int, segment: int, count: int = 1) -> None:
        if code in self._found:
            self._found[code][0] += count
        else:
            self._found[code] = [count, *self._origin(offset, segment)]

    def _origin(self, offset: int, segment: int) -> tuple[int, int]:
        if not self._origins:
            return offset, segment
        place = bisect_right(self._origins, offset, key=lambda each: each[0]) - 1
        return self._origins[max(place, 0)][1:]

    def move(self, places: Iterable[tuple[int, int, int]]) -> None:
        """From now on another file is read: where its segments stand, and where they stood in the one before."""
        self._origins = [(now, *self._origin(before, segment)) for now, before, segment in places]

    def changes(self) -> tuple[Change, ...]:
        return tuple(
            Change(code=code, message=MESSAGES[code], count=count, offset=offset, segment=segment)
            for code, (count, offset, segment) in sorted(
                self._found.items(), key=lambda item: list(MESSAGES).index(item[0])
            )
        )


class _Formatting:
    """One reading and writing of a file."""

    def __init__(self, found: Layout, tally: _Tally) -> None:
        if found.problem is not None:
            raise Unreadable(found.problem)
        self.found, self.data, self.tally = found, found.data, tally
        self.again = False  # whether something was set right that the scan goes by
        self.pieces: list[bytes] = []
        self.written = 0  # bytes
        self.moved: list[tuple[int, int]] = []  # where segments were written, and their numbers

    def run(self) -> bytes:
        data, regions = self.data, self.found.regions
        before = data[: regions[0].start]
        if before.strip():
            self._write(before)
        elif before:
            self.tally.note("blanks-around-segment", 0, 1)
        for region, stop in zip(regions, [*(region.start for region in regions[1:]), len(data)], strict=True):
            work = _Region(self.found, region, stop)
            work.run()
            if not work.is_read_alike():
                self._write(data[region.start : stop])
                self.again = True
                continue
            self.again = self.again or work.again
            for note in work.notes:
                self.tally.note(*note)
            for piece, segment in work.lines:
                if segment is not None:
                    self.moved.append((self.written, segment))
                self._write(piece)
        return b"".join(self.pieces)

    def places(self) -> Iterable[tuple[int, int, int]]:
        """Where each segment was written, where it stood, and its number from 1."""
        return ((now, self.found.starts[segment], segment + 1) for now, segment in self.moved)

    def _write(self, piece: bytes) -> None:
        self.pieces.append(piece)
        self.written += len(piece)


class _Region:
    """One interchange with what follows it up to the next one."""

    def __init__(self, found: Layout, region: Region, stop: int) -> None:
        self.found, self.data, self.region, self.stop = found, found.data, region, stop
        d = region.header.delimiters
        self.is_x12 = region.header.standard == X12
        self.dialect: Dialect = BARE if self.is_x12 else DIALECTS[region.header.standard]
        self.headers = tuple(tag.encode() for tag in self.dialect.tags.interchange)
        self.envelopes = {tag.encode() for tag in (*self.dialect.tags[1:], *self.dialect.tags.interchange) if tag}
        self.cuts = separators(d)
        self.terminator = d.segment.encode("latin-1")
        self.end = self.terminator if self.terminator == b"\n" else self.terminator + b"\n"
        self.breaks = self.cuts.breaks.replace(self.terminator, b"")
        if self.breaks and self.cuts.release:
            inside = rb"[" + self.breaks + rb"]"
            self.wrapped = re.compile(re.escape(self.cuts.release) + rb"(?:" + inside + rb"+([\s\S])|[\s\S])")
        component, repetition, element = self.cuts.component, self.cuts.repetition, self.cuts.element
        inner = [each for each in (component, repetition) if each and not self.is_x12]
        self.suspect = [each + after for each in inner for after in (element, repetition) if after]
        self.suspect_ends = (element, *inner)
        self.lines: list[tuple[bytes, int | None]] = []
        self.notes: list[tuple[str, int, int, int]] = []
        self.again = False

    def run(self) -> None:
        data, region, starts, ends = self.data, self.region, self.found.starts, self.found.ends
        done, kept = region.start, True  # up to where, and whether what follows stays as it is
        if region.body > region.start:
            done, kept = done + ADVICE, False
            self.lines.append((data[region.start : done - 1] + self.end, None))
        for segment in range(region.first, region.last):
            start, end = starts[segment], ends[segment]
            if not kept:
                self._gap(done, start, segment)
            kept = self._resembles_header(data[start:end], segment)
            if kept:
                done = starts[segment + 1] if segment + 1 < region.last else self.stop
                self.lines.append((data[start:done], segment))
                self.again = True
                continue
            text = self._segment(data[start:end], segment)
            done = end
            if end < region.end and data[end : end + 1] == self.terminator:
                done += 1
            else:
                self._note("segment-unterminated", end, segment)
                text += self.cuts.release if self.cuts.open_ended(text) else b""
            if text:
                self.lines.append((text + self.end, segment))
            else:
                self._note("empty-segment", start, segment)
        if not kept:
            self._outside(done, max(region.last - 1, 0))

    def is_read_alike(self) -> bool:
        """Whether the header, as it is written now, names the same delimiters, and is one: an ISA that was cut off
        is read with what follows as its elements."""
        first = self.region.first
        head = self.data[self.found.starts[first] : self.found.ends[first]] if self.region.headed else b""
        if self.is_x12 and self.terminator.strip() and self.terminator in head:
            return False
        text = b"".join(piece for piece, _ in self.lines[:40])[:LONGEST]
        found = self.dialect.open(text, 0)
        if not isinstance(found, Opened) or found.header.delimiters != self.region.header.delimiters:
            return False
        self.again = self.again or found.segments > self.region.headed
        return found.segments >= self.region.headed

    def _note(self, code: str, offset: int, segment: int, count: int = 1) -> None:
        self.notes.append((code, offset, segment + 1, count))

    def _gap(self, start: int, end: int, segment: int) -> None:
        """What stands between two segments becomes one line feed."""
        between = self.data[start:end]
        if between == self.end[1:]:
            return
        empty = between.count(self.terminator)
        if empty:
            self._note("empty-segment", start + between.find(self.terminator), segment, empty)
        rest = between.replace(self.terminator, b"")
        if rest == self.end[1:]:
            return
        if self.end[1:] and not rest.strip(b" \t"):
            self._note("line-break-missing", start, segment)
        elif rest in (b"\r\n", b"\r"):
            self._note("line-end", start, segment)
        else:
            self._note("blanks-around-segment", start, segment)

    def _outside(self, start: int, segment: int) -> None:
        """What stands behind the last segment: blanks go, anything else stays as it is."""
        blank = re.compile(rb"[\s" + re.escape(self.terminator) + rb"]*").match(self.data, start, self.stop)
        end = blank.end() if blank else start
        if self.data[start - 1 : start] == self.terminator:
            self._gap(start, end, segment)
        if end < self.stop:
            self.lines.append((self.data[end : self.stop], None))

    def _resembles_header(self, raw: bytes, segment: int) -> bool:
        """Whether this is an interchange header that cannot be used. It stays, and the blanks behind it stay, so that
        nothing makes a header of it that is read."""
        is_header = self.region.headed and segment == self.region.first
        return not is_header and raw[:20].translate(None, BLANKS).upper().startswith(self.headers)

    def _segment(self, raw: bytes, segment: int) -> bytes:
        """A segment in its plain form, without its terminator."""
        if self.is_x12 and self.region.headed and segment == self.region.first:
            return self._isa(raw, segment)
        start = self.found.starts[segment]
        text = self._unbroken(raw)
        if text != raw:
            self._note("line-break-in-segment", start, segment)
        tag, separator, rest = text.partition(self.cuts.element)
        clean = tag.strip(BLANKS)
        if self.cuts.open_ended(clean):
            clean = tag
        if clean != tag:
            self._note("blanks-around-tag", start, segment)
        if clean != clean.upper():
            clean = clean.upper()
            self._note("tag-in-lower-case", start, segment)
        if clean != tag:
            self.again = self.again or clean in self.envelopes
            text = clean + separator + rest
        if text.endswith(self.suspect_ends) or any(each in text for each in self.suspect):
            trimmed = self._trimmed(text, clean)
            if trimmed != text:
                self._note("trailing-separator", start, segment)
            return trimmed
        return text

    def _unbroken(self, raw: bytes) -> bytes:
        """Without line breaks: what was released before the file was wrapped is so again, and a release character that
        released nothing else is gone."""
        if not self.breaks or not any(each in raw for each in self.breaks):
            return raw
        if self.cuts.release:
            released = (
                self.cuts.release,
                self.terminator,
                self.cuts.element,
                self.cuts.component,
                self.cuts.repetition,
            )
            raw = self.wrapped.sub(lambda found: found[1] if found[1] and found[1] not in released else found[0], raw)
        return raw.translate(None, self.breaks)

    def _trimmed(self, text: bytes, tag: bytes) -> bytes:
        """Without separators at ends. Envelope segments keep as many as the scan knows them by."""
        cuts = self.cuts
        elements = cuts.split(text, cuts.element)
        if not self.is_x12:
            elements[1:] = [self._element(element) for element in elements[1:]]
        least = 1 if tag else 2
        if tag in self.envelopes:
            least = 5 if tag == self.dialect.tags.ack.encode() else 2
        while len(elements) > least and not elements[-1]:
            elements.pop()
        return cuts.element.join(elements)

    def _element(self, element: bytes) -> bytes:
        cuts = self.cuts
        repetitions = [
            cuts.component.join(trimmed(cuts.split(each, cuts.component)))
            for each in cuts.split(element, cuts.repetition)
        ]
        return cuts.repetition.join(trimmed(repetitions))

    def _isa(self, raw: bytes, segment: int) -> bytes:
        """ISA with its elements in their widths (X12.5); a value that is longer stays, and so do the separators."""
        start = self.found.starts[segment]
        *values, last = raw.split(self.cuts.element)
        joined = [value.translate(None, b"\r\n") for value in values]
        if joined != values:
            self._note("line-break-in-segment", start, segment)
        padded = [joined[0], *map(_padded, range(1, 16), joined[1:], ISA_WIDTHS)]
        if padded != joined:
            self._note("header-not-padded", start, segment)
        return self.cuts.element.join([*padded, last])


def _padded(element: int, value: bytes, width: int) -> bytes:
    if len(value) > width:
        shorter = value.rstrip(b" ").ljust(width)
        return shorter if len(shorter) == width and element != 11 else value  # ISA11 could become a separator
    return value.zfill(width) if element == 13 and value.isdigit() else value.ljust(width)
