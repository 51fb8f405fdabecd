"""What a scan needs to know of a syntax: how its envelopes are written and judged. X12 and EDIFACT each are one."""

import re
from abc import ABC, abstractmethod
from functools import lru_cache
from typing import NamedTuple

from b2bsync.edi.envelope import Delimiters, GroupHeader, InterchangeHeader
from b2bsync.vocabulary.findings import Finding


class Tags(NamedTuple):
    """The segments of the envelopes. ``ack`` stands between groups (TA1); EDIFACT has none, it is empty there."""

    interchange: tuple[str, ...]
    interchange_end: str
    group: str
    group_end: str
    set: str
    set_end: str
    ack: str = ""


class Opened(NamedTuple):
    """An interchange header that was understood. ``length``: bytes up to and with its terminator, 0 where there is no
    header and what follows stands in no interchange; ``segments``: how many it counts for."""

    header: InterchangeHeader
    findings: tuple[Finding, ...]
    length: int
    segments: int = 1


class SetHead(NamedTuple):
    """The header of a transaction set or message as said."""

    type: str
    control_number: str
    version: str
    agency: str = ""
    association: str = ""


class Dialect(ABC):
    """One syntax. Texts are segments without their terminator, decoded as Latin-1."""

    standard: str
    tags: Tags
    begin: re.Pattern[bytes]
    """What can be the beginning of an interchange, or of what stands in none."""

    @abstractmethod
    def open(self, data: bytes, offset: int) -> Opened | Finding | None:
        """Understand the header that ``data`` (512 bytes, if there are so many) begins with. None when this is none; a
        fatal finding when it is one that cannot be used."""

    @abstractmethod
    def foreign(self, sample: bytes) -> Finding:
        """Why a stream that begins like this cannot be read."""

    @abstractmethod
    def group(self, text: str, interchange: InterchangeHeader, offset: int) -> tuple[GroupHeader, tuple[Finding, ...]]:
        """Understand a group header."""

    @abstractmethod
    def no_group(self, interchange: InterchangeHeader, offset: int) -> tuple[GroupHeader, tuple[Finding, ...]]:
        """The group of sets that stand in none."""

    @abstractmethod
    def set_head(self, text: str, interchange: InterchangeHeader, group: GroupHeader) -> SetHead:
        """Understand the header of a set."""

    @abstractmethod
    def group_end(
        self, text: str | None, interchange: InterchangeHeader, group: GroupHeader, received: int, offset: int
    ) -> tuple[int, tuple[Finding, ...]]:
        """The number of sets that the trailer says (0 when it says none), and what is wrong with it; no text: it is
        missing."""

    @abstractmethod
    def interchange_end(
        self, text: str | None, interchange: InterchangeHeader, groups: int, loose: int, offset: int
    ) -> tuple[Finding, ...]:
        """What is wrong with the trailer; ``loose``: the sets that stood in no group."""

    def tag(self, text: str, delimiters: Delimiters) -> str:
        """The segment's tag."""
        return text.split(delimiters.element, 1)[0].rstrip()


