"""How far the hand-written maps of the second judge reach: a set that holds more is not judged by them."""

import pytest

from b2bsync.edi import read_set
from b2bsync.edi.second.coverage import covers
from tests.edi.samples import INVOICE, ORDER, SHIPMENT, STARS


def is_covered(text: str) -> bool:
    return covers("004010", text[3:6], read_set(text, STARS, "004010").root)


@pytest.mark.parametrize("text", [ORDER, SHIPMENT])
def test_what_senders_use_is_covered(text: str) -> None:
    assert is_covered(text)


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        (SHIPMENT, "CTT*4~", "ITA*C**ZZ*02~\nCTT*4~"),  # a loop that the standard has, and the map does not
        (SHIPMENT, "SN1*1*20*EA~", "SN1*1*20*EA~\nPAL*1~"),  # a segment of that kind
        (SHIPMENT, "CTT*4~", "ZZ9*1~\nCTT*4~"),  # one that the standard has not either
    ],
)
def test_what_they_do_not_use_is_not(text: str, old: str, new: str) -> None:
    assert old in text
    assert not is_covered(text.replace(old, new, 1))


def test_sets_without_such_a_map() -> None:
    assert not is_covered(INVOICE)
    assert not covers("005010", "850", read_set(ORDER, STARS, "005010").root)
