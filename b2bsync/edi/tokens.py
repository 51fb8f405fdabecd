"""Segments and elements of a stream, as fast as they can be had: nothing is judged, memory is flat.

For whoever wants rows and nothing else: counting, searching, loading elsewhere. What is wrong with a file is
:func:`b2bsync.edi.scan`'s and :func:`b2bsync.edi.read_set`'s to say.
"""

from collections.abc import Iterable, Iterator
from itertools import chain, repeat
from typing import NamedTuple

from b2bsync.edi.dialect import Dialect, Marks, Opened, marks
from b2bsync.edi.edifact.header import ADVICE
from b2bsync.edi.edifact.release import pieces, restore
from b2bsync.edi.envelope import Delimiters
from b2bsync.edi.errors import Unreadable
from b2bsync.edi.scanner import DIALECTS, LONGEST, LONGEST_MARK, SEARCHED
from b2bsync.edi.strays import neither
from b2bsync.edi.window import Window

LONGEST_SEGMENT = 16 << 20
"""Bytes that a segment may have; a longer one is no segment, and ends the reading."""

_BLANK = " \t\r\n\v\f"


def segments(chunks: Iterable[bytes]) -> Iterator[list[str]]:
    """Every segment of the interchanges of a stream as ``[tag, element, …]``, from ISA to IEA or UNB to UNZ. Characters
    are bytes (Latin-1); composites are one text with the separators in it.

    In EDIFACT released characters are marked: :func:`b2bsync.edi.values` takes an element apart, or use
    :func:`components`. Blanks and line breaks around segments and in them are dropped, empty segments left out. Raises
    Unreadable where no interchange header stands at the beginning, or a segment has no end.
    """
    return chain.from_iterable(map(str.split, block.texts, repeat(block.delimiters.element)) for block in _read(chunks))


def components(chunks: Iterable[bytes]) -> Iterator[list[list[str]]]:
    """Every segment as its elements, each the list of its components, released characters as they were meant; the
    tag is the first element."""
    for texts, d, marked in _read(chunks):
        element, component = d.element, d.component or d.segment  # where ISA16 is empty: what no element holds
        for text in texts:
            row = []
            for value in text.split(element):  # a comprehension is a third slower before Python 3.12
                row.append(value.split(component))
            if marked and not text.isascii():
                row = [[restore(part, d) for part in parts] for parts in row]
            yield row


class _Block(NamedTuple):
    """Segments that were cut together; ``marked``: released characters may be in them."""

    texts: list[str]
    delimiters: Delimiters
    marked: bool


def _read(chunks: Iterable[bytes]) -> Iterator[_Block]:
    """The segments of a stream, many at a time. An interchange header is a block of its own."""
    window, dialect = Window(chunks, 0), None
    while (found := _header(window, dialect)) is not None:
        dialect, opened = found
        d = opened.header.delimiters
        places = marks(d, dialect.tags)
        header = window.data[window.at : window.at + opened.length]
        window.at += opened.length
        if opened.segments:
            yield from _cut(header[ADVICE:] if header.startswith(b"UNA") else header, d)
        over = False
        while not over:
            stop, over = _stop(window, dialect, places)
            if stop == window.at and not over:
                if window.left > LONGEST_SEGMENT:
                    raise Unreadable(neither(window.data[window.at : window.at + 20]))
                if window.grow():
                    continue
                stop, over = len(window.data), True
            yield from _cut(window.data[window.at : stop], d)
            window.at = stop


def _header(window: Window, known: Dialect | None) -> tuple[Dialect, Opened] | None:
    """Go to the next interchange header; None at the end. Raises Unreadable where the stream begins with none."""
    dialects = [known] if known else list(DIALECTS.values())
    while window.need(LONGEST) or window.left:
        places = sorted((m.start(), n) for n, d in enumerate(dialects) if (m := d.begin.search(window.data, window.at)))
        for place, n in places[:1]:
            window.at = place
            window.need(LONGEST)
            found = dialects[n].open(window.data[window.at : window.at + LONGEST], window.offset)
            if isinstance(found, Opened):
                return dialects[n], found
            window.at += 1
        if not places:
            window.at = max(window.at, len(window.data) - (0 if window.ended else LONGEST_MARK))
        if known is None and window.offset > SEARCHED:
            break
    if known is None:
        raise Unreadable(neither(window.data[:20]))
    return None


def _stop(window: Window, dialect: Dialect, places: Marks) -> tuple[int, bool]:
    """Where whole segments of the interchange end in what has been read, and whether it ends there itself. Where none
    has an end yet, that is the place from which was read."""
    data, begin = window.data, window.at
    for found in places.interchange_bounds.finditer(data, begin):
        at = found.start()
        if not places.begins(data, at, begin):
            continue
        if found[0] == places.interchange_end:
            end = places.find(data, at)
            return (end + 1, True) if end >= 0 else (at, False)
        if len(data) - at < LONGEST and not window.ended:
            return at, False
        head = data[at : at + LONGEST]
        if dialect.begin.match(head) and isinstance(opened := dialect.open(head, 0), Opened) and opened.segments:
            return at, True  # another one begins though this one has no trailer
    return places.last(data, begin) + 1 or begin, False


def _cut(data: bytes, d: Delimiters) -> Iterator[_Block]:
    """The segments of bytes that end with one."""
    for text, marked in pieces(data.decode("latin-1"), d):
        yield _Block(_split(text, d.segment), d, marked)


def _split(text: str, terminator: str) -> list[str]:
    if "\n" in text or "\r" in text:
        breaks = {"\r\n": terminator} if terminator in "\r\n" else {"\r": "", "\n": ""}
        for line_break, instead in breaks.items():
            text = text.replace(line_break, instead)
    parts = text.split(terminator)
    if not parts[-1].strip(_BLANK):
        parts.pop()
    if parts and min(parts) < "!":  # an empty one, or one that begins with a blank
        return [part for part in map(str.lstrip, parts, repeat(_BLANK)) if part]
    return parts
