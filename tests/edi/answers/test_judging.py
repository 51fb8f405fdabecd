"""Verdicts on a stream, as the policy says, and the memory they take."""

import tracemalloc
from collections.abc import Iterator

import pytest

from b2bsync.edi import Loop, Problem, Unreadable
from b2bsync.edi.answers import (
    GroupOpened,
    GroupVerdict,
    InterchangeOpened,
    InterchangeVerdict,
    Policy,
    Reject,
    SetVerdict,
    answer_file,
    judged,
)
from b2bsync.edi.report import Report
from b2bsync.edi.walker import Node
from b2bsync.vocabulary.findings import Severity
from b2bsync.vocabulary.verdicts import Verdict
from tests.edi import edifact_samples
from tests.edi.samples import ISA, ORDER, interchange

BAD = ORDER.replace("0001~", "0002~").replace("PO1*1*24*", "PO1*1*many*")


def test_verdicts_come_with_what_they_are_on() -> None:
    opened, group, first, second, end, whole = judged([interchange(ORDER, BAD).encode()])
    assert isinstance(opened, InterchangeOpened) and isinstance(group, GroupOpened)
    assert (opened.header.control_number, group.header.control_number, group.nameable) == ("000000042", "7", True)
    assert isinstance(first, SetVerdict) and isinstance(second, SetVerdict)
    assert (first.type, first.control_number, first.version) == ("850", "0001", "004010")
    assert (first.verdict, first.findings) == (Verdict.ACCEPTED, ())
    assert second.verdict is Verdict.REJECTED
    assert [(f.code, f.segment, f.element, f.value) for f in second.findings] == [("number-invalid", 11, 2, "many")]
    assert isinstance(end, GroupVerdict)
    assert (end.verdict, end.included, end.received, end.accepted) == (Verdict.PARTIALLY_ACCEPTED, 2, 2, 1)
    assert isinstance(whole, InterchangeVerdict)
    assert (whole.sender.id, whole.verdict, whole.findings) == ("MAPLEMARKET", Verdict.ACCEPTED, ())


def test_edifact_messages_outside_of_groups_have_no_group() -> None:
    _, message, whole = judged([edifact_samples.interchange(edifact_samples.ORDER).encode()])
    assert isinstance(message, SetVerdict) and isinstance(whole, InterchangeVerdict)
    assert (message.version, message.agency, message.association) == ("D96A", "UN", "EAN008")


def test_what_a_group_s_header_lacks_is_a_fault_of_the_interchange() -> None:
    values = list(judged([interchange(ORDER).replace("0930*7*X", "0930**X").encode()]))
    [group] = [value for value in values if isinstance(value, GroupOpened)]
    assert not group.nameable
    whole = values[-1]
    assert isinstance(whole, InterchangeVerdict)
    assert [(f.ack_level, f.ack_code) for f in whole.findings] == [("interchange", "024")]


def test_a_fatal_finding_rejects_under_every_policy() -> None:
    lost = interchange(ORDER.replace("SE*17*0001~\n", ""))
    for reject in Reject:
        [one] = [v for v in judged([lost.encode()], Policy(reject=reject)) if isinstance(v, SetVerdict)]
        assert one.verdict is Verdict.REJECTED


class NoCurrency:
    """A guide that does not use CUR."""

    def segment(self, report: Report, node: Node, row: list[str], ordinal: int) -> None:
        if row[0] == "CUR":
            report.add(Severity.ERROR, ordinal, "segment-not-in-set", "CUR is not used", tag="CUR")

    def end(self, report: Report, root: Loop, count: int) -> None:
        assert count == 17


def test_who_looks_on_rejects_too() -> None:
    pieces = answer_file([interchange(ORDER).encode()], Policy(suffix=""), watching=lambda cut: NoCurrency())
    assert b"AK2*850*0001~AK3*CUR*3**6~AK5*R*5~AK9*R*1*1*0~" in b"".join(pieces)


def test_bytes_between_interchanges_are_passed_on() -> None:
    values = list(judged([(interchange(ORDER) + "trash\n" + interchange(ORDER)).encode()]))
    assert [type(value).__name__ for value in values if isinstance(value, Problem | InterchangeVerdict)] == [
        "InterchangeVerdict", "Problem", "InterchangeVerdict",
    ]  # fmt: skip


def test_what_is_no_edi_is_not_answered() -> None:
    with pytest.raises(Unreadable):
        list(answer_file([b"<xml/>"]))


def bad_orders(count: int) -> Iterator[bytes]:
    yield f"{ISA}GS*PO*MAPLE*NORTH*20260914*0930*7*X*004010~".encode()
    for n in range(count):
        yield f"ST*850*{n:05d}~BEG*00*SA*MM**2026091x~PO1*1*many*EA~SE*4*{n:05d}~".encode()
    yield f"GE*{count}*7~IEA*1*000000042~".encode()


@pytest.mark.parametrize("reject", list(Reject))
def test_memory_does_not_grow_with_the_group(reject: Reject) -> None:
    list(answer_file(bad_orders(10)))
    tracemalloc.start()
    try:
        size = sum(len(piece) for piece in answer_file(bad_orders(3000), Policy(reject=reject, ta1="always")))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert size > 200_000
    assert peak < 3_000_000
