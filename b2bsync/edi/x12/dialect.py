"""X12 as a dialect: ISA … IEA, GS … GE, ST … SE."""

import re

from b2bsync.edi.dialect import Dialect, Opened, SetHead, Tags
from b2bsync.edi.envelope import Delimiters, GroupHeader, Identity, InterchangeHeader
from b2bsync.edi.foreign import appearance
from b2bsync.edi.x12 import header, trailer
from b2bsync.vocabulary.findings import Finding, Severity


class X12(Dialect):
    standard = "X12"
    tags = Tags(("ISA",), "IEA", "GS", "GE", "ST", "SE", "TA1")
    begin = header.ISA

    def open(self, data: bytes, offset: int) -> Opened | Finding | None:
        return header.read_isa(data, offset)

    def foreign(self, sample: bytes) -> Finding:
        message = "no X12 interchange header (ISA with 16 elements) stands at the beginning" + appearance(sample)
        return Finding(
            severity=Severity.FATAL, code="not-x12", message=message, offset=0, value=sample.decode("latin-1"),
            allowed="ISA",
        )  # fmt: skip

    def group(self, text: str, interchange: InterchangeHeader, offset: int) -> tuple[GroupHeader, tuple[Finding, ...]]:
        return header.read_gs(text.split(interchange.delimiters.element), offset)

    def no_group(self, interchange: InterchangeHeader, offset: int) -> tuple[GroupHeader, tuple[Finding, ...]]:
        return header.no_group(interchange, offset)

    def set_head(self, text: str, interchange: InterchangeHeader, group: GroupHeader) -> SetHead:
        row = text.split(interchange.delimiters.element)
        convention = row[3].strip() if len(row) > 3 else ""
        return SetHead(row[1].strip(), row[2] if len(row) > 2 else "", group.version, "", convention)

    def group_end(
        self, text: str | None, interchange: InterchangeHeader, group: GroupHeader, received: int, offset: int
    ) -> tuple[int, tuple[Finding, ...]]:
        if text is None and not group.code:  # sets that stand in no group need no trailer
            return 0, ()
        row = None if text is None else text.split(interchange.delimiters.element)
        return trailer.group_findings(row, group.control_number, received, offset)

    def interchange_end(
        self, text: str | None, interchange: InterchangeHeader, groups: int, loose: int, offset: int
    ) -> tuple[Finding, ...]:
        row = None if text is None else text.split(interchange.delimiters.element)
        return trailer.interchange_findings(row, interchange.control_number, groups, offset)


_BARE = re.compile(rb"(?:GS([^\w\s])[A-Z]{2}|ST([^\w\s])[0-9A-Z]{3})(?=[^\w\s])")
_GROUP = re.compile(r"GS(.)(?:[^\r\n]*?\1){7}([0-9A-Z]*)")
_SET = re.compile(r"ST(.)[0-9A-Z]*\1([0-9A-Za-z]*)")


class BareX12(X12):
    """X12 in which groups and sets may stand in no interchange: their delimiters are what they seem to be."""

    begin = re.compile(header.ISA.pattern + b"|" + _BARE.pattern.replace(b"([^", b"(?:[^"))

    def open(self, data: bytes, offset: int) -> Opened | Finding | None:
        if not _BARE.match(data):
            return super().open(data, offset)
        text = data.decode("latin-1")
        shape = _GROUP.match(text) or _SET.match(text)
        terminator = text[shape.end() : shape.end() + 1] if shape else ""
        if shape is None or not terminator or terminator == shape[1] or terminator.isalnum():
            return None
        finding = Finding(
            severity=Severity.ERROR, code="interchange-header-missing", ack_level="interchange", ack_code="024",
            message="groups or sets stand outside of an interchange", tag="ISA", offset=offset,
        )  # fmt: skip
        nobody = Identity("", "")
        d = Delimiters(terminator, shape[1], "")
        version = shape[2][:6] if text.startswith("GS") else ""
        none = InterchangeHeader(
            sender=nobody, receiver=nobody, control_number="", date="", time="", version=version, usage="",
            delimiters=d,
        )  # fmt: skip
        return Opened(none, (finding,), 0, 0)

    def interchange_end(
        self, text: str | None, interchange: InterchangeHeader, groups: int, loose: int, offset: int
    ) -> tuple[Finding, ...]:
        if text is None and not interchange.control_number and not interchange.date:
            return ()  # there was no header either, which was said
        return super().interchange_end(text, interchange, groups, loose, offset)
