"""EDI files by themselves, without a workspace: what ``b2bsync edi`` shows of them."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from b2bsync.edi import CodecError, Identity, grammar
from b2bsync.edi.answers import Policy, Reject, answer_file
from b2bsync.edi.formatting import Formatted, formatted
from b2bsync.edi.guides import Guide, Guides, load, sample
from b2bsync.edi.inspection import MOST_PROBLEMS, Inspection, as_json, chunks_of, inspect
from b2bsync.edi.writing.x12 import Group, X12Sending, write_x12

__all__ = [
    "MOST_PROBLEMS",
    "CodecError",
    "Formatted",
    "Functional",
    "Guide",
    "Inspection",
    "Reject",
    "answered",
    "guide_of",
    "inspected",
    "normalised",
    "sampled",
    "shown",
    "validated",
    "verdict",
]

NEWEST_FIRST = ("004010", "D96A", "005010", "D01B", "D97A", "D93A")
"""Where a type is looked for that comes without a version."""


def inspected(path: Path, guide: Guide | None = None) -> Inspection:
    """What a file holds and what is wrong with it; ``-`` is the standard input. Raises OSError."""
    if str(path) == "-":
        return inspect(chunks_of(sys.stdin.buffer), guide=guide)
    with path.open("rb") as file:
        return inspect(chunks_of(file), guide=guide)


def guide_of(name: str, folders: Sequence[Path]) -> Guide:
    """A guide by its file, or by its name in one of the folders. Raises SettingsError with all that is wrong."""
    return load(Path(name), folders) if name.endswith(".toml") else Guides(folders).get(name)


class Functional(StrEnum):
    """The set that acknowledges X12 groups."""

    FA997 = "997"
    IA999 = "999"


def answered(path: Path, reject: Reject, functional: Functional, number: int, out: BinaryIO) -> int:
    """Write the acknowledgements of a file; returns their bytes, 0 where nothing in it is acknowledged.

    ``functional``: for X12 of 005010; older groups get a 997. ``number``: the first control number that they get.
    Raises OSError, CodecError, ValueError.
    """
    written = 0
    with sys.stdin.buffer if str(path) == "-" else path.open("rb") as file:
        policy = Policy(reject=reject, functional=functional.value)
        for piece in answer_file(chunks_of(file), policy, control_number=number):
            written += out.write(piece)
    return written


def normalised(path: Path) -> Formatted:
    """A file with one segment on a line, and what was changed for it. Raises OSError, CodecError."""
    return formatted(sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes())


def sampled(type: str, version: str | None, guide: Guide | None, complete: bool) -> bytes:
    """A test interchange with one message of a type that the standard, and the guide, find nothing wrong with.

    Raises CodecError, for an unknown type or a guide that does not fit.
    """
    release = version or (guide.version if guide else _version_of(type))
    text = sample(release, type, guide, complete=complete)
    now = datetime.now(UTC)
    if text.startswith("UNH"):
        header = f"UNB+UNOC:3+SENDER+RECEIVER+{now:%y%m%d}:{now:%H%M}+1++++++1'\n"
        return f"{header}{text.rstrip()}\nUNZ+1+1'\n".encode("latin-1")
    sending = X12Sending(
        sender=Identity("ZZ", "SENDER"), receiver=Identity("ZZ", "RECEIVER"), application_sender="SENDER",
        application_receiver="RECEIVER", usage="T", version=release,
        interchange_version=f"{release[:3]}{release[3:5]}" if release < "005" else "00501",
    )  # fmt: skip
    group = Group(1, [text.encode()], grammar(release).message(type).group)
    return b"".join(write_x12(sending, 1, [group], now))


def _version_of(type: str) -> str:
    return next((v for v in NEWEST_FIRST if type in grammar(v).types), NEWEST_FIRST[0])


def shown(found: Inspection) -> str:
    """One line of JSON, in the shape of ``edi inspect --json``."""
    return msgspec.json.encode(as_json(found)).decode()


def verdict(found: Inspection) -> str:
    """``unreadable``, ``errors``, ``warnings`` or ``clean``."""
    if not found.readable:
        return "unreadable"
    return "errors" if found.errors else "warnings" if found.warnings else "clean"


def validated(path: Path, found: Inspection) -> str:
    """One line of JSON, in the shape of ``edi validate --json``."""
    said: dict[str, Any] = {"file": str(path), "verdict": verdict(found), **as_json(found)}
    return msgspec.json.encode(said).decode()
