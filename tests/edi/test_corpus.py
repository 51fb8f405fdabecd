"""Other people's files, where they lie beside the checkout: no crash, and what a careful reader finds in them.

The files are not part of this repository; without them there is nothing to run here.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from b2bsync.edi.inspection import InspectedMessage, Inspection, inspect
from b2bsync.vocabulary.findings import Severity

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"

READ_OTHERWISE = {
    # ISA16 is left out and all but one line end in ~ and a line break: ~ is the terminator here, the line break there.
    "x12/indice-co__EDI.Net/test__indice.Edi.Tests__Samples__x12.850.issue135.edi",
    # Groups without an interchange: an interchange without header here, none there.
    "x12/walmartlabs__gozer/src__test__resources__x12.missing.ISA.txt",
    # Sets outside of any group are counted there, but not listed.
    "x12/walmartlabs__gozer/src__test__resources__x12.wrong.GS.txt",
}

DIRECTORIES = {f"edifact-{name}": name.upper() for name in ("d93a", "d96a", "d97a", "d01b")}
FACTS = {"x12-004010": "004010", "x12-005010": "005010", **DIRECTORIES}

KINDS = {
    "envelope": {"segment-count-wrong", "control-number-differs", "set-trailer-missing"},
    "structure": {
        "mandatory-segment-missing", "mandatory-loop-missing", "segment-unknown", "segment-unexpected",
        "segment-not-in-set", "segment-out-of-order", "loop-too-often", "segment-too-often", "set-trailer-missing",
    },
    "mandatory": {"mandatory-element-missing", "mandatory-component-missing"},
    "count": {"too-many-elements", "repetition-too-often"},
    "length": {"element-too-short", "element-too-long", "date-without-century", "date-invalid", "number-invalid"},
}  # fmt: skip


def files() -> list[tuple[str, dict[str, Any]]]:
    if not CORPUS.is_dir():
        return []
    expected = json.loads((CORPUS / "expected.json").read_text(encoding="utf-8"))["files"]
    return sorted((name, entry) for name, entry in expected.items() if entry["standard"] in ("X12", "EDIFACT"))


FILES = files()


def messages_of(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """The messages that are expected, in groups or not, in the order in which they are listed."""
    return [
        message
        for each in entry["interchanges"]
        for message in [*(m for group in each.get("groups", []) for m in group["messages"]), *each.get("messages", [])]
    ]


def messages_in(found: Inspection) -> list[InspectedMessage]:
    groups = [group for each in found.interchanges for group in each.groups]
    grouped = [m for group in groups if group.code for m in group.messages]
    return grouped + [m for group in groups if not group.code for m in group.messages]


if FILES:  # an empty list of parameters would be reported as a skipped test

    @pytest.mark.parametrize(("name", "entry"), FILES, ids=[name for name, _ in FILES])
    def test_a_file(name: str, entry: dict[str, Any]) -> None:
        found = inspect([(CORPUS / name).read_bytes()])
        if entry["sure"] == "low" or name in READ_OTHERWISE:
            return
        assert found.readable
        assert found.standard == entry["standard"]
        groups = [group for each in found.interchanges for group in each.groups]
        assert {
            "interchanges": len(found.interchanges),
            "groups": sum(group.code is not None or group.control_number is not None for group in groups),
            "messages": sum(len(group.messages) for group in groups),
            "segments": found.segments,
        } == entry["counts"]
        for each, wanted in zip(found.interchanges, entry["interchanges"], strict=True):
            d = each.delimiters
            said = [d.element, d.component, d.segment]
            said += [d.release or "", d.repetition or "", d.decimal] if d.release else [d.repetition]  # type: ignore[list-item]
            assert said == wanted["delimiters"]
        assert [(m.type, m.control_number, m.segments) for m in messages_in(found)] == [
            (m["type"], m["control"], m["segments"]) for m in messages_of(entry)
        ]

    @pytest.mark.parametrize(
        ("name", "entry"),
        [(name, entry) for name, entry in FILES if entry["sure"] != "low" and entry["counts"]["messages"] == 1],
    )
    def test_what_is_wrong_with_a_single_message(name: str, entry: dict[str, Any]) -> None:
        """The kinds of finding, not each one: a message that breaks the structure may be explained in several ways."""
        (message,) = messages_of(entry)
        if message["facts"] not in FACTS:
            return
        found = inspect([(CORPUS / name).read_bytes()])
        ours = {p.code for p in found.problems if p.segment is not None and p.severity is not Severity.WARNING}
        warned = {p.code for p in found.problems if p.segment is not None}
        for kind, codes in KINDS.items():
            if kind in message["findings"]:
                assert warned & codes, f"{kind}: {message['first']}"
            elif kind not in ("length", "structure", "envelope"):
                assert not ours & codes, f"{kind}: {[str(p) for p in found.problems]}"
