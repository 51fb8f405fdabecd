"""EDIFACT as a dialect: UNA, UNB … UNZ, UNG … UNE, UNH … UNT."""

import re

from b2bsync.edi.dialect import Dialect, Opened, SetHead, Tags, marks
from b2bsync.edi.edifact import header, trailer
from b2bsync.edi.envelope import GroupHeader, InterchangeHeader
from b2bsync.edi.foreign import appearance
from b2bsync.vocabulary.findings import Finding, Severity

_ADVICE = re.compile(rb"UNA[\s\S]{6}")
LONGEST_HEADER = 300
"""Characters of a header without terminator that are looked at."""

_BREAKS = str.maketrans("", "", "\r\n")
_NONE = GroupHeader(code="", sender="", receiver="", control_number="", version="", date="", time="")


class Edifact(Dialect):
    standard = "EDIFACT"
    tags = Tags(("UNA", "UNB"), "UNZ", "UNG", "UNE", "UNH", "UNT")
    begin = re.compile(rb"UN(?:A(?=[^\w\s][^\w\s][.,\s*])|[BGH](?=[^\w\s]))")

    def open(self, data: bytes, offset: int) -> Opened | Finding | None:
        said, length = None, 0
        if _ADVICE.match(data):
            said = header.read_una(data[: header.ADVICE].decode("latin-1"))
            problem = header.unusable(said)
            if problem:
                message = f"the delimiters of UNA must be different characters: {problem}"
                return self._fatal("delimiters-unusable", message, offset, problem)
            length = header.ADVICE
            blank = re.compile(rb"[\s" + re.escape(said.segment.encode("latin-1")) + rb"]*").match(data, length)
            length = blank.end() if blank else length
        d = said or header.DEFAULT
        element = d.element.encode("latin-1")
        if not data.startswith(b"UNB" + element, length):
            if said is not None or data.startswith((b"UNG" + element, b"UNH" + element)):
                return Opened(*header.no_interchange(said, offset), length, 0)
            return None
        end = marks(d, self.tags).find(data, length)
        text = data[length : end if end >= 0 else LONGEST_HEADER].decode("latin-1").translate(_BREAKS)
        opened, findings = header.read_unb(text, said, offset)
        if end >= 0:
            return Opened(opened, findings, end + 1)
        endless = Finding(
            severity=Severity.ERROR, code="header-unterminated", message="the interchange header has no terminator",
            ack_level="interchange", ack_code="22", tag="UNB", offset=offset, allowed=d.segment,
        )  # fmt: skip
        return Opened(
            opened, (*findings, endless), length, 0
        )  # the header itself is then passed over with all behind it

    def foreign(self, sample: bytes) -> Finding:
        message = "no EDIFACT interchange header (UNA or UNB) stands at the beginning" + appearance(sample)
        return Finding(
            severity=Severity.FATAL, code="not-edifact", message=message, offset=0, value=sample.decode("latin-1"),
            allowed="UNA, UNB",
        )  # fmt: skip

    def group(self, text: str, interchange: InterchangeHeader, offset: int) -> tuple[GroupHeader, tuple[Finding, ...]]:
        return header.read_ung(text, interchange.delimiters, offset)

    def no_group(self, interchange: InterchangeHeader, offset: int) -> tuple[GroupHeader, tuple[Finding, ...]]:
        return _NONE, ()

    def set_head(self, text: str, interchange: InterchangeHeader, group: GroupHeader) -> SetHead:
        head = header.read_unh(text, interchange.delimiters)
        return SetHead(head.type, head.reference, head.version, head.agency, head.association)

    def group_end(
        self, text: str | None, interchange: InterchangeHeader, group: GroupHeader, received: int, offset: int
    ) -> tuple[int, tuple[Finding, ...]]:
        if (text is None and group is _NONE) or not (text or group.code or group.control_number):
            return 0, ()
        row = None if text is None else header.rows(text, interchange.delimiters)
        return trailer.group_findings(row, group.control_number, received, offset)

    def interchange_end(
        self, text: str | None, interchange: InterchangeHeader, groups: int, loose: int, offset: int
    ) -> tuple[Finding, ...]:
        if text is None and not interchange.version and not interchange.control_number:
            return ()  # there was no header either, which was said
        row = None if text is None else header.rows(text, interchange.delimiters)
        return trailer.interchange_findings(row, interchange.control_number, groups, loose, offset)

    @staticmethod
    def _fatal(code: str, message: str, offset: int, value: str | None) -> Finding:
        return Finding(
            severity=Severity.FATAL, code=code, message=message, ack_level="interchange", ack_code="22", tag="UNA",
            offset=offset, value=value,
        )  # fmt: skip
