"""Compile neutral standards facts into the package data of ``b2bsync.edi``.

    python tools/compile_facts.py STANDARDS_DIR [VERSION ...]

Reads ``x12-VERSION.json`` and writes ``b2bsync/edi/facts/x12-VERSION.json``. Only interface facts go in: structure,
element references, types, lengths, requirement and relations. No name and no description of the source is carried
over; code values only for the short closed lists in ``CODE_LISTS``, which the codec itself compares with.

Layout of the result, one line an entry so that a change can be read in a diff::

    {"standard": "X12", "version": "004010",
     "elements":   {REFERENCE: [TYPE, MINIMUM, MAXIMUM]},
     "codes":      {REFERENCE: "VALUE VALUE ..."},
     "composites": {ID: ["355M 1018 649", "P0304"]},
     "segments":   {TAG: ["353M 92M 324M 328 323M", "C0302 P0607"]},
     "messages":   {TYPE: [GROUP CODE, [item, ...]]}}
    item = [TAG, MANDATORY 0|1, MAXIMUM, 0 for unbounded]  or  [LOOP, MANDATORY, MAXIMUM, [item, ...]]

A reference ends in M (mandatory) or X (part of a relation); without a letter it is optional. A loop bears the tag of
the segment that opens it, which is its first item.
"""

import argparse
import json
from pathlib import Path
from typing import Any

TARGET = Path(__file__).resolve().parent.parent / "b2bsync" / "edi" / "facts"

CODE_LISTS = {
    "004010": [
        "92",  # kind of purchase order
        "353",  # purpose of a set
        "587",  # kind of acknowledgement
        "668",  # status of a line
        "736",  # whether a level has children
        "1005",  # hierarchical structure
        "715", "716", "717", "718", "720", "723",  # acknowledgement verdicts and notes
        "455",  # agency of a group
    ]
}  # fmt: skip


def uses(entries: list[list[Any]]) -> str:
    """``[["353", "M"], ["328", "O"]]`` as ``353M 328``."""
    for entry in entries:
        if len(entry) > 2 and entry[2] != 1:
            raise SystemExit(f"element {entry[0]} repeats; this layout has no place for that")
    return " ".join(reference + ("" if requirement == "O" else requirement) for reference, requirement, *_ in entries)


def items(source: list[Any]) -> list[Any]:
    """Structure entries in the layout above."""
    result: list[Any] = []
    for entry in source:
        if isinstance(entry, list):
            tag, requirement, maximum = entry
            result.append([tag, int(requirement == "M"), maximum or 0])
        else:
            inner = items(entry["items"])
            if inner[0][0] != entry["loop"]:
                raise SystemExit(f"loop {entry['loop']} does not begin with the segment it is named for")
            result.append([entry["loop"], int(entry["req"] == "M"), entry["max"] or 0, inner])
    tags = [entry[0] for entry in result]
    if len(set(tags)) != len(tags):
        raise SystemExit(f"a tag stands twice at one level: {tags}")
    return result


def compiled(source: dict[str, Any]) -> dict[str, Any]:
    """The whole of one version in the layout above."""
    return {
        "standard": source["standard"],
        "version": source["version"],
        "elements": {key: [e["type"], e["min"], e["max"]] for key, e in source["elements"].items()},
        "codes": {
            key: " ".join(sorted(source["elements"][key]["codes"])) for key in CODE_LISTS.get(source["version"], [])
        },
        "composites": {
            key: [uses(c["elements"]), " ".join(c.get("syntax", []))] for key, c in source["composites"].items()
        },
        "segments": {
            key: [uses(s["elements"]), " ".join(s.get("syntax", []))] for key, s in source["segments"].items()
        },
        "messages": {key: [m.get("group", ""), items(m["structure"])] for key, m in source["messages"].items()},
    }


def text(facts: dict[str, Any]) -> str:
    """JSON with one line an entry."""
    parts = []
    for key, value in facts.items():
        if isinstance(value, dict):
            entries = ",\n".join(
                f"{json.dumps(k)}:{json.dumps(v, separators=(',', ':'))}" for k, v in sorted(value.items())
            )
            parts.append(f"{json.dumps(key)}:{{\n{entries}\n}}")
        else:
            parts.append(f"{json.dumps(key)}:{json.dumps(value)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main() -> None:
    """Compile the versions named on the command line (004010 without any)."""
    parser = argparse.ArgumentParser(description="Compile standards facts into package data.")
    parser.add_argument("standards", type=Path, help="folder with x12-VERSION.json")
    parser.add_argument("versions", nargs="*", default=["004010"])
    arguments = parser.parse_args()
    TARGET.mkdir(parents=True, exist_ok=True)
    for version in arguments.versions:
        source = json.loads((arguments.standards / f"x12-{version}.json").read_text(encoding="utf-8"))
        target = TARGET / f"x12-{version}.json"
        target.write_text(text(compiled(source)), encoding="utf-8")
        print(f"{target}: {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
