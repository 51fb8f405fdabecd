"""Collects the findings of one set and knows where its segments stand (computed only when something is wrong)."""

import re
from functools import cached_property

from b2bsync.edi.charset import decoded
from b2bsync.edi.edifact.release import protect, releases, restore
from b2bsync.edi.envelope import Delimiters
from b2bsync.edi.fault import Fault
from b2bsync.edi.notes import note
from b2bsync.edi.text import control_characters
from b2bsync.vocabulary.findings import Finding, Severity

LIMIT = 100
"""Most findings kept for one set; one more then says that there were others."""

BLANKS = " \t\r\n"


class Report:
    """The text of one set, cut into segments, and the findings on it. ``charset``: how bytes beyond ASCII are read that
    are no UTF-8; Latin-1 where there is none."""

    def __init__(self, raw: str, delimiters: Delimiters, start: int, standard: str, charset: str | None = None) -> None:
        self.raw, self.delimiters, self.start = raw, delimiters, start
        self.standard, self.charset = standard, charset
        self.begins: dict[int, int] = {}  # places of segments in ``raw``, where somebody knows them already
        self._findings: list[Finding] = []
        self._left_out = 0
        self._lost = False  # whether something that is wrong was left out

    def parts(self) -> list[str]:
        """The segments as text; empty ones may be among them. Notes what is odd about their separation."""
        terminator = self.delimiters.segment
        text = self.raw if self.raw.isascii() else self._decoded()
        text = protect(self._rejoined(text), self.delimiters)
        broken = False
        if "\r" in text or "\n" in text:
            if terminator in "\r\n":
                text = text.replace("\r\n", terminator)
            else:
                text = text.replace(terminator + "\r\n", terminator).replace(terminator + "\n", terminator)
            broken = ("\r" if terminator == "\n" else "\n") in text or (terminator not in "\r\n" and "\r" in text)
        parts = text.split(terminator)
        if broken:
            parts = self._joined(parts)
        if not parts[-1].strip(BLANKS):
            parts.pop()
        elif self.raw:
            self.warn(
                len([p for p in parts if p.strip(BLANKS)]), "segment-unterminated", "the last segment has no terminator"
            )
        if not text.isprintable() and control_characters(self.delimiters, "\r\n").search(text):
            self._controls(parts)
        return parts

    def warn(self, ordinal: int, code: str, message: str) -> None:
        """A warning on how something is written."""
        self.add(Severity.WARNING, ordinal, code, message)

    def add(
        self,
        severity: Severity,
        ordinal: int,
        code: str,
        message: str,
        *,
        tag: str | None = None,
        loop: str | None = None,
        element: int | None = None,
        component: int | None = None,
        reference: str | None = None,
        value: str | None = None,
        allowed: str | None = None,
    ) -> None:
        """Keep a finding on segment ``ordinal`` (ST = 1)."""
        if len(self._findings) >= LIMIT and not self._make_room(severity):
            return
        level, ack_code = note(self.standard, code)
        self._findings.append(
            Finding(
                severity=severity,
                code=code,
                message=message,
                ack_level=level or None,
                ack_code=ack_code or None,
                segment=ordinal,
                tag=tag,
                loop=loop or None,
                element=element,
                component=component,
                reference=reference or None,
                offset=self.offset(ordinal, element),
                value=restore(value, self.delimiters) if value else None,
                allowed=allowed,
            )
        )

    def _make_room(self, severity: Severity) -> bool:
        """Whether one more is kept though there are so many: what is wrong takes the place of what is only odd."""
        self._left_out += 1
        if severity is Severity.WARNING:
            return False
        if not self._lost:
            for place in range(len(self._findings) - 1, -1, -1):
                if self._findings[place].severity is Severity.WARNING:
                    del self._findings[place]
                    return True
        self._lost = True
        return False

    def add_finding(self, finding: Finding) -> None:
        """Keep a finding that was made elsewhere."""
        self._findings.append(finding)

    def add_fault(self, fault: Fault, ordinal: int, tag: str, loop: str) -> None:
        """Keep what is wrong with an element."""
        self.add(
            fault.severity,
            ordinal,
            fault.code,
            restore(fault.message, self.delimiters),
            tag=tag,
            loop=loop,
            element=fault.element,
            component=fault.component,
            reference=fault.reference,
            value=fault.value,
            allowed=fault.allowed,
        )

    def findings(self) -> tuple[Finding, ...]:
        """All that was kept, with a last one that says how many were not."""
        if self._left_out:
            more = Finding(
                severity=Severity.ERROR if self._lost else Severity.WARNING,
                code="more-findings",
                message=f"{self._left_out} more findings were left out",
                ack_level="set",
                ack_code=note(self.standard, "more-findings").code,
            )
            return (*self._findings, more)
        return tuple(self._findings)

    def offset(self, ordinal: int, element: int | None = None) -> int:
        """Byte offset in the message of a segment or its element; the segment's end where it has no such element."""
        known = self.begins.get(ordinal)
        if known is not None:
            return self.start + known + self._element_in(self._segment_at(known), element)
        pieces = self._pieces
        if pieces is not None and 1 <= ordinal <= len(pieces):
            begin = sum(map(len, pieces[: ordinal - 1])) + ordinal - 1
            end = begin + len(pieces[ordinal - 1])
        else:
            spans = self.spans
            if not 1 <= ordinal <= len(spans):
                return self.start + (spans[-1][1] if ordinal > 1 and spans else 0)
            begin, end = spans[ordinal - 1]
        return self.start + begin + self._element_in(self._masked(self.raw[begin:end]), element)

    def _element_in(self, segment: str, element: int | None) -> int:
        """Where an element begins in a segment without released separators, or where the segment ends."""
        begin = 0
        for _ in range(element or 0):
            begin = segment.find(self.delimiters.element, begin) + 1
            if not begin:
                return len(segment)
        return begin

    def _segment_at(self, begin: int) -> str:
        """The segment that begins at a place, without released separators and terminator."""
        if self.delimiters.release is None or self.delimiters.release not in self.raw:
            return self.raw[begin : self.raw.find(self.delimiters.segment, begin)]
        return self._masked(self.raw[begin : releases(self.delimiters).end(self.raw, begin) - 1])

    @cached_property
    def _pieces(self) -> list[str] | None:
        """The segments of ``raw``, if none is empty and none has a blank before it: then their lengths tell where they
        stand, without a look at each."""
        pieces = self._masked(self.raw).split(self.delimiters.segment)
        if not pieces[-1]:
            pieces.pop()
        return pieces if pieces and min(pieces) > " \uffff" else None

    @cached_property
    def spans(self) -> list[tuple[int, int]]:
        """Begin and end of every segment in ``raw``, blanks before it and its terminator not included."""
        result, begin = [], 0
        blanks = BLANKS.replace(self.delimiters.segment, "")
        for part in self._masked(self.raw).split(self.delimiters.segment):
            end = begin + len(part)
            lead = len(part) - len(part.lstrip(blanks))
            if lead < len(part):
                result.append((begin + lead, end))
            begin = end + 1
        return result

    def _masked(self, raw: str) -> str:
        """Text in which nothing is released."""
        return raw if self.delimiters.release is None else releases(self.delimiters).masked(raw)

    def _rejoined(self, text: str) -> str:
        """Text without the line breaks between a release character and what it releases: a file was wrapped there, and
        a released delimiter separates nothing."""
        d = self.delimiters
        if d.release is None or not releases(d).is_wrapped(text):
            return text
        released = re.compile(f"{re.escape(d.release)}(?:([^\r\n])|[\r\n]+)")
        place = next((found.start() for found in released.finditer(self.raw) if found[1] is None), None)
        if place is None:  # a release character that is released itself
            return text
        ordinal = sum(begin <= place for begin, _ in self.spans)
        self.warn(ordinal, "line-break-in-segment", "line breaks behind release characters were taken out")
        return released.sub(lambda found: found[0] if found[1] else d.release or "", text)

    def _decoded(self) -> str:
        """The characters of bytes that are UTF-8, else those of the charset."""
        d = self.delimiters
        if not (d.segment + d.element + d.component + (d.release or "")).isascii():
            return self.raw
        return decoded(self.raw, self.charset)

    def _joined(self, parts: list[str]) -> list[str]:
        """Segments without the line breaks in them (files wrapped at a column)."""
        result, ordinal, said = [], 0, False
        for part in parts:
            text = part.lstrip(BLANKS)
            ordinal += bool(text)
            if "\r" in text or "\n" in text:
                if text.rstrip(BLANKS) != text.replace("\r", "").replace("\n", "").rstrip(BLANKS) and not said:
                    said = True
                    self.warn(
                        ordinal, "line-break-in-segment", "line breaks stand inside segments; they were taken out"
                    )
                text = text.replace("\r", "").replace("\n", "")
            result.append(text)
        return result

    def _controls(self, parts: list[str]) -> None:
        search = control_characters(self.delimiters, "\r\n").search
        ordinal = 0
        for part in parts:
            text = part.strip(BLANKS)  # blanks around a segment were told as such
            ordinal += bool(text)
            found = search(text)
            if found:
                row = text.split(self.delimiters.element)
                element = text.count(self.delimiters.element, 0, found.start())
                self.add(
                    Severity.ERROR,
                    ordinal,
                    "character-invalid",
                    f"control character {found[0]!r} in a value",
                    tag=row[0].strip(),
                    element=element or None,
                    value=row[element],
                )
