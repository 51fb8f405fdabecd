"""The buyers' own X12: what they write. What they read is read by the demonstration's buyer, no codec of ours."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from b2bsync.demo.buyer.paper import Envelope, Segment, opened, summary

__all__ = ["Envelope", "acknowledgement", "interchange", "opened", "purchase_order", "summary"]


def interchange(buyer: str, code: str, type: str, sets: Sequence[Sequence[Segment]], control: int) -> bytes:
    """One interchange with one group of transaction sets, each without ST and SE."""
    now = datetime.now(UTC)
    lines = [
        f"ISA*00*{'':10}*00*{'':10}*ZZ*{buyer:15}*ZZ*{'SUPPLIER':15}*{now:%y%m%d}*{now:%H%M}*U*00401*{control:09d}*0*P*>",
        f"GS*{code}*{buyer}*SUPPLIER*{now:%Y%m%d}*{now:%H%M}*{control}*X*004010",
    ]
    for number, segments in enumerate(sets, start=1):
        lines.append(f"ST*{type}*{number:04d}")
        lines += ["*".join(segment) for segment in segments]
        lines.append(f"SE*{len(segments) + 2}*{number:04d}")
    lines += [f"GE*{len(sets)}*{control}", f"IEA*1*{control:09d}"]
    return "".join(line + "~\n" for line in lines).encode("ascii")


def purchase_order(number: str, customer: str, lines: Sequence[tuple[str, int]], price: str) -> list[Segment]:
    """An 850 of (item, pieces) lines."""
    now = datetime.now(UTC)
    return [
        ["BEG", "00", "SA", number, "", f"{now:%Y%m%d}"],
        ["CUR", "BY", "USD"],
        ["DTM", "002", f"{now + timedelta(days=14):%Y%m%d}"],
        ["N1", "BY", f"Customer {customer}", "92", customer],
        ["N1", "ST", f"Dock of {customer}", "92", f"D{customer}"],
        *(
            ["PO1", str(n), str(quantity), "EA", price, "", "VN", item]
            for n, (item, quantity) in enumerate(lines, start=1)
        ),
        ["CTT", str(len(lines))],
    ]


def acknowledgement(envelope: Envelope, verdict: str) -> list[Segment]:
    """A 997 for a group of ours: A accepted, E accepted with errors, R rejected."""
    count = str(len(envelope.sets))
    segments = [["AK1", envelope.code, envelope.group]]
    for each in envelope.sets:
        segments += [["AK2", each[0][1], each[0][2]], ["AK5", verdict]]
    return [*segments, ["AK9", verdict, count, count, "0" if verdict == "R" else count]]