class Marks:
    """Where envelope segments begin, for one set of delimiters.

    A tag may be broken by a line break: files wrapped at a column are read like others.
    """

    def __init__(self, d: Delimiters, tags: Tags) -> None:
        self.terminator = d.segment.encode("latin-1")
        self.release = d.release.encode("latin-1") if d.release else b""
        t, e = re.escape(self.terminator), re.escape(d.element.encode("latin-1"))
        blank = "".join(c for c in " \t\r\n" if c not in (d.segment, d.element)).encode()
        br = rb"[" + bytes(c for c in blank if c in b"\r\n") + rb"]*" if blank.strip(b" \t") else b""
        names = [*tags.interchange, *tags[1:]]
        listed = [br.join(bytes([c]) for c in name.encode()) for name in names if name]
        end = br + rb"(?=" + e + rb")"
        named = rb"(" + rb"|".join(listed) + rb")" + end
        blanks = rb"[" + re.escape(blank + self.terminator) + rb"]*"
        self.boundary = re.compile(t + blanks + named)
        self._edge = re.compile(t + rb"[" + re.escape(blank) + rb"]*+(?:" + named + rb"|" + t + rb")").search
        self._wraps = bytes(c for c in blank if c in b"\r\n") if d.segment not in "\r\n" else b""
        wraps = rb"[" + self._wraps + rb"]*" if self._wraps else b""
        self._released = re.compile(re.escape(self.release) + wraps + rb"[\s\S]").sub
        self._suspect = re.compile(
            re.escape(self.release) + rb"[" + re.escape(self._wraps + self.terminator) + rb"]"
        ).search
        self._opens, self._closes = tags.set.encode() + d.element.encode("latin-1"), tags.set_end.encode()
        self.blanks = re.compile(blanks)
        self.interchange_end = tags.interchange_end.encode() + d.element.encode("latin-1")
        bounds = [self.interchange_end, *(name.encode() for name in tags.interchange)]
        self.interchange_bounds = re.compile(rb"|".join(map(re.escape, bounds)))  # in values, too: see ``begins``
        self._blank = blank
        self.empty = re.compile(t + rb"(?=[" + re.escape(blank) + rb"]*" + t + rb")")
        self._gap = re.compile(t + rb"[" + re.escape(blank + self.terminator) + rb"]").search

    def is_released(self, data: bytes, place: int, begin: int) -> bool:
        """Whether the character at a place is released: an odd number of release characters stands before it. A file
        may have been wrapped between them and it."""
        if not self.release:
            return False
        while place > begin and data[place - 1] in self._wraps:
            place -= 1
        before = place
        while before > begin and data[before - 1 : before] == self.release:
            before -= 1
        return (place - before) % 2 == 1

    def find(self, data: bytes, begin: int, end: int | None = None) -> int:
        """The next terminator from a place on; -1 where there is none."""
        place = data.find(self.terminator, begin, end)
        while place >= 0 and self.is_released(data, place, begin):
            place = data.find(self.terminator, place + 1, end)
        return place

    def last(self, data: bytes, begin: int) -> int:
        """The last terminator from a place on; -1 where there is none."""
        place = data.rfind(self.terminator, begin)
        while place >= 0 and self.is_released(data, place, begin):
            place = data.rfind(self.terminator, begin, place)
        return place

    def begins(self, data: bytes, place: int, begin: int) -> bool:
        """Whether a segment begins at a place: nothing but blanks between it and a terminator, or ``begin``, where one
        does."""
        while place > begin and data[place - 1] in self._blank:
            place -= 1
        return place == begin or (
            data[place - 1 : place] == self.terminator and not self.is_released(data, place - 1, begin)
        )

    def search(self, data: bytes, begin: int) -> re.Match[bytes] | None:
        """The next terminator that an envelope segment follows."""
        found = self.boundary.search(data, begin)
        while found is not None and self.is_released(data, found.start(), begin):
            found = self.boundary.search(data, found.start() + 1)
        return found

    def closes(self, found: re.Match[bytes]) -> bool:
        """Whether the envelope segment that was found is the trailer of a set."""
        return found[1].translate(None, b"\r\n") == self._closes

    def whole_set(self, data: bytes, begin: int) -> tuple[int, int] | None:
        """Where the header of a set stops that begins at a place, and where the set ends; None where that takes more
        than one look: it has no trailer yet, an empty segment, or line breaks where they are rare."""
        if not data.startswith(self._opens, begin):
            return None
        found = self._edge(data, begin)
        if found is None or found[1] != self._closes or self.is_released(data, found.start(), begin):
            return None
        end = self.find(data, found.end())
        return (self.find(data, begin), end + 1) if end >= 0 else None

    def count_whole(self, raw: bytes) -> int:
        """Segments in the bytes of a set that :meth:`whole_set` found."""
        return self._unreleased(raw).count(self.terminator)

    def _unreleased(self, raw: bytes) -> bytes:
        """Bytes with something else for what is released, where that may be a terminator."""
        if self.release and self.release in raw and self._suspect(raw):
            return self._released(b".", raw)
        return raw

    def count(self, raw: bytes) -> int:
        """Segments in the bytes of a transaction set, empty ones not counted."""
        raw = self._unreleased(raw)
        empty = len(self.empty.findall(raw)) if self._gap(raw) else 0
        return (
            raw.count(self.terminator)
            - empty
            + (not raw.endswith(self.terminator) and bool(raw[raw.rfind(self.terminator) + 1 :].strip()))
        )


@lru_cache(maxsize=64)
def marks(delimiters: Delimiters, tags: Tags) -> Marks:
    return Marks(delimiters, tags)
