"""Other people's files, where they lie beside the checkout: no crash, and the counts that a careful reader finds.

The files are not part of this repository; without them there is nothing to run here.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from b2bsync.edi import GroupStart, InterchangeStart, TransactionCut, Unreadable, read_set, scan
from b2bsync.vocabulary.findings import Severity

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"


def files() -> list[tuple[str, dict[str, Any]]]:
    if not CORPUS.is_dir():
        return []
    expected = json.loads((CORPUS / "expected.json").read_text(encoding="utf-8"))["files"]
    return sorted((name, entry) for name, entry in expected.items() if entry["standard"] == "X12")


CONTENT = {"structure", "mandatory", "count", "length"}
"""The kinds of finding that the expectations were computed for; ``type``, ``relation`` and ``code`` were not judged."""


FILES = files()

if FILES:  # an empty list of parameters would be reported as a skipped test

    @pytest.mark.parametrize(("name", "entry"), FILES, ids=[name for name, _ in FILES])
    def test_a_file(name: str, entry: dict[str, Any]) -> None:
        data = (CORPUS / name).read_bytes()
        interchanges, groups, cuts = [], [], []
        try:
            for event in scan([data]):
                if isinstance(event, InterchangeStart):
                    interchanges.append(event)
                elif isinstance(event, GroupStart) and event.header.code:
                    groups.append(event)
                elif isinstance(event, TransactionCut):
                    cuts.append(event)
        except Unreadable:
            # bare groups without an interchange, and delimiters that are not distinct, are refused on purpose
            assert entry["counts"]["interchanges"] == 0 or entry["sure"] == "low"
            return
        read = [read_set(c.raw, c.interchange.delimiters, c.group.version, start=c.start) for c in cuts]
        if entry["sure"] == "low":
            return
        counts = entry["counts"]
        assert [len(interchanges), len(groups), len(cuts)] == [
            counts["interchanges"],
            counts["groups"],
            counts["messages"],
        ]
        if any(not event.header.delimiters.component for event in interchanges):
            return  # where ISA16 is left out, the expectation takes the terminator for it and reads other segments
        assert [
            [d.element, d.component, d.segment, d.repetition]
            for d in (event.header.delimiters for event in interchanges)
        ] == [each["delimiters"] for each in entry["interchanges"]]
        messages = [m for each in entry["interchanges"] for group in each["groups"] for m in group["messages"]]
        if len(messages) != len(cuts):
            return  # sets outside of any group are counted there, but not listed
        assert [cut.segments for cut in cuts] == [message["segments"] for message in messages]
        for result, message in zip(read, messages, strict=True):
            if message["facts"] == "x12-004010" and CONTENT & message["findings"].keys():
                assert any(finding.severity is not Severity.WARNING for finding in result.findings)
            elif message["facts"] == "x12-004010" and message["findings"] == {} and message["declared"] is not None:
                assert [str(f) for f in result.findings if f.severity is not Severity.WARNING] == []
