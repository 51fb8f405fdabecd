"""What a file holds and what is wrong with it, as one value: interchanges, groups, messages, problems."""

from collections.abc import Iterable, Iterator
from math import inf
from typing import Any

import msgspec

from b2bsync.edi.envelope import (
    Delimiters,
    GroupEnd,
    GroupStart,
    Identity,
    InterchangeAck,
    InterchangeEnd,
    InterchangeStart,
    Problem,
    TransactionCut,
    TransactionDropped,
)
from b2bsync.edi.errors import Unreadable
from b2bsync.edi.guides import Guide, GuideWatch
from b2bsync.edi.judge import judge_cut
from b2bsync.edi.scanner import scan
from b2bsync.vocabulary.findings import Finding, Severity
from b2bsync.vocabulary.verdicts import Verdict

MOST_PROBLEMS = 1000
"""Problems that are kept of one file; all are counted."""


class InspectedMessage(msgspec.Struct, kw_only=True):
    """A transaction set or message. ``segments``: from ST to SE, or UNH to UNT, both counted."""

    type: str
    version: str
    control_number: str
    segments: int
    verdict: Verdict


class InspectedGroup(msgspec.Struct, kw_only=True):
    """A functional group; all is None for messages that stand in none."""

    code: str | None
    version: str | None
    control_number: str | None
    messages: list[InspectedMessage]


class InspectedInterchange(msgspec.Struct, kw_only=True):
    """An interchange; sender, receiver and control number are empty for what stands in none."""

    sender: Identity
    receiver: Identity
    control_number: str
    test: bool
    delimiters: Delimiters
    groups: list[InspectedGroup]


class Inspection(msgspec.Struct, kw_only=True):
    """A file. ``standard`` is X12, EDIFACT or None where it is neither; ``segments`` are those of all interchanges,
    their headers and trailers counted, UNA and empty segments not. ``problems`` are the first ``MOST_PROBLEMS``;
    ``errors`` and ``warnings`` count all, ``fatal`` those errors of which nothing could be made."""

    standard: str | None = None
    interchanges: list[InspectedInterchange] = msgspec.field(default_factory=list)
    segments: int = 0
    problems: list[Finding] = msgspec.field(default_factory=list)
    errors: int = 0
    warnings: int = 0
    fatal: int = 0

    @property
    def readable(self) -> bool:
        return self.standard is not None

    def _note(self, findings: Iterable[Finding]) -> None:
        """Findings of one event, in the order of the file."""
        for finding in sorted(findings, key=_place):
            if finding.severity is Severity.WARNING:
                self.warnings += 1
            else:
                self.errors += 1
                self.fatal += finding.severity is Severity.FATAL
            if len(self.problems) < MOST_PROBLEMS:
                self.problems.append(finding)


def inspect(chunks: Iterable[bytes], *, limit: int = 64 << 20, guide: Guide | None = None) -> Inspection:
    """Read and judge everything in a stream of bytes. Never raises for what is in it.

    Groups and messages that stand in no interchange are read, too. ``limit``: most bytes of one message. ``guide``:
    judges the messages of its type, on top of the standard.
    """
    found = Inspection()
    watch = GuideWatch(guide) if guide else None
    try:
        for event in scan(chunks, limit=limit, bare=True):
            _take(found, event, watch)
    except Unreadable as error:
        found._note([error.finding])
    return found


def _take(found: Inspection, event: Any, watch: GuideWatch | None) -> None:
    match event:
        case InterchangeStart(header=header):
            found.standard = header.standard
            found.interchanges.append(
                InspectedInterchange(
                    sender=header.sender,
                    receiver=header.receiver,
                    control_number=header.control_number,
                    test=header.usage == "T",
                    delimiters=header.delimiters,
                    groups=[],
                )
            )
            found._note(event.findings)
        case GroupStart(header=group):
            groups = found.interchanges[-1].groups
            if group.code or group.control_number:
                said = group.code or None, group.version or None, group.control_number or None
            else:
                said = None, None, None
            loose = next((g for g in groups if g.code is None and g.control_number is None), None)
            if said[0] is None and said[2] is None and loose is not None:
                groups.append(groups.pop(groups.index(loose)))  # what stands in no group is one, wherever it stands
            else:
                groups.append(InspectedGroup(code=said[0], version=said[1], control_number=said[2], messages=[]))
            found._note(event.findings)
        case TransactionCut():
            read = judge_cut(event, watch)
            _add(found, event, event.segments, read.verdict)
            found._note(read.findings)
        case TransactionDropped():
            _add(found, event, 0, Verdict.REJECTED)
            found._note([event.finding])
        case GroupEnd():
            found._note(event.findings)
        case InterchangeEnd():
            found.segments += event.segments
            found._note(event.findings)
        case Problem():
            found._note([event.finding])
        case InterchangeAck():
            pass


def _place(finding: Finding) -> float:
    """Where it stands in the file; what stands nowhere (that there is more than was kept) comes last."""
    return finding.offset if finding.offset is not None else inf


def _add(found: Inspection, event: TransactionCut | TransactionDropped, segments: int, verdict: Verdict) -> None:
    version = event.version if isinstance(event, TransactionCut) else event.group.version
    found.interchanges[-1].groups[-1].messages.append(
        InspectedMessage(
            type=event.type,
            version=version,
            control_number=event.control_number,
            segments=segments,
            verdict=verdict,
        )
    )


def as_json(found: Inspection) -> dict[str, Any]:
    """The shape that ``b2bsync edi inspect --json`` prints, with plain values."""
    return {
        "standard": found.standard,
        "interchanges": [
            {
                "sender": msgspec.to_builtins(each.sender),
                "receiver": msgspec.to_builtins(each.receiver),
                "control_number": each.control_number,
                "test": each.test,
                "delimiters": delimiters_json(each.delimiters),
                "groups": msgspec.to_builtins(each.groups),
            }
            for each in found.interchanges
        ],
        "segments": found.segments,
        "problems": [problem_json(finding) for finding in found.problems],
    }


def delimiters_json(d: Delimiters) -> dict[str, str | None]:
    """All of them by name; what there is not is null."""
    return {
        "segment": d.segment,
        "element": d.element,
        "component": d.component or None,
        "repetition": d.repetition,
        "release": d.release,
        "decimal": d.decimal,
    }


PROBLEM = ("severity", "code", "message", "segment", "tag", "element", "component", "offset", "value", "allowed")


def problem_json(finding: Finding) -> dict[str, Any]:
    """A finding with every key of the shape, and where it has one its loop and the note of the standard's list."""
    said = {name: getattr(finding, name) for name in PROBLEM}
    return {**said, "severity": str(finding.severity), "loop": finding.loop, "ack_code": finding.ack_code}


def chunks_of(file: Any, size: int = 64 * 1024) -> Iterator[bytes]:
    """The bytes of an open file in pieces."""
    while chunk := file.read(size):
        yield chunk
