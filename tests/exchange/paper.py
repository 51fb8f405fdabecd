"""The buyer's X12, written here so that tests read as examples, and helpers to read ours."""

import re
from collections.abc import Mapping
from typing import Any


def segments(text: str) -> list[str]:
    """An interchange as a list of its segments."""
    return [segment.strip() for segment in text.split("~") if segment.strip()]


def body(interchange: list[str]) -> list[str]:
    """The segments from ST to SE of the first transaction set."""
    first = next(i for i, segment in enumerate(interchange) if segment.startswith("ST*"))
    last = next(i for i, segment in enumerate(interchange) if segment.startswith("SE*"))
    return interchange[first : last + 1]


def without_clock(interchange: list[str]) -> list[str]:
    """The same with D for the day on which it was made and T for the time."""
    day = interchange[1].split("*")[4]
    clock = re.compile(rf"(?<=\*)({day}|{day[2:]})(?=\*|$)")
    dated = [clock.sub("D", segment) for segment in interchange]
    return [re.sub(r"\*D\*\d{4}\*", "*D*T*", segment) for segment in dated[:2]] + dated[2:]


def purchase_order(
    number: str = "PO-1",
    lines: Mapping[str, str] | None = None,
    *,
    purpose: str = "00",
    buyer: str = "0001",
) -> list[str]:
    """An 850 without ST and SE: ``lines`` is quantity and price by item, such as {"10001": "24*EA*10.00"}."""
    wanted = lines or {"10001": "24*EA*10.00"}
    return [
        f"BEG*{purpose}*SA*{number}**20260302",
        "CUR*BY*USD",
        f"N1*BY*Acme Stores*92*{buyer}",
        "N1*ST*Acme Warehouse*92*0042",
        *(f"PO1*{n}*{said}**VN*{item}" for n, (item, said) in enumerate(wanted.items(), start=1)),
        f"CTT*{len(wanted)}",
    ]


def transaction(content: list[str], type: str = "850", control: str = "0001", count: int | None = None) -> list[str]:
    """ST and SE around a transaction set; ``count`` is what SE01 says when it is to be wrong."""
    said = len(content) + 2 if count is None else count
    return [f"ST*{type}*{control}", *content, f"SE*{said}*{control}"]


def group(
    *sets: list[str], control: int = 1, code: str = "PO", sender: str = "ACMESTORES", count: int | None = None
) -> list[str]:
    return [
        f"GS*{code}*{sender}*SUPPLIER*20260302*0900*{control}*X*004010",
        *(segment for one in sets for segment in one),
        f"GE*{len(sets) if count is None else count}*{control}",
    ]


def interchange(*groups: list[str], control: int = 1, usage: str = "P", sender: str = "ACMESTORES") -> str:
    ids = f"ZZ*{sender:15}*ZZ*SUPPLIER       "
    isa = f"ISA*00*          *00*          *{ids}*260302*0900*U*00401*{control:09d}*0*{usage}*>"
    inside = [segment for one in groups for segment in one]
    return "".join(f"{segment}~\n" for segment in [isa, *inside, f"IEA*{len(groups)}*{control:09d}"])


def order_file(number: str = "PO-1", control: int = 1, **how: Any) -> str:
    """A whole interchange with one 850."""
    return interchange(group(transaction(purchase_order(number, **how)), control=control), control=control)


def acknowledgement_file(
    code: str, group_control: str, *sets: list[str], verdict: str = "A", control: int = 900
) -> str:
    """The buyer's 997 about a group of ours. ``sets``: the segments AK2 to AK5 of each; accepted: A, else R or P."""
    details = [segment for one in sets for segment in one]
    n = max(len(sets), 1)
    taken = 0 if verdict == "R" else n
    content = [f"AK1*{code}*{group_control}", *details, f"AK9*{verdict}*{n}*{n}*{taken}"]
    return interchange(group(transaction(content, "997"), control=control, code="FA"), control=control)
