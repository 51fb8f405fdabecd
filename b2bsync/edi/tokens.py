"""Segments and elements of a stream, as fast as they can be had: nothing is judged, memory is flat.

For whoever wants rows and nothing else: counting, searching, loading elsewhere. What is wrong with a file is
:func:`b2bsync.edi.scan`'s and :func:`b2bsync.edi.read_set`'s to say.
"""

from collections.abc import Iterable, Iterator

from b2bsync.edi.dialect import Dialect, Marks, Opened, marks
from b2bsync.edi.edifact.header import ADVICE
from b2bsync.edi.edifact.release import protect, restore
from b2bsync.edi.envelope import Delimiters
from b2bsync.edi.errors import Unreadable
from b2bsync.edi.scanner import DIALECTS, LONGEST, LONGEST_MARK, SEARCHED
from b2bsync.edi.strays import neither
from b2bsync.edi.window import Window

LONGEST_SEGMENT = 16 << 20
"""Bytes that a segment may have; a longer one is no segment, and ends the reading."""


def segments(chunks: Iterable[bytes]) -> Iterator[list[str]]:
    """Every segment of the interchanges of a stream as ``[tag, element, …]``, from ISA to IEA or UNB to UNZ. Characters
    are bytes (Latin-1); composites are one text with the separators in it.

    In EDIFACT released characters are marked: :func:`b2bsync.edi.values` takes an element apart, or use
    :func:`components`. Blanks and line breaks around segments and in them are dropped, empty segments left out. Raises
    Unreadable where no interchange header stands at the beginning, or a segment has no end.
    """
    for texts, delimiters in _blocks(chunks):
        separator = delimiters.element
        for text in texts:
            yield text.split(separator)


def components(chunks: Iterable[bytes]) -> Iterator[list[list[str]]]:
    """Every segment as its elements, each the list of its components, released characters as they were meant; the
    tag is the first element."""
    for texts, delimiters in _blocks(chunks):
        separator, component = delimiters.element, delimiters.component
        for text in texts:
            elements = text.split(separator)
            row = [element.split(component) for element in elements] if component else [[e] for e in elements]
            yield row if text.isascii() else _restored(row, delimiters)


def _restored(row: list[list[str]], delimiters: Delimiters) -> list[list[str]]:
    if delimiters.release is None:
        return row
    return [[restore(part, delimiters) for part in parts] for parts in row]


def _blocks(chunks: Iterable[bytes]) -> Iterator[tuple[list[str], Delimiters]]:
    """The segments of a stream, many at a time, with the delimiters that they are written with."""
    window, dialect = Window(chunks, 0), None
    while (found := _header(window, dialect)) is not None:
        dialect, opened = found
        d = opened.header.delimiters
        places = marks(d, dialect.tags)
        ends = dialect.tags.interchange_end.encode() + d.element.encode("latin-1")
        over = False
        while not over:
            stop, over = _stop(window, dialect, places, ends)
            if stop < 0:
                if window.left > LONGEST_SEGMENT:
                    raise Unreadable(neither(window.data[window.at : window.at + 20]))
                if window.grow():
                    continue
                stop, over = len(window.data), True
            yield _cut(window.data[window.at : stop], d), d
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
                if window.data.startswith(b"UNA", window.at):  # no segment
                    window.at += ADVICE
                    window.at += len(window.data[window.at :]) - len(window.data[window.at :].lstrip())
                return dialects[n], found
            window.at += 1
        if not places:
            window.at = max(window.at, len(window.data) - (0 if window.ended else LONGEST_MARK))
        if known is None and window.offset > SEARCHED:
            break
    if known is None:
        raise Unreadable(neither(window.data[:20]))
    return None


def _stop(window: Window, dialect: Dialect, places: Marks, ends: bytes) -> tuple[int, bool]:
    """Where whole segments end in what has been read, -1 for nowhere yet, and whether the interchange ends there."""
    data, begin = window.data, window.at
    last = data.rfind(places.terminator, begin)
    while last >= 0 and places.is_released(data, last, begin):
        last = data.rfind(places.terminator, begin, last)
    stop, over = last + 1 if last >= 0 else -1, False
    for at in _after_terminators(data, begin, ends, places):
        end = places.find(data, at)
        stop, over = (end + 1, True) if end >= 0 else (at, False)
        break
    for tag in dialect.tags.interchange:  # another one begins though this one has no trailer
        for at in _after_terminators(data, begin, tag.encode(), places):
            if 0 <= stop <= at:
                break
            head = data[at : at + LONGEST]
            if dialect.begin.match(head) and isinstance(found := dialect.open(head, 0), Opened) and found.segments:
                stop, over = at, True
                break
    return stop, over


def _after_terminators(data: bytes, begin: int, what: bytes, places: Marks) -> Iterator[int]:
    """Where something stands behind a terminator."""
    at = data.find(what, begin + 1)
    while at >= 0:
        before = at
        while before > begin and data[before - 1 : before] in (b" ", b"\t", b"\r", b"\n"):
            if data[before - 1 : before] == places.terminator:
                break
            before -= 1
        if (
            before > begin
            and data[before - 1 : before] == places.terminator
            and not places.is_released(data, before - 1, begin)
        ):
            yield at
        at = data.find(what, at + 1)


def _cut(data: bytes, d: Delimiters) -> list[str]:
    """The segments of a piece that ends with one."""
    text = protect(data.decode("latin-1"), d)
    t = d.segment
    if "\n" in text or "\r" in text:
        text = text.replace("\r\n", t) if t in "\r\n" else text.replace("\r", "").replace("\n", "")
    parts = text.split(t)
    if not parts[-1].strip():
        parts.pop()
    if parts and min(parts) < "!":  # an empty one, or one that begins with a blank
        return [part for part in map(str.lstrip, parts) if part]
    return parts
