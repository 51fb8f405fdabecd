"""The envelopes of answers: sender and receiver reversed, in the delimiters and the version of what is answered.

What cannot be repeated is left out or replaced, so that every answer can be written. Texts hold bytes one to one
(Latin-1).
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from b2bsync.edi.answers import edifact
from b2bsync.edi.edifact.header import DEFAULT
from b2bsync.edi.edifact.release import released
from b2bsync.edi.envelope import Delimiters, GroupHeader, InterchangeHeader
from b2bsync.edi.standard import VERSIONS, X12, nearest, release

_IDENTIFIER = re.compile(r"[A-Z0-9]{4}").fullmatch
_SYNTAX = re.compile(r"[1-4]").fullmatch
_SPECIAL = re.compile(r"[!-/:-@\[-`{-~\x01-\x08\x0e-\x19\x1b-\x1f]").fullmatch
_RELEASE = re.compile(r"[0-9]{5}").fullmatch
_VERSION = re.compile(r"[A-Z0-9]{1,12}").fullmatch
NOBODY = "00"
"""Stands for a group's sender or receiver that has no name."""


def delimiters(header: InterchangeHeader, ours: Delimiters | None) -> Delimiters:
    """Those that the answer to an interchange is written with: ours, or its own where they can be."""
    own = header.delimiters
    default = Delimiters() if header.standard == X12 else DEFAULT
    if ours is None and own.component == "" and header.standard == X12:  # ISA16 may be empty, ours needs one
        free = next((c for c in ">:^|" if c not in (own.segment, own.element, own.repetition)), ">")
        own = Delimiters(own.segment, own.element, free, own.repetition)
    if ours is not None and ours.repetition is None and own.repetition and header.standard == X12:
        ours = _repeating(ours, own.repetition)
    for d in (ours, own):
        if d is not None and _usable(d, header.standard):
            return msgspec.structs.replace(d, release=None) if header.standard == X12 else d
    return default


def _repeating(ours: Delimiters, theirs: str) -> Delimiters:
    """With a repetition separator, which ISA11 has to be from 00402 on: theirs, or one that ours leave free."""
    used = (ours.segment, ours.element, ours.component)
    free = next(c for c in (theirs, *"^|!%") if _SPECIAL(c) and c not in used)
    return msgspec.structs.replace(ours, repetition=free)


def _usable(d: Delimiters, standard: str) -> bool:
    said = [d.element, d.component, *([d.repetition] if d.repetition else [])]
    said += [d.release or ""] if standard != X12 else []
    good = all(map(_SPECIAL, said)) and bool(_SPECIAL(d.segment) or d.segment in ("\r", "\n"))
    return good and len({d.segment, *said}) == len(said) + 1


def line(row: Sequence[edifact.Element], d: Delimiters, suffix: str) -> str:
    """A segment: released in EDIFACT, empty elements and components at the end left out."""
    parts = []
    for element in row:
        if isinstance(element, str):
            parts.append(released(element, d) if d.release and element else element)
        else:
            parts.append(_joined(d.component, [released(value, d) if d.release else value for value in element]))
    while len(parts) > 1 and not parts[-1]:
        parts.pop()
    return d.element.join(parts) + d.segment + suffix


def _joined(separator: str, values: Iterable[str]) -> str:
    kept = list(values)
    while len(kept) > 1 and not kept[-1]:
        kept.pop()
    return separator.join(kept)


# X12


def version(group: GroupHeader, interchange: InterchangeHeader, d: Delimiters) -> str:
    """GS08 of the answer to a group: its own, or what ISA12 says where it has none that is one."""
    for said in (group.version, interchange.version + "0"):
        if _VERSION(said) and nearest(said) and release(said)[0] == "0" and not set(said) & set(_all(d)):
            return said
    return VERSIONS[0]


def isa(header: InterchangeHeader, number: str, now: datetime, d: Delimiters) -> list[str]:
    """ISA of the answer; its elements have their fixed widths. It asks for no TA1."""
    version = header.version if _RELEASE(header.version) else "00401"
    parties = [
        part
        for party in (header.receiver, header.sender)
        for part in (party.qualifier if len(party.qualifier) == 2 else "ZZ", _plain(party.id, d)[:15].ljust(15))
    ]
    return [
        "ISA", "00", " " * 10, "00", " " * 10, *parties, f"{now:%y%m%d}", f"{now:%H%M}",
        (d.repetition if version >= "00402" else None) or "U", version,
        number.zfill(9), "0", header.usage if header.usage in ("P", "T", "I") else "P", d.component,
    ]  # fmt: skip


def gs(
    group: GroupHeader, interchange: InterchangeHeader, number: str, now: datetime, version: str, d: Delimiters
) -> list[str]:
    """GS of the answer to a group. Before 004010 years have two digits."""
    sender, receiver = (
        next((said for name in names if len(said := _plain(name, d)) > 1), NOBODY)[:15]
        for names in ((group.receiver, interchange.receiver.id), (group.sender, interchange.sender.id))
    )
    day = f"{now:%y%m%d}" if release(version) < "004010" else f"{now:%Y%m%d}"
    return ["GS", "FA", sender, receiver, day, f"{now:%H%M}", number, "X", version]


def _plain(value: str, d: Delimiters) -> str:
    return "".join(c for c in value if c.isprintable() and c not in _all(d)).strip()


def _all(d: Delimiters) -> str:
    return d.segment + d.element + d.component + (d.repetition or "")


# EDIFACT


def syntax(header: InterchangeHeader) -> tuple[str, str]:
    """Syntax identifier and version of the answer: those received."""
    identifier, _, version = header.version.partition(":")
    return identifier if _IDENTIFIER(identifier) else "UNOC", version if _SYNTAX(version) else "3"


def una(d: Delimiters, version: str) -> str:
    """UNA, where the delimiters are others than those that hold without it."""
    plain = Delimiters("'", "+", ":", "*" if version == "4" else None, "?", d.decimal)
    if d == plain and d.decimal == ".":
        return ""
    return f"UNA{d.component}{d.element}{d.decimal}{d.release}{d.repetition or ' '}{d.segment}"


def unb(header: InterchangeHeader, number: str, now: datetime) -> edifact.Row:
    """UNB of the answer. It asks for no CONTRL."""
    identifier, version = syntax(header)
    sender, receiver = (
        (edifact.name(party.id, 35), edifact.name(party.qualifier, 4, "")) for party in (header.receiver, header.sender)
    )
    day = f"{now:%Y%m%d}" if version == "4" else f"{now:%y%m%d}"
    test = [*[""] * 5, "1"] if header.usage == "T" else []
    return ["UNB", (identifier, version), sender, receiver, (day, f"{now:%H%M}"), number, *test]


def unh(header: InterchangeHeader) -> edifact.Row:
    """UNH of CONTRL in the syntax version received."""
    return ["UNH", "1", ("CONTRL", *(("4", "1") if syntax(header)[1] == "4" else ("D", "3")), "UN")]
