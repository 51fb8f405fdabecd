"""The buyer's own X12: just enough of 004010 to order, to read what comes back and to acknowledge it.

A foreign party's program on purpose: it shares nothing with the supplier's codec, so that each checks the other.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

US, THEM, QUALIFIER = "ACMESTORES", "SUPPLIER", "ZZ"
VERSION = "004010"

Segment = list[str]


class Envelope(NamedTuple):
    """One functional group of an interchange that came in: its code, control numbers and transaction sets."""

    interchange: str
    usage: str
    code: str
    group: str
    sets: list[list[Segment]]


def interchange(code: str, sets: Sequence[Sequence[Segment]], control: int, now: datetime | None = None) -> bytes:
    """One interchange with one group; ``sets`` begin with the segment after ST, whose type follows from ``code``."""
    moment = now or datetime.now(UTC)
    kind = {"PO": "850", "FA": "997"}[code]
    isa = (
        f"ISA*00*{'':10}*00*{'':10}*{QUALIFIER}*{US:15}*{QUALIFIER}*{THEM:15}*{moment:%y%m%d}*{moment:%H%M}*U*00401"
        f"*{control:09d}*0*P*>"
    )
    out = [isa, f"GS*{code}*{US}*{THEM}*{moment:%Y%m%d}*{moment:%H%M}*{control}*X*{VERSION}"]
    for number, segments in enumerate(sets, start=1):
        out.append(f"ST*{kind}*{number:04d}")
        out += ["*".join(segment).rstrip("*") for segment in segments]
        out.append(f"SE*{len(segments) + 2}*{number:04d}")
    out += [f"GE*{len(sets)}*{control}", f"IEA*1*{control:09d}"]
    return "".join(line + "~\n" for line in out).encode("ascii")


def purchase_order(basket: dict[str, Any]) -> list[Segment]:
    """The 850 of a basket (see ``b2bsync.demo.basket``), without ST and SE."""
    compact = {key: basket[key].replace("-", "") for key in ("ordered", "requested")}
    segments = [
        ["BEG", "00", "SA", basket["number"], "", compact["ordered"]],
        ["CUR", "BY", basket["currency"]],
        ["REF", "DP", "042"],
        ["DTM", "002", compact["requested"]],
        ["N1", "BY", basket["sold_to"]["name"], "92", basket["sold_to"]["number"]],
        ["N1", "ST", basket["ship_to"]["name"], "92", basket["ship_to"]["number"]],
    ]
    for line in basket["lines"]:
        segments += [
            ["PO1", line["number"], line["quantity"], line["unit"], line["price"], "", line["qualifier"], line["item"]],
            ["PID", "F", "", "", "", line["text"]],
        ]
    return [*segments, ["CTT", str(len(basket["lines"]))]]


def acknowledgement(envelope: Envelope) -> list[Segment]:
    """A 997 that accepts every set of the group, without ST and SE."""
    count = str(len(envelope.sets))
    segments = [["AK1", envelope.code, envelope.group]]
    for each in envelope.sets:
        segments += [["AK2", each[0][1], each[0][2]], ["AK5", "A"]]
    return [*segments, ["AK9", "A", count, count, count]]


def opened(data: bytes) -> list[Envelope]:
    """The groups of the interchanges in ``data``. Raises ValueError when it is not X12, or counts do not agree."""
    text = data.decode("latin-1").lstrip()
    if not text.startswith("ISA") or len(text) < 106:
        raise ValueError("this is no X12 interchange")
    element, terminator = text[3], text[105]
    groups: list[Envelope] = []
    isa: Segment = []
    for raw in text.split(terminator):
        segment = raw.strip("\r\n").split(element)
        match segment[0]:
            case "":
                continue
            case "ISA":
                isa = segment
            case "GS":
                groups.append(Envelope(isa[13], isa[15], segment[1], segment[6], []))
            case "ST":
                groups[-1].sets.append([segment])
            case "GE":
                _agree("GE01", segment[1], len(groups[-1].sets))
            case "IEA":
                _agree("IEA02", segment[2], isa[13])
            case _:
                groups[-1].sets[-1].append(segment)
                if segment[0] == "SE":
                    _agree("SE01", segment[1], len(groups[-1].sets[-1]))
    return groups


def summary(segments: Sequence[Segment]) -> dict[str, Any]:
    """What a transaction set says, for the log: the numbers and lines a buyer looks at."""
    kind = segments[0][1]
    reader = {"997": _verdicts, "855": _answer, "856": _shipment, "810": _bill}.get(kind)
    return {"type": kind, **(reader(segments) if reader else {})}


def _verdicts(segments: Iterable[Segment]) -> dict[str, Any]:
    found: dict[str, Any] = {"sets": []}
    for segment in segments:
        if segment[0] == "AK1":
            found |= {"group_code": segment[1], "group": segment[2]}
        elif segment[0] == "AK5":
            found["sets"].append(segment[1])
        elif segment[0] == "AK9":
            found["verdict"] = segment[1]
    return found


def _answer(segments: Iterable[Segment]) -> dict[str, Any]:
    found: dict[str, Any] = {"lines": []}
    for segment in segments:
        if segment[0] == "BAK":
            found |= {"status": segment[2], "number": segment[3]}
        elif segment[0] == "PO1":
            found["lines"].append({"number": segment[1], "price": _at(segment, 4), "acks": []})
        elif segment[0] == "ACK":
            answer = {"status": segment[1], "quantity": _at(segment, 2), "date": _at(segment, 5)}
            found["lines"][-1]["acks"].append(answer)
    return found


def _shipment(segments: Iterable[Segment]) -> dict[str, Any]:
    found: dict[str, Any] = {"levels": "", "orders": [], "sscc": [], "lines": []}
    for segment in segments:
        if segment[0] == "BSN":
            found["number"] = segment[2]
        elif segment[0] == "HL":
            found["levels"] += segment[3]
        elif segment[0] == "PRF":
            found["orders"].append(segment[1])
        elif segment[0] == "MAN" and segment[1] == "GM":
            found["sscc"].append(segment[2])
        elif segment[0] == "SN1":
            found["lines"].append({"number": segment[1], "quantity": segment[2], "unit": segment[3]})
    return found


def _bill(segments: Iterable[Segment]) -> dict[str, Any]:
    found: dict[str, Any] = {"lines": []}
    for segment in segments:
        if segment[0] == "BIG":
            found |= {"number": segment[2], "order": _at(segment, 4)}
        elif segment[0] == "IT1":
            line = {"number": segment[1], "quantity": segment[2], "unit": segment[3], "price": segment[4]}
            found["lines"].append(line)
        elif segment[0] == "TDS":
            found["total_cents"] = segment[1]
    return found


def _at(segment: Segment, position: int) -> str:
    return segment[position] if len(segment) > position else ""


def _agree(where: str, said: str, counted: int | str) -> None:
    if said != str(counted):
        raise ValueError(f"{where} says {said}, but it is {counted}")
