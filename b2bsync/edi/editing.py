"""Change single values of a file and nothing else: every other byte stays what it was."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from typing import NamedTuple, NoReturn

from b2bsync.edi.charset import charset, decoded
from b2bsync.edi.dialect import marks
from b2bsync.edi.edifact.release import released
from b2bsync.edi.envelope import InterchangeHeader
from b2bsync.edi.errors import Unwritable
from b2bsync.edi.layout import LAST, Region, Separators, Tree, header_separators, layout, separators, trimmed
from b2bsync.edi.scanner import DIALECTS, LONGEST, LONGEST_ENVELOPE
from b2bsync.edi.standard import X12
from b2bsync.edi.text import control_characters
from b2bsync.edi.x12.header import ISA_WIDTHS
from b2bsync.vocabulary.findings import Finding, Severity


class Place(NamedTuple):
    """Where a value stands in its segment, counted from 1; ``None``: all components, or repetitions."""

    element: int
    component: int | None
    repetition: int | None


class Segment(NamedTuple):
    """A segment as it stands in the file now: bytes from ``start`` up to ``end``, without its terminator. ``tag`` is in
    upper case; ``interchange`` numbers the interchange from 0."""

    tag: str
    start: int
    end: int
    interchange: int


class Document:
    """A file of any number of interchanges, of which single values can be changed. ``bytes(document)`` is the file.

    Segments are numbered from 0 through the file as ``edi inspect`` counts them: envelopes and unknown ones too, UNA
    and empty ones not. Elements, components and repetitions count from 1. What stands outside of segments is kept.
    """

    def __init__(self, data: bytes) -> None:
        self._layout = layout(data)
        self._changed: dict[int, bytes] = {}
        self._order: list[int] = []  # the changed segments
        self._encodings: dict[int, str] = {}  # by the beginning of a set or of a segment outside of sets

    @classmethod
    def parse(cls, data: bytes) -> "Document":
        """Take up a file. Never raises: a file without an interchange has no segments, ``problem`` says why."""
        return cls(data)

    @property
    def problem(self) -> Finding | None:
        """Why the file cannot be read; None where it can."""
        return self._layout.problem

    @property
    def interchanges(self) -> tuple[InterchangeHeader, ...]:
        """The headers, with their delimiters; empty ones for what stands in no interchange."""
        return tuple(region.header for region in self._layout.regions)

    def __bytes__(self) -> bytes:
        return self._slice(0, len(self._layout.data))

    def __len__(self) -> int:
        return len(self._layout.starts)

    def __getitem__(self, segment: int) -> Segment:
        segment = range(len(self))[segment]
        earlier = self._order[: bisect_left(self._order, segment)]
        grown = sum(len(self._changed[n]) - self._size(n) for n in earlier)
        return self._at(segment, grown)

    def __iter__(self) -> Iterator[Segment]:
        grown = 0
        for segment in range(len(self)):
            yield self._at(segment, grown)
            if segment in self._changed:
                grown += len(self._changed[segment]) - self._size(segment)

    def raw(self, segment: int) -> bytes:
        """The bytes of a segment, without its terminator."""
        segment = range(len(self))[segment]
        found = self._changed.get(segment)
        return self._original(segment) if found is None else found

    def row(self, segment: int) -> list[str]:
        """The tag and all elements of a segment, each as :meth:`get` gives it."""
        segment = range(len(self))[segment]
        elements = self._separators(segment).split(self.raw(segment), self._separators(segment).element)
        return [self._at(segment, 0).tag, *[self._text(segment, element) for element in elements[1:]]]

    def get(self, segment: int, element: int, component: int | None = None, repetition: int | None = None) -> str:
        """A value as it is meant: without release characters and line breaks, in the character set of the interchange.

        Empty where there is none. Without ``component`` it is the whole element (or repetition), the separators in it
        included; with ``component`` the first repetition, if none is named. ISA is given with its padding.
        """
        segment = range(len(self))[segment]
        piece = self.raw(segment)
        for separator, number in _steps(self._separators(segment), _place(element, component, repetition)):
            pieces = self._separators(segment).split(piece, separator)
            if number >= len(pieces):
                return ""
            piece = pieces[number]
        return self._text(segment, piece)

    def set(self, segment: int, element: int, component: int | None, value: str, repetition: int | None = None) -> None:
        """Change one value. Positions that are missing before it are added, empty; all other bytes stay the same.

        Without ``component`` the value takes the place of the whole element (or repetition); with ``component`` it is
        the first repetition, if none is named. Delimiters in the value are released (EDIFACT). Elements of ISA are
        padded to their width.

        Raises Unwritable, and changes nothing: for delimiters in a value that cannot be released, control characters,
        characters that the interchange does not have, a value too long for ISA, and whatever would make other values
        or segments read differently, such as another separator in ISA. IndexError where there is no such segment.
        """
        place, segment = _place(element, component, repetition), range(len(self))[segment]
        cuts, raw = self._separators(segment), self.raw(segment)
        if self._is_isa(segment):
            value = self._padded(segment, place, value)
            if value == self.get(segment, element):
                return
        written, meant = self._written(segment, place, value)
        wanted = _with(cuts.tree(raw), place, meant)
        if cuts.tree(raw) == wanted:
            return
        new = _put(raw, _steps(cuts, place), written, cuts)
        if cuts.tree(new) != wanted or not self._ends_as_before(segment, new):
            self._refuse("value-not-writable", "it could not be read back as it is", segment, place, value)
        self._change(segment, new)
        if not self._reads_as_before(segment, raw, new):
            self._change(segment, raw)
            what = "other values or segments would be read differently"
            self._refuse("value-not-writable", what, segment, place, value)

    # what stands where

    def _original(self, segment: int) -> bytes:
        return self._layout.data[self._layout.starts[segment] : self._layout.ends[segment]]

    def _size(self, segment: int) -> int:
        return self._layout.ends[segment] - self._layout.starts[segment]

    def _at(self, segment: int, grown: int) -> Segment:
        raw, cuts = self.raw(segment), self._separators(segment)
        tag = cuts.meant(cuts.split(raw, cuts.element)[0]).strip(" \t\r\n").upper()
        start = self._layout.starts[segment] + grown
        return Segment(tag, start, start + len(raw), self._interchange(segment))

    def _interchange(self, segment: int) -> int:
        return bisect_right(self._layout.regions, segment, key=lambda region: region.first) - 1

    def _region(self, segment: int) -> Region:
        return self._layout.regions[self._interchange(segment)]

    def _is_isa(self, segment: int) -> bool:
        region = self._region(segment)
        return region.headed and segment == region.first and region.header.standard == X12

    def _separators(self, segment: int) -> Separators:
        kind = header_separators if self._is_isa(segment) else separators
        return kind(self._region(segment).header.delimiters)

    def _slice(self, start: int, end: int) -> bytes:
        """What stands now where these bytes of the file as it was parsed stood."""
        data, starts, ends = self._layout.data, self._layout.starts, self._layout.ends
        first, last = (bisect_left(self._order, bisect_left(starts, place)) for place in (start, end))
        pieces = []
        for segment in self._order[first:last]:
            pieces += [data[start : starts[segment]], self._changed[segment]]
            start = ends[segment]
        return b"".join([*pieces, data[start:end]])

    # characters

    def _unit(self, segment: int) -> tuple[int, int]:
        """The bytes that are read in one character set: those of a transaction set, or of a segment outside of one."""
        start = self._layout.starts[segment]
        found = bisect_right(self._layout.sets, start, key=lambda each: each[0]) - 1
        if found >= 0 and start < self._layout.sets[found][1]:
            return self._layout.sets[found]
        return start, self._layout.ends[segment]

    def _encoding(self, segment: int) -> str:
        """How the bytes around a segment are read, and written."""
        unit = self._unit(segment)
        if unit[0] not in self._encodings:
            self._encodings[unit[0]] = self._read_as(segment, self._slice(*unit))
        return self._encodings[unit[0]]

    def _read_as(self, segment: int, data: bytes) -> str:
        header = self._region(segment).header
        d, named = header.delimiters, charset(header.version)
        if not (d.segment + d.element + d.component + (d.release or "")).isascii():
            return "latin-1"
        if data.isascii():
            return named or "utf-8"
        text = decoded(data.decode("latin-1"), named)
        return next(name for name in ("utf-8", named or "latin-1", "latin-1") if _is(data, name, text))

    def _text(self, segment: int, piece: bytes) -> str:
        text = self._separators(segment).meant(piece)
        return text if text.isascii() else text.encode("latin-1").decode(self._encoding(segment))

    # changes

    def _written(self, segment: int, place: Place, value: str) -> tuple[bytes, str]:
        """The bytes of a value, and the same as they are read back."""
        d = self._region(segment).header.delimiters
        used = d.segment + d.element + d.component + (d.repetition or "")
        found = next((character for character in value if character in used), None)
        if found and d.release is None:
            what = f"it holds the delimiter {found!r}, which cannot be released"
            self._refuse("delimiter-in-value", what, segment, place, value)
        control = control_characters(d).search(value)
        if control:
            self._refuse("character-invalid", f"it holds the control character {control[0]!r}", segment, place, value)
        cuts = self._separators(segment)
        for separator, number in _steps(cuts, place):
            if number and not separator:
                self._refuse("separator-missing", "the interchange has no separator for it", segment, place, value)
        encoding = self._encoding(segment)
        try:
            meant = value.encode(encoding).decode("latin-1")
        except UnicodeEncodeError as error:
            what = f"{value[error.start]!r} cannot be written as {encoding}"
            self._refuse("character-invalid", what, segment, place, value)
        return (released(meant, d) if d.release else meant).encode("latin-1"), meant

    def _padded(self, segment: int, place: Place, value: str) -> str:
        """An element of ISA in its width: control numbers with zeros, all others with blanks (X12.5)."""
        width = ISA_WIDTHS[place.element - 1] if place.element <= len(ISA_WIDTHS) else 0
        if len(value) > width or place.component or place.repetition:
            what = f"{width} characters" if width else "sixteen elements"
            self._refuse("header-value-invalid", f"ISA has {what} there", segment, place, value)
        return value.zfill(width) if place.element == 13 and value.isdigit() else value.ljust(width)

    def _change(self, segment: int, raw: bytes) -> None:
        if segment not in self._changed:
            insort(self._order, segment)
        self._changed[segment] = raw

    def _ends_as_before(self, segment: int, raw: bytes) -> bool:
        """Whether a segment still ends where it ended: at its terminator, or with the file."""
        region, data, end = self._region(segment), self._layout.data, self._layout.ends[segment]
        places = marks(region.header.delimiters, DIALECTS[region.header.standard].tags)
        if end < region.end and data[end : end + 1] == places.terminator:
            return places.find(raw + places.terminator, 0) == len(raw)
        return places.find(raw, 0) < 0 and raw == raw.rstrip(LAST)

    def _reads_as_before(self, segment: int, old: bytes, new: bytes) -> bool:
        """Whether all other segments and values still mean what they meant, now that one is changed."""
        if not (old.isascii() and new.isascii()):
            encoding, unit = self._encoding(segment), self._slice(*self._unit(segment))
            if not unit.isascii() and self._read_as(segment, unit) != encoding:
                return False
            self._encodings.pop(self._unit(segment)[0])
        tags = DIALECTS[self._region(segment).header.standard].tags
        far = len(new) >= LONGEST_ENVELOPE and self._at(segment, 0).tag in tags
        return self._reread() if far or self._tells_delimiters(segment) else True

    def _tells_delimiters(self, segment: int) -> bool:
        """Whether an interchange header is recognised by this segment: it is one, or stands close behind what may be
        one, or where there is none."""
        region, starts = self._region(segment), self._layout.starts
        if segment <= region.first + 1 or (not region.headed and starts[segment] < region.start + LONGEST):
            return True
        headers = tuple(tag.encode() for tag in DIALECTS[region.header.standard].tags.interchange)
        near = range(max(region.first + 1, bisect_left(starts, starts[segment] - LONGEST)), segment + 1)
        return any(self.raw(each).startswith(headers) for each in near)

    def _reread(self) -> bool:
        """Take up the file as it is now, if its delimiters and segments still are where they were."""
        found, before = layout(bytes(self)), self._layout
        if [r.header.delimiters for r in found.regions] != [r.header.delimiters for r in before.regions]:
            return False
        if len(found.sets) != len(before.sets) or len(found.starts) != len(self):
            return False
        places = zip(found.starts, found.ends, strict=True)
        if any((start, end) != (now.start, now.end) for (start, end), now in zip(places, self, strict=True)):
            return False
        for old, new in zip(before.regions, found.regions, strict=True):
            names = charset(old.header.version), charset(new.header.version)
            rest = found.data[found.ends[new.first] : new.end].decode("latin-1") if names[0] != names[1] else ""
            if decoded(rest, names[0]) != decoded(rest, names[1]):
                return False
        self._layout = found
        self._changed.clear()
        self._order.clear()
        self._encodings.clear()
        return True

    def _refuse(self, code: str, what: str, segment: int, place: Place, value: str) -> NoReturn:
        now = self[segment]
        raise Unwritable(
            Finding(
                severity=Severity.ERROR,
                code=code,
                message=f"{value[:40]!r} cannot be written to {now.tag}{place.element:02d}: {what}",
                tag=now.tag,
                element=place.element,
                component=place.component,
                offset=now.start,
                value=value or None,
            )
        )


def _place(element: int, component: int | None, repetition: int | None) -> Place:
    if any(number is not None and number < 1 for number in (element, component, repetition)):
        raise ValueError("elements, components and repetitions count from 1")
    return Place(element, component, repetition)


def _steps(cuts: Separators, place: Place) -> list[tuple[bytes, int]]:
    """The way to a value: at which separator to split, and which piece to go on with."""
    steps = [(cuts.element, place.element)]
    if place.repetition is not None or place.component is not None:
        steps.append((cuts.repetition, (place.repetition or 1) - 1))
    if place.component is not None:
        steps.append((cuts.component, place.component - 1))
    return steps


def _put(raw: bytes, steps: list[tuple[bytes, int]], written: bytes, cuts: Separators) -> bytes:
    """A segment, or a piece of one, with other bytes at the end of the way; line breaks around them stay."""
    if not steps:
        lead = len(raw) - len(raw.lstrip(cuts.breaks))
        return raw[:lead] + written + raw[lead:][len(raw[lead:].rstrip(cuts.breaks)) :]
    (separator, number), *rest = steps
    pieces = cuts.split(raw, separator)
    pieces += [b""] * (number + 1 - len(pieces))
    pieces[number] = _put(pieces[number], rest, written, cuts)
    return separator.join(pieces)


def _with(tree: Tree, place: Place, value: str) -> Tree:
    """A segment's tree with another value in it."""
    tree += [[] for _ in range(place.element + 1 - len(tree))]
    if place.component is None and place.repetition is None:
        tree[place.element] = [[value]]
    else:
        element, repetition = tree[place.element], (place.repetition or 1) - 1
        element += [[] for _ in range(repetition + 1 - len(element))]
        if place.component is None:
            element[repetition] = [value]
        else:
            parts = element[repetition]
            parts += [""] * (place.component - len(parts))
            parts[place.component - 1] = value
    return trimmed([trimmed([trimmed(parts) for parts in element]) for element in tree])


def _is(data: bytes, name: str, text: str) -> bool:
    try:
        return data.decode(name) == text
    except UnicodeError:
        return False
