"""Write segments: rows of values in, bytes out, and no value that holds a delimiter is ever written as one.

Rows are joined with the separators of ASCII (ISO 646: FS, GS, RS, US), which no value may hold, so that data and
structure cannot be taken for one another. One search over the whole text then says whether anything in it needs care;
only at the end the separators become the delimiters of the interchange. What is wrong with a segment is
:mod:`b2bsync.edi.writing.refusal`'s to say.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

from b2bsync.edi.edifact.release import releases
from b2bsync.edi.envelope import Delimiters
from b2bsync.edi.errors import Unwritable
from b2bsync.edi.standard import EDIFACT, X12
from b2bsync.edi.writing.policy import Policy
from b2bsync.edi.writing.refusal import Scrutiny, check_delimiters
from b2bsync.edi.writing.repertoire import repertoire
from b2bsync.edi.writing.rows import Row, taken_apart, text_of, texts_of
from b2bsync.vocabulary.findings import Finding, Severity

FS, GS, RS, US = "\x1c", "\x1d", "\x1e", "\x1f"
"""What stands between segments, elements, repetitions and components until the end."""

_LAST = itemgetter(-1)
_MARKS = b"\x1c\x1d\x1e\x1f"
_TRAILING = (  # a run of separators with no value behind it, and what it stands before
    re.compile(rb"(?<!\x1f)\x1f++(?=\x1e)"),
    re.compile(rb"(?<![\x1e\x1f])[\x1e\x1f]++(?=\x1d)"),
    re.compile(rb"(?<![\x1d-\x1f])[\x1d-\x1f]++(?=\x1c)"),
)


class _Joined(NamedTuple):
    """Rows as one text with ``marks`` separators in it; ``empty``: some may have no value behind them."""

    text: str
    marks: int
    empty: bool = True


class Notation:
    """How segments are written: made by :func:`notation`."""

    def __init__(self, delimiters: Delimiters, standard: str, policy: Policy) -> None:
        check_delimiters(delimiters, standard, policy.replacement or "")
        self.delimiters, self.standard, self.policy = delimiters, standard, policy
        self.repertoire = repertoire(policy.characters)
        self.codec, self.odd = self.repertoire.codec, self.repertoire.odd
        d = delimiters
        used = "".join(filter(None, (d.release, d.segment, d.element, d.component, d.repetition)))
        self.forbidden = "" if d.release else used
        self.releasable = used.encode() if d.release else b""  # the release character first
        self.plain = bytes(byte for byte in self.repertoire.plain if byte not in used.encode())
        separators = (d.segment, d.element, d.repetition or RS, d.component or US)
        self.table = bytes.maketrans(_MARKS, "".join(separators).encode())
        self.suffix = b"" if d.segment in policy.suffix else policy.suffix.encode()
        self.header, self.trailer, self.number = ("UNH", "UNT", 1) if standard == EDIFACT else ("ST", "SE", 2)
        if policy.replacement is not None and not self.repertoire.has(policy.replacement):
            raise Unwritable(
                Finding(
                    severity=Severity.ERROR, code="character-invalid", value=policy.replacement,
                    message=f"the replacement {policy.replacement!r} is not in character set {policy.characters}",
                )
            )  # fmt: skip

    def segments(self, rows: Sequence[Row]) -> bytes:
        """Segments with their terminators. Raises Unwritable; its segment counts from 1 in ``rows``."""
        if not rows:
            return b""
        joined = self._joined(rows)
        data = self._plain(joined.text, joined.marks) if joined else None
        if joined is None or data is None:
            return self._anew(rows)
        return self._finished(data, joined.empty)

    def message(self, rows: Sequence[Row]) -> bytes:
        """A set from ST to SE or a message from UNH to UNT. ``rows`` begin with the header, whose control number and
        count make the trailer; a trailer in ``rows`` is not used. Raises Unwritable."""
        return self.segments(self._complete(rows))

    def read(self, rows: Sequence[Sequence[str]], read_with: Delimiters) -> bytes:
        """Like :meth:`segments`, of rows as they were read with those delimiters: composites and repetitions are one
        text, released characters are marked."""
        if not rows:
            return b""
        lines = list(map(GS.join, rows))
        text = FS.join([*lines, ""])
        if RS not in text and US not in text and min(lines) > " ":
            marks = sum(map(len, rows))
            for separator, mark in ((read_with.component, US), (read_with.repetition, RS)):
                if separator:
                    text = text.replace(separator, mark)
                    marks += text.count(mark)
            data = self._plain(_restored(text, read_with), marks)
            if data is not None:
                return self._finished(data, True)
        return self.segments([taken_apart(row, read_with) for row in rows])

    # the fast way

    def _joined(self, rows: Sequence[Any]) -> "_Joined | None":
        """The text of rows; None where a segment has no tag, or something is no value."""
        more, empty = 0, True
        try:
            lines = list(map(GS.join, rows))  # as long as all is text
            empty = not all(map(_LAST, rows))
        except IndexError:  # a row without a tag
            return None
        except TypeError:
            try:
                lines, more, empty = _lines(rows)
            except (TypeError, IndexError):
                try:
                    lines, more = self._mixed(rows)
                except TypeError:
                    return None
        if min(lines) < " ":
            return None
        lines.append("")
        return _Joined(FS.join(lines), sum(map(len, rows)) + more, empty)

    def _mixed(self, rows: Sequence[Row]) -> tuple[list[str], int]:
        """Lines of rows in which there are repetitions and numbers, and how many separators are in their elements."""
        lines, more, decimal = [], 0, self.delimiters.decimal
        for row in rows:
            texts = []
            for element in row:
                if isinstance(element, str):
                    texts.append(element)
                    continue
                repetitions = texts_of(element, decimal)
                more += sum(map(len, repetitions)) - 1
                texts.append(RS.join(map(US.join, repetitions)))
            lines.append(GS.join(texts))
        return lines, more

    def _plain(self, text: str, marks: int) -> bytes | None:
        """Joined text as bytes, delimiters in values released; None where it holds anything that cannot be sent.

        Everything that is no plain character is a separator, as many as there must be, or a character to release.
        """
        try:
            data = text.encode(self.codec)
        except UnicodeEncodeError:
            return None
        if self.odd is not None and not text.isascii() and self.odd.search(text):
            return None
        left = data.translate(None, self.plain)
        if len(left) != marks:
            delimiters = left.translate(None, _MARKS)
            if len(left) - len(delimiters) != marks or delimiters.translate(None, self.releasable):
                return None
            release = self.releasable[:1]
            for character in self.releasable:
                if character in delimiters:
                    data = data.replace(bytes([character]), release + bytes([character]))
        if (RS in text and not self.delimiters.repetition) or (US in text and not self.delimiters.component):
            return None
        return data

    def _finished(self, data: bytes, empty: bool) -> bytes:
        """Trailing separators and line ends as they are wanted, and the interchange's own delimiters."""
        if empty and self.policy.trailing == "omit" and any(end in data for end in self._ends(data)):
            for run in _TRAILING:
                data = run.sub(b"", data)
        if self.suffix:
            data = data.replace(b"\x1c", b"\x1c" + self.suffix)
        return data.translate(self.table)

    @staticmethod
    def _ends(data: bytes) -> Iterator[bytes]:
        """What separators without a value behind them look like; only of separators that there are."""
        yield b"\x1d\x1c"
        if b"\x1f" in data:
            yield from (b"\x1f\x1c", b"\x1f\x1d")
        if b"\x1e" in data:
            yield from (b"\x1e\x1c", b"\x1e\x1d", b"\x1f\x1e")

    # the slow way

    def _anew(self, rows: Sequence[Row]) -> bytes:
        """Rows in which something is wrong, with the policy's answer to it. Raises Unwritable where it has none."""
        scrutiny = Scrutiny(self.delimiters, self.forbidden, self.repertoire, self.policy)
        joined = self._joined(scrutiny.rows(rows))
        data = self._plain(joined.text, joined.marks) if joined else None
        assert data is not None, "what was looked at value by value can be written"
        return self._finished(data, True)

    def _complete(self, rows: Sequence[Row]) -> list[Row]:
        complete = list(rows)
        if complete and len(complete[-1]) and complete[-1][0] == self.trailer:
            complete.pop()
        header = complete[0] if complete else ()
        said = header[self.number] if len(header) > self.number else None
        number = "" if isinstance(said, tuple) else text_of(said, ".")
        if not number or header[0] != self.header:
            message = f"the first segment must be {self.header}, with a control number in element {self.number}"
            raise Unwritable(
                Finding(
                    severity=Severity.ERROR, code="set-header-missing", message=message, segment=1, tag=self.header,
                    element=self.number,
                )
            )  # fmt: skip
        complete.append([self.trailer, str(len(complete) + 1), number])
        return complete


