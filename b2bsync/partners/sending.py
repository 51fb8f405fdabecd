"""What was agreed for what we send in X12: version, envelope, characters, delimiters and control numbers."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from b2bsync.partners.edifact import EdifactSend
from b2bsync.partners.identity import ApplicationCode
from b2bsync.partners.notation import (
    DelimiterChanges,
    Delimiters,
    Outside,
    Replacement,
    Trailing,
    Zeros,
    check_characters,
    said,
)
from b2bsync.partners.numbering import X12Numbers

REPETITION_FROM = "00402"
"""The first interchange version in which ISA11 is a repetition separator."""

Version = Annotated[
    str, Meta(pattern=r"^\d{6}[A-Z0-9]{0,6}$", description='as in GS08, such as "004010" or "004010VICS"')
]
InterchangeVersion = Annotated[str, Meta(pattern=r"^\d{5}$", description='as in ISA12, such as "00401"')]
GroupCode = Annotated[str, Meta(pattern=r"^[A-Z0-9]{2}$", description='two letters, as in GS01, such as "PO"')]
Implementation = Annotated[
    str, Meta(pattern=r"^[!-~]{1,35}$", description="1 to 35 characters, as in ST03; from version 005010 on")
]
Information = Annotated[
    str,
    Meta(
        pattern=r"^\d{2}:[ -~]{0,10}$",
        description='qualifier:information as in ISA01 and ISA02, such as "00:" or "03:PASSWORD"',
    ),
]
Charset = Literal["basic", "extended", "utf-8"]
Date = Literal["CCYYMMDD", "YYMMDD"]
Time = Literal["HHMM", "HHMMSS", "HHMMSSD", "HHMMSSDD"]
Agency = Literal["X", "T"]
X12Type = Annotated[str, Meta(pattern=r"^\d{3}$", description='a transaction set such as "850"')]


class TypeSend(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[send.types.856]``: what differs for one transaction set; the keys are those of ``[send]``."""

    version: Version | None = None
    isa_version: InterchangeVersion | None = None
    charset: Charset | None = None
    outside: Outside | None = None
    replacement: Replacement | None = None
    trailing: Trailing | None = None
    zeros: Zeros | None = None
    gs_code: GroupCode | None = None
    gs_sender: ApplicationCode | None = None
    gs_receiver: ApplicationCode | None = None
    gs_date: Date | None = None
    gs_time: Time | None = None
    agency: Agency | None = None
    implementation: Implementation | None = None
    delimiters: DelimiterChanges = DelimiterChanges()


class Send(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[send]``: what we write.

    ``batch``: documents of one group in an interchange at most (1: one interchange each). ``charset`` to ``zeros`` are
    how values are written: a character outside of the set is refused, replaced, or simplified (without accent, as a
    capital); ``replacement`` also stands for delimiters in values, which are refused without it; ``trailing``: empty
    positions at the end are left out, kept as the mapping gave them, or filled up; ``zeros``: numbers as they are, or
    without zeros that say nothing. ``gs_code``, ``gs_sender``, ``gs_receiver``: GS01 to GS03 where they are not those
    of the set and the partner. ISA15 follows from the stage.
    """

    version: Version = "004010"
    isa_version: InterchangeVersion = "00401"
    batch: Annotated[int, Meta(ge=1, le=10_000, description="1 to 10000")] = 1
    request_ta1: bool = False  # ISA14
    authorization: Information = "00:"  # ISA01, ISA02
    security: Information = "00:"  # ISA03, ISA04
    standard_id: Annotated[str, Meta(pattern=r"^[A-Z0-9]$", description="one letter, as in ISA11")] = "U"
    charset: Charset = "utf-8"
    outside: Outside = "refuse"
    replacement: Replacement | None = None
    trailing: Trailing = "omit"
    zeros: Zeros = "keep"
    gs_code: GroupCode | None = None
    gs_sender: ApplicationCode | None = None
    gs_receiver: ApplicationCode | None = None
    gs_date: Date = "CCYYMMDD"  # GS04
    gs_time: Time = "HHMM"  # GS05
    agency: Agency = "X"  # GS07
    implementation: Implementation | None = None  # ST03
    delimiters: Delimiters = Delimiters()
    numbers: X12Numbers = X12Numbers()
    types: dict[X12Type, TypeSend] = {}
    edifact: EdifactSend = EdifactSend()

    def __post_init__(self) -> None:
        check_characters(self.outside, self.replacement, self.delimiters)
        if self.delimiters.repetition and self.isa_version < REPETITION_FROM:
            raise ValueError(f'a repetition separator needs isa_version "{REPETITION_FROM}" or later')
        if self.implementation and self.version < "005010":
            raise ValueError("implementation (ST03) needs version 005010 or later")
        for type in self.types:
            try:
                self.of(type)
            except ValueError as error:
                raise ValueError(f"types.{type}: {error}") from None

    def of(self, type: str) -> "Send":
        """What holds for one transaction set. Raises ValueError where its own keys do not go with the others."""
        own = self.types.get(type)
        if own is None:
            return self
        changes = {**said(own), "delimiters": msgspec.structs.replace(self.delimiters, **said(own.delimiters))}
        return msgspec.structs.replace(self, types={}, **changes)
