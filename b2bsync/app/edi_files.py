"""EDI files by themselves, without a workspace: what ``b2bsync edi`` shows of them."""

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from itertools import chain, pairwise
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from b2bsync.edi import CodecError, Identity, grammar
from b2bsync.edi.answers import Policy, Reject, answer_file
from b2bsync.edi.formatting import Formatted, formatted
from b2bsync.edi.guides import Guide, Guides, load, sample
from b2bsync.edi.inspection import MOST_PROBLEMS, Inspection, as_json, chunks_of, inspect
from b2bsync.edi.standard import DIRECTORIES, VERSIONS, X12, nearest
from b2bsync.edi.writing.x12 import Group, X12Sending, write_x12
from b2bsync.vocabulary.findings import Finding, Severity
from b2bsync.vocabulary.settings import near

__all__ = [
    "MOST_PROBLEMS",
    "Answered",
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

SERVICE = ("UN3", "UN4")
"""The service messages of EDIFACT's syntax versions before 4, and of 4."""

LOOKED_FOR = ("004010", "D96A", "005010", "D01B", "D97A", "D93A", *SERVICE)
"""Where a type is looked for that comes without a version; the first that has it counts."""


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


class Answered(NamedTuple):
    """The acknowledgements of a file, empty where nothing in it is acknowledged, and what is odd about them."""

    data: bytes
    notes: tuple[str, ...] = ()


def answered(path: Path, reject: Reject, functional: Functional, number: int) -> Answered:
    """The acknowledgements of a file; ``-`` is the standard input.

    ``functional``: for X12 of 005010; older groups get a 997. ``number``: the first control number that they get.
    Raises OSError, CodecError, also where what the file begins with stands in no interchange, ValueError.
    """
    policy = Policy(reject=reject, functional=functional.value)
    with sys.stdin.buffer if str(path) == "-" else path.open("rb") as file:
        chunks = chunks_of(file)
        begin = next(chunks, b"")
        try:
            data = b"".join(answer_file(chain([begin], chunks), policy, control_number=number))
        except CodecError as error:
            raise _unanswerable(begin) or error from None
    if not data and (wrong := _unanswerable(begin)):
        raise wrong
    return Answered(data, tuple(_notes(data, functional)))


def _unanswerable(begin: bytes) -> CodecError | None:
    """Where a file, by its beginning, has no interchange header to which an answer could go back."""
    found = inspect([begin])
    first = found.interchanges[0] if found.interchanges else None
    if first is None or first.control_number or first.sender.id or first.receiver.id:
        return None
    header, what = ("ISA", "groups or sets") if found.standard == X12 else ("UNB", "messages")
    message = f"there is no {header} to answer: the {what} stand outside of an interchange"
    return _refused("interchange-header-missing", message)


def _notes(data: bytes, functional: Functional) -> Iterator[str]:
    """What somebody may not expect of these acknowledgements."""
    found = inspect([data])
    groups = [group for each in found.interchanges for group in each.groups]
    types = {message.type for group in groups for message in group.messages}
    if functional is Functional.IA999 and "CONTRL" in types:
        yield "999 is of X12 from 005010 on; EDIFACT is answered with a CONTRL"
    if functional is Functional.IA999 and "997" in types:
        yield "999 exists from 005010 on; older groups are answered with a 997"
    numbers = [each.control_number for each in found.interchanges]
    for drawn in (numbers, [group.control_number for group in groups]):
        if any(int(a) > int(b) for a, b in pairwise(drawn) if a and b and a.isdigit() and b.isdigit()):
            yield "behind 999999999 control numbers begin anew at 1"
            return


def normalised(path: Path) -> Formatted:
    """A file with one segment on a line, and what was changed for it. Raises OSError, CodecError."""
    return formatted(sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes())


def sampled(type: str, version: str | None, guide: Guide | None, complete: bool) -> bytes:
    """A test interchange with one message of a type that the standard, and the guide, find nothing wrong with.

    Raises CodecError, for an unknown type or version, with what is near, or a guide that does not fit.
    """
    release = version or (guide.version if guide else _version_of(type))
    if guide is not None and not guide.fits(release, type):
        raise _refused("guide-unfit", f"the guide {guide.name} is for {guide.type} of {guide.version}")
    _check(release, type)
    text = sample(release, type, guide, complete=complete)
    now = datetime.now(UTC)
    if text.startswith("UNH"):
        syntax, day = ("4", f"{now:%Y%m%d}") if nearest(release) == "UN4" else ("3", f"{now:%y%m%d}")
        header = f"UNB+UNOC:{syntax}+SENDER+RECEIVER+{day}:{now:%H%M}+1++++++1'\n"
        return f"{header}{text.rstrip()}\nUNZ+1+1'\n".encode("latin-1")
    sending = X12Sending(
        sender=Identity("ZZ", "SENDER"), receiver=Identity("ZZ", "RECEIVER"), application_sender="SENDER",
        application_receiver="RECEIVER", usage="T", version=release,
        interchange_version=f"{release[:3]}{release[3:5]}" if release < "005" else "00501",
    )  # fmt: skip
    group = Group(1, [text.encode()], grammar(release).message(type).group)
    return b"".join(write_x12(sending, 1, [group], now))


def _version_of(type: str) -> str:
    found = _having(type)
    if found:
        return found[0]
    known = [other for version in (*VERSIONS, *DIRECTORIES, *SERVICE) for other in grammar(version).types]
    raise _refused("set-unknown", f"no version has a set or message {type!r}", sorted(set(known)), type)


def _having(type: str) -> list[str]:
    return [version for version in LOOKED_FOR if type in grammar(version).types]


def _check(version: str, type: str) -> None:
    """Whether a version is known, and has a type."""
    facts = nearest(version)
    if facts is None:
        known = (*VERSIONS, *DIRECTORIES, *SERVICE)
        raise _refused("version-unknown", f"there are no facts for version {version!r}", known, version)
    if type not in grammar(facts).types:
        others = _having(type)
        message = f"{facts} has no {type!r}" + (f"; it is in {', '.join(others)}" if others else "")
        raise _refused("set-unknown", message, grammar(facts).types, "" if others else type)


def _refused(code: str, message: str, allowed: Sequence[str] = (), found: str = "") -> CodecError:
    """``found``: what was said, where something near it is to be advised."""
    advice = near(found, allowed) if found else ""
    message = f"{message}; {advice}" if advice else message
    return CodecError(Finding(severity=Severity.FATAL, code=code, message=message, allowed=", ".join(allowed) or None))


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