def _lines(rows: Sequence[Any]) -> tuple[list[str], int, bool]:
    """Lines of rows of texts and tuples of texts, how many separators are in their elements, and whether anything at
    the end of one is empty. Raises TypeError or IndexError where there is anything else.

    Written out for the usual lengths: a comprehension for each row would cost as much as all the rest.
    """
    join, composite = GS.join, US.join
    composites: list[tuple[str, ...]] = []
    lines: list[str] = []
    note, line, empty = composites.append, lines.append, False
    for row in rows:
        size = len(row)
        if size == 2:
            tag, last = row
            if last.__class__ is tuple:
                note(last)
                last = composite(last)
            elif not last:
                empty = True
            line(tag + GS + last)
            continue
        if size == 3:
            tag, one, last = row
            if one.__class__ is tuple:
                note(one)
                one = composite(one)
            if last.__class__ is tuple:
                note(last)
                last = composite(last)
            elif not last:
                empty = True
            line(join((tag, one, last)))
        elif size == 4:
            tag, one, two, last = row
            if one.__class__ is tuple:
                note(one)
                one = composite(one)
            if two.__class__ is tuple:
                note(two)
                two = composite(two)
            if last.__class__ is tuple:
                note(last)
                last = composite(last)
            elif not last:
                empty = True
            line(join((tag, one, two, last)))
        else:
            if not row[-1]:
                empty = True
            line(join([composite(note(e) or e) if e.__class__ is tuple else e for e in row]))
    return lines, sum(map(len, composites)) - len(composites), empty or not all(map(_LAST, composites))


def _restored(text: str, read_with: Delimiters) -> str:
    """Text with the characters that were released when it was read."""
    if not text.isascii() and read_with.release:
        for mark, character in releases(read_with).back.items():
            if chr(mark) in text:
                text = text.replace(chr(mark), character)
    return text


@lru_cache(maxsize=256)
def notation(delimiters: Delimiters, standard: str = X12, policy: Policy = Policy()) -> Notation:
    """How segments are written with these delimiters, by this policy. Raises Unwritable for delimiters, a character
    set or a replacement that cannot be used."""
    return Notation(delimiters, standard, policy)
