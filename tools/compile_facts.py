"""Compile neutral standards facts into the package data of ``b2bsync.edi``.

    python tools/compile_facts.py STANDARDS_DIR [FILE ...]

Reads ``x12-VERSION.json``, ``edifact-DIRECTORY.json`` and ``edifact-service.json`` and writes files of the same name
to ``b2bsync/edi/facts``; the service segments become one file for each syntax version, ``edifact-un3.json`` and
``edifact-un4.json``. Only interface facts go in: structure, element references, types, lengths, requirement and
relations. No name and no description of the source is carried over; of X12 code values only those of the short closed
lists in ``X12_CODES``, which the codec itself compares with.

Layout of the result, one line an entry so that a change can be read in a diff::

    {"standard": "X12", "version": "004010",
     "elements":   {REFERENCE: [TYPE, MINIMUM, MAXIMUM]},
     "codes":      {REFERENCE: "VALUE VALUE ..."},
     "composites": {ID: ["355M 1018 649", "P0304"]},
     "segments":   {TAG: ["353M 92M 324M 328 C998M*10", "C0302 P0607"]},
     "messages":   {TYPE: [GROUP CODE, [item, ...]]}}
    item = [TAG, MANDATORY 0|1, MAXIMUM, 0 for unbounded]  or  [LOOP, MANDATORY, MAXIMUM, [item, ...]]

A reference ends in M (mandatory) or X (part of a relation), without a letter it is optional; ``*10`` says how often one
position may stand. A relation in small letters was carried over from another version and is a warning at most. A loop
begins with the segment that opens it. In X12 it bears that segment's tag, and ``N1_2`` where another loop at its level
does; in EDIFACT it is a numbered group, ``SG2``. Every directory has the service segments that stand in a message.
"""

import argparse
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

TARGET = Path(__file__).resolve().parent.parent / "b2bsync" / "edi" / "facts"

FILES = ("x12-004010", "x12-005010", "edifact-d93a", "edifact-d96a", "edifact-d97a", "edifact-d01b", "edifact-service")

X12_CODES = (
    "92",  # kind of purchase order
    "353",  # purpose of a set
    "587",  # kind of acknowledgement
    "668",  # status of a line
    "736",  # whether a level has children
    "1005",  # hierarchical structure
    "618", "620", "621", "715", "716", "717", "718", "720", "723",  # acknowledgement verdicts and notes
    "455",  # agency of a group
)  # fmt: skip

IN_MESSAGES = ("UNH", "UNS", "UNT")


def uses(entries: list[list[Any]]) -> str:
    """``[["353", "M"], ["328", "O"]]`` as ``353M 328``."""
    return " ".join(
        reference
        + ("" if requirement in "OC" else requirement)
        + (f"*{repeat[0]}" if repeat and repeat[0] != 1 else "")
        for reference, requirement, *repeat in entries
    )


def relations(entry: dict[str, Any]) -> str:
    """The relations of a segment or composite; in small letters where another version said them."""
    said = " ".join(entry.get("syntax", []))
    return said.lower() if entry.get("syntax_from", "").startswith("carried") else said


def items(source: list[Any]) -> list[Any]:
    """Structure entries in the layout above."""
    result: list[Any] = []
    loops: set[str] = set()
    for entry in source:
        if isinstance(entry, list):
            tag, requirement, maximum = entry
            result.append([tag, int(requirement == "M"), maximum or 0])
            continue
        inner = items(entry["items"])
        name = entry.get("loop") or entry["group"]
        if len(inner[0]) != 3 or ("loop" in entry and inner[0][0] != name):
            raise SystemExit(f"loop {name} does not begin with the segment it is named for")
        if name in loops:
            name += "_2"
        if name in loops:
            raise SystemExit(f"loop {name} stands more than twice at one level")
        loops.add(name)
        result.append([name, int(entry["req"] == "M"), entry["max"] or 0, inner])
    for one, other in pairwise(result):
        if len(one) == len(other) == 3 and one[0] == other[0]:
            raise SystemExit(f"segment {one[0]} stands twice in a row")
    return result


def compiled(source: dict[str, Any], service: dict[str, Any] | None = None) -> dict[str, Any]:
    """One version in the layout above; ``service``: the facts that lend an EDIFACT directory its service segments."""
    elements, composites = dict(source["elements"]), dict(source["composites"])
    segments = dict(source["segments"])
    if service is not None:
        for tag in IN_MESSAGES:
            segments[tag] = service["segments"][tag]
        elements = {**service["elements"], **elements}
        composites = {**service["composites"], **composites}
    wanted = source["elements"] if source["standard"] == "EDIFACT" else X12_CODES
    return {
        "standard": source["standard"],
        "version": source["version"],
        "elements": {key: [e["type"], e["min"], e["max"]] for key, e in elements.items()},
        "codes": {
            key: " ".join(sorted(elements[key]["codes"])) for key in wanted if elements.get(key, {}).get("codes")
        },
        "composites": {key: [uses(c["elements"]), relations(c)] for key, c in composites.items()},
        "segments": {key: [uses(s["elements"]), relations(s)] for key, s in segments.items()},
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


def files(folder: Path, name: str) -> dict[str, dict[str, Any]]:
    """What becomes of one file of the source: facts by the name of the target."""
    source = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    if name == "edifact-service":
        return {
            f"edifact-un{n}": compiled({"standard": "EDIFACT", "version": f"UN{n}", **source[f"v{n}"]}) for n in (3, 4)
        }
    if source["standard"] == "X12":
        return {name: compiled(source)}
    service = json.loads((folder / "edifact-service.json").read_text(encoding="utf-8"))
    return {name: compiled(source, service["v4"])}


def main() -> None:
    """Compile the files named on the command line, all of them without any."""
    parser = argparse.ArgumentParser(description="Compile standards facts into package data.")
    parser.add_argument("standards", type=Path, help="folder with x12-VERSION.json and edifact-DIRECTORY.json")
    parser.add_argument("files", nargs="*", default=FILES, help=f"some of {', '.join(FILES)}")
    arguments = parser.parse_args()
    TARGET.mkdir(parents=True, exist_ok=True)
    for name in arguments.files:
        for made, facts in files(arguments.standards, name).items():
            target = TARGET / f"{made}.json"
            target.write_text(text(facts), encoding="utf-8")
            print(f"{target}: {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
