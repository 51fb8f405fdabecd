"""Who somebody is in an envelope of X12 or EDIFACT: ours (a company's) and theirs."""

import re
from collections.abc import Mapping
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from b2bsync.vocabulary.identifiers import is_gln
from b2bsync.vocabulary.settings import RULES, Rule


class Identity(msgspec.Struct, frozen=True, order=True):
    """An interchange identity: ``qualifier`` (ISA05 or ISA07, two characters) and ``id`` (ISA06 or ISA08, up to 15,
    unpadded)."""

    qualifier: str
    id: str

    def __str__(self) -> str:
        return f"{self.qualifier}:{self.id}"


# X12 basic and extended characters less those that usually delimit; spaces inside are allowed, around are padding.
_ID = re.compile(r"[0-9A-Z]{2}:[!-)+-}](?:[ -)+-}]{0,13}[!-)+-}])?")


def identity(text: object) -> Identity:
    """From ``ZZ:ACMESTORES``. Raises ValueError on anything but a two-character qualifier and an id of up to 15
    characters."""
    if not isinstance(text, str) or not _ID.fullmatch(text):
        raise ValueError("not an interchange identity")
    qualifier, _, name = text.partition(":")
    return Identity(qualifier, name)


class EdifactIdentity(msgspec.Struct, frozen=True, order=True):
    """An interchange identity: ``qualifier`` (UNB 0007, up to four characters, may be empty) and ``id`` (UNB 0004 or
    0010, up to 35)."""

    qualifier: str
    id: str

    def __str__(self) -> str:
        return f"{self.qualifier}:{self.id}"


_UNB = re.compile(r"[0-9A-Za-z]{0,4}:[!-~¡-ÿ](?:[ -~¡-ÿ]{0,33}[!-~¡-ÿ])?")


def edifact_identity(text: object) -> EdifactIdentity:
    """From ``14:5412345000013``, or ``:ACME`` without qualifier. Raises ValueError on anything but a qualifier of up to
    four letters and digits and an id of 1 to 35 characters."""
    if not isinstance(text, str) or not _UNB.fullmatch(text):
        raise ValueError("not an interchange identity")
    qualifier, _, name = text.partition(":")
    return EdifactIdentity(qualifier, name)


IDENTITY_RULES: Mapping[type, Rule] = {
    **RULES,
    Identity: Rule(
        identity,
        'qualifier:id as in ISA05 and ISA06, such as "ZZ:ACMESTORES" or "01:123456789" (two characters, then up to 15)',
    ),
    EdifactIdentity: Rule(
        edifact_identity,
        'qualifier:id as in UNB 0007 and 0004, such as "14:5412345000013", or ":ACME" without qualifier (up to four '
        "characters, then up to 35)",
    ),
}

ApplicationCode = Annotated[
    str,
    msgspec.Meta(pattern=r"^[!-)+-}][ -)+-}]{0,13}[!-)+-}]$", description="2 to 15 characters, as in GS02 and GS03"),
]


class Company(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A supplier company of ours: its identity in interchanges, and what documents print of it."""

    name: str = ""
    isa: Identity | None = None
    gs: ApplicationCode | None = None  # where it differs from the id in isa
    unb: EdifactIdentity | None = None
    gln: str | None = None  # Global Location Number, 13 digits with check digit
    gs1_prefix: (
        Annotated[
            str,
            msgspec.Meta(
                pattern=r"^\d{6,12}$", description="the GS1 company prefix: 6 to 12 digits (7 with a leading 0)"
            ),
        ]
        | None
    ) = None
    duns: (
        Annotated[
            str, msgspec.Meta(pattern=r"^\d{9}(\d{4})?$", description="a D-U-N-S number: 9 digits, or 13 with suffix")
        ]
        | None
    ) = None
    tax_id: str | None = None
    street: tuple[str, ...] = ()  # lines of the street address, in printing order
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: Annotated[
        str, msgspec.Meta(pattern=r"^([A-Z]{2})?$", description='an ISO 3166 code of two letters, such as "US"')
    ] = ""
    zone: str = "UTC"  # IANA time zone of its business days: pricing, promises, dates in documents and envelopes

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"zone is {self.zone!r}, which is no IANA time zone such as America/New_York") from None
        if self.gln is not None and not is_gln(self.gln):
            raise ValueError(
                f"gln is {self.gln!r}, which is no GLN: 13 digits, the last one is the check digit of the others"
            )
