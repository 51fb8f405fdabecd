"""What a judge of syntax, guide or business content found, and where."""

from enum import StrEnum

import msgspec

MOST_SHOWN = 40
"""Characters of a value that a finding shows to a person; ``value`` has all of them."""


class Severity(StrEnum):
    WARNING = "warning"  # processed, and said
    ERROR = "error"  # the transaction is accepted with errors or rejected, as the agreement says
    FATAL = "fatal"  # nothing sensible can be made of it


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is wrong, with its place.

    ``code`` is a short kebab-case word of ours (``mandatory-element-missing``). ``ack_code`` is the value of the
    standard's own acknowledgement list when there is one (X12 720 for segments, 723 for elements, 718 for sets, 716 for
    groups); ``ack_level`` says which of the lists: ``segment``, ``element``, ``set``, ``group`` or ``interchange``.
    ``segment`` counts from ST = 1 within its transaction set; ``offset`` is the byte offset in the message.
    ``element`` and ``component`` count from 1.
    """

    severity: Severity
    code: str
    message: str
    ack_level: str | None = None
    ack_code: str | None = None
    segment: int | None = None
    tag: str | None = None
    loop: str | None = None
    element: int | None = None
    component: int | None = None
    reference: str | None = None  # data element number, such as 235
    offset: int | None = None
    value: str | None = None
    allowed: str | None = None

    def __str__(self) -> str:
        place = ""
        if self.tag:
            place = self.tag
            if self.element:
                place += f"{self.element:02d}"
            if self.component:
                place += f"-{self.component}"
            if self.value and self.value not in self.message:
                shown = self.value if len(self.value) <= MOST_SHOWN else self.value[:MOST_SHOWN] + "…"
                place += f" {shown!r}"
        segment = f"segment {self.segment}" if self.segment else ""
        offset = f"byte {self.offset}" if self.offset is not None else ""
        text = ", ".join(where for where in (segment, place, offset) if where)
        allowed = f" (allowed: {self.allowed})" if self.allowed else ""
        return f"{self.severity}: {self.message}{allowed}" + (f" [{text}]" if text else "")
