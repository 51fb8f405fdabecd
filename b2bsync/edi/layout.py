"""Where the segments of a file stand, byte for byte, and how one is taken apart: for editing and formatting."""

import re
from array import array
from functools import lru_cache
from typing import TypeVar

import msgspec

from b2bsync.edi.dialect import marks
from b2bsync.edi.edifact.header import ADVICE
from b2bsync.edi.edifact.release import protect, restore
from b2bsync.edi.envelope import Delimiters, InterchangeEnd, InterchangeHeader, InterchangeStart, TransactionCut
from b2bsync.edi.errors import Unreadable
from b2bsync.edi.scanner import DIALECTS, scan
from b2bsync.edi.standard import X12
from b2bsync.vocabulary.findings import Finding

BLANKS = b" \t\r\n"
Tree = list[list[list[str]]]
"""Elements, the first one the tag; repetitions; components."""

_Part = TypeVar("_Part", str, bytes, list[str], list[list[str]])
_SPACE = re.compile(rb"\s*")
LAST = BLANKS + b"\0\x1a"
"""What a last segment without terminator does not end with."""


class Region(msgspec.Struct, frozen=True, kw_only=True):
    """The bytes of one interchange, from ISA, UNA or UNB up to and with the last terminator.

    ``body`` is where its segments begin: ``start``, or behind UNA. ``first`` and ``last`` number its segments, the
    last one not included. ``headed``: the first of them is the interchange header.
    """

    header: InterchangeHeader
    start: int
    body: int
    end: int
    first: int
    last: int
    headed: bool


class Layout:
    """Where everything stands in a file. ``starts`` and ``ends`` are those of the segments, terminators, blanks around
    them and empty ones not included; ``sets`` the first byte of each transaction set and the one behind it."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.regions: list[Region] = []
        self.starts, self.ends = array("Q"), array("Q")
        self.sets: list[tuple[int, int]] = []
        self.problem: Finding | None = None

    def add(self, header: InterchangeHeader, start: int, head: int, end: int) -> None:
        """Cut an interchange; ``head`` is the byte behind its header."""
        data, d, first = self.data, header.delimiters, len(self.starts)
        places = marks(d, DIALECTS[header.standard].tags)
        at = start
        if header.standard != X12 and data.startswith(b"UNA", start):
            found = re.compile(rb"[\s" + re.escape(places.terminator) + rb"]*").match(data, start + ADVICE)
            at = found.end() if found else start + ADVICE
        body, headed = at, at < head
        if headed:  # ISA is as long as its sixteen elements, whatever stands in them
            self._segment(at, head - 1)
            at = head
        while True:
            blank = places.blanks.match(data, at, end)
            at = blank.end() if blank else at
            if at >= end:
                break
            stop = places.find(data, at, end)
            if stop < 0:
                stop = at + len(data[at:end].rstrip(LAST))
                if stop > at:
                    self._segment(at, stop)
                break
            self._segment(at, stop)
            at = stop + 1
        region = Region(
            header=header, start=start, body=body, end=end, first=first, last=len(self.starts), headed=headed
        )
        self.regions.append(region)

    def _segment(self, start: int, end: int) -> None:
        self.starts.append(start)
        self.ends.append(end)


def layout(data: bytes) -> Layout:
    """Find the interchanges and segments of a file as :func:`scan` does, those outside of interchanges too. Never
    raises: ``problem`` says why nothing was found."""
    found, at, start, head = Layout(data), 0, 0, 0
    try:
        for event in scan([data], limit=len(data), bare=True):
            match event:
                case InterchangeStart():
                    blank = _SPACE.match(data, at)
                    start, head = blank.end() if blank else at, event.position.offset
                case TransactionCut():
                    found.sets.append((event.start, event.start + event.length))
                case InterchangeEnd():
                    found.add(event.header, start, head, event.position.offset)
            at = event.position.offset
    except Unreadable as error:
        found.problem = error.finding
    return found


class Separators:
    """Takes segments apart where separators are not released. No byte is lost: what was split can be joined."""

    def __init__(self, delimiters: Delimiters) -> None:
        d = self.delimiters = delimiters
        self.element, self.component = d.element.encode("latin-1"), d.component.encode("latin-1")
        self.repetition, self.release = (d.repetition or "").encode("latin-1"), (d.release or "").encode("latin-1")
        used = self.element + self.component + self.repetition + self.release
        self.breaks = bytes(character for character in b"\r\n" if character not in used)
        self._gone = dict.fromkeys(self.breaks)

    def split(self, raw: bytes, separator: bytes) -> list[bytes]:
        """The pieces between separators; one where there are none."""
        if not separator or separator not in raw:
            return [raw]
        if not self.release or self.release not in raw:
            return raw.split(separator)
        pieces, at = [], 0
        breaks = rb"[" + self.breaks + rb"]*" if self.breaks else b""  # a file was wrapped there
        for found in re.finditer(re.escape(self.release) + breaks + rb"[\s\S]|(" + re.escape(separator) + rb")", raw):
            if found[1]:
                pieces.append(raw[at : found.start()])
                at = found.end()
        return [*pieces, raw[at:]]

    def open_ended(self, raw: bytes) -> bool:
        """Whether a release character stands at the end: it would release what is put behind it."""
        return bool(self.release) and (len(raw) - len(raw.rstrip(self.release))) % 2 == 1

    def meant(self, raw: bytes) -> str:
        """A piece without line breaks and release characters; its characters are bytes (Latin-1)."""
        text = protect(raw.decode("latin-1").translate(self._gone), self.delimiters)
        return restore(text, self.delimiters)

    def tree(self, raw: bytes) -> Tree:
        """A segment as its elements, their repetitions and the components of those; empty ends are left out."""
        return trimmed([self.parts(element) for element in self.split(raw, self.element)])

    def parts(self, element: bytes) -> list[list[str]]:
        """An element as its repetitions and the components of those; empty ends are left out."""
        repetitions = [self.split(each, self.component) for each in self.split(element, self.repetition)]
        return trimmed([trimmed([self.meant(part) for part in each]) for each in repetitions])


@lru_cache(maxsize=256)
def separators(delimiters: Delimiters) -> Separators:
    return Separators(delimiters)


@lru_cache(maxsize=64)
def header_separators(delimiters: Delimiters) -> Separators:
    """Those of ISA: its elements are no composites, and two of them are separators themselves."""
    return Separators(msgspec.structs.replace(delimiters, component="", repetition=None))


def trimmed(parts: list[_Part]) -> list[_Part]:
    """Without what is empty at the end."""
    while parts and not parts[-1]:
        parts.pop()
    return parts
