"""Control numbers: how a range is counted, and what a number received says of the order in which things came."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from b2bsync.edi.numbers import Order, Range, RangeExhausted, arrival, scope

PLAIN = Range()
SMALL = Range(minimum=1, maximum=9)


def test_a_range_begins_and_goes_on() -> None:
    assert PLAIN.after(None) == 1
    assert PLAIN.after(41) == 42
    assert PLAIN.after(999_999_999) == 1


def test_steps_and_limits() -> None:
    tens = Range(minimum=100, maximum=199, increment=10)
    assert [tens.after(None), tens.after(100), tens.after(190)] == [100, 110, 100]
    assert tens.after(105) == 110  # drawn before the increment was agreed
    assert tens.after(7) == 100
    assert tens.after(5000) == 100
    assert tens.size == 10
    assert (110 in tens, 115 in tens, 200 in tens) == (True, False, False)


def test_the_nth_number() -> None:
    assert [SMALL.nth(place) for place in (0, 1, 8, 9)] == [1, 2, 9, 1]
    assert SMALL.nth(3, first=8) == 2


def test_a_range_without_rollover_ends() -> None:
    ending = Range(minimum=1, maximum=3, rollover=False)
    assert ending.after(2) == 3
    with pytest.raises(RangeExhausted, match="no control number behind 3"):
        ending.after(3)
    with pytest.raises(RangeExhausted):
        ending.nth(3)


def test_how_numbers_are_written() -> None:
    assert Range(width=4).text(7) == "0007"
    assert Range(prefix="NS", suffix="A", width=5).text(42) == "NS00042A"
    assert PLAIN.text(42) == "42"
    assert Range(prefix="NS", maximum=99_999, width=3).longest == 7


def test_how_numbers_are_read() -> None:
    lettered = Range(prefix="NS", suffix="A", width=5, maximum=99_999)
    assert lettered.number("NS00042A") == lettered.number(" NS42A ") == 42
    assert [lettered.number(text) for text in ("42", "NS42", "NSA", "NS4x2A", "NS100000A", "NS0A")] == [None] * 6
    assert PLAIN.number("000000042") == 42
    assert PLAIN.number("²") is None


@pytest.mark.parametrize("wrong", [{"minimum": 5, "maximum": 4}, {"minimum": -1}, {"increment": 0}, {"width": -1}])
def test_ranges_that_are_none(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError):
        Range(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("received", "last", "order", "missing", "rolled", "keep"),
    [
        ("000000042", 41, Order.NEXT, 0, False, 42),
        ("000000042", 42, Order.DUPLICATE, 0, False, 42),
        ("000000042", 39, Order.GAP, 2, False, 42),
        ("000000042", 44, Order.BACKWARDS, 0, False, 44),
        ("000000042", None, Order.FIRST, 0, False, 42),
        ("000000042", 0, Order.FIRST, 0, False, 42),  # what was kept is of another range
        ("000000001", 999_999_999, Order.NEXT, 0, True, 1),
        ("000000003", 999_999_998, Order.GAP, 3, True, 3),
        ("999999999", 3, Order.BACKWARDS, 0, False, 3),  # late, from before the range began again
        ("A42", 41, Order.FOREIGN, 0, False, 41),
        ("", 41, Order.FOREIGN, 0, False, 41),
    ],
)
def test_what_arrives(
    received: str, last: int | None, order: Order, missing: int, rolled: bool, keep: int | None
) -> None:
    found = arrival(PLAIN, received, last)
    assert (found.order, found.missing, found.rolled, found.last) == (order, missing, rolled, keep)
    assert found.in_sequence is (order in (Order.NEXT, Order.FIRST))


def test_what_was_expected_is_said_as_it_is_written() -> None:
    assert arrival(Range(prefix="M", width=3), "M009", 4).expected == "M005"
    assert arrival(Range(maximum=4, rollover=False), "2", 4).expected is None


def test_numbers_seen_within_the_days_that_are_looked_back() -> None:
    assert arrival(PLAIN, "000000040", 42, seen={"000000040"}).order is Order.DUPLICATE
    assert arrival(PLAIN, "M-77", 42, seen={"M-77"}).order is Order.DUPLICATE  # EDIFACT references need no digits


def test_without_rollover_a_smaller_number_is_always_backwards() -> None:
    assert arrival(Range(rollover=False), "1", 999_999_999).order is Order.BACKWARDS
    assert arrival(Range(rollover=False), "900000000", 1).order is Order.GAP


@given(
    minimum=st.integers(0, 50), size=st.integers(1, 200), increment=st.integers(1, 7), place=st.integers(0, 500),
    count=st.integers(1, 60),
)  # fmt: skip
def test_numbers_drawn_one_after_the_other_arrive_in_order(
    minimum: int, size: int, increment: int, place: int, count: int
) -> None:
    numbers = Range(minimum=minimum, maximum=minimum + size * increment - 1, increment=increment, prefix="P", width=3)
    assume(numbers.size > 1)
    last = numbers.nth(place)
    for _ in range(count):
        drawn = numbers.after(last)
        found = arrival(numbers, numbers.text(drawn), last)
        assert (found.order, found.last, found.rolled) == (Order.NEXT, drawn, drawn < last)
        last = drawn


def test_the_names_of_ranges() -> None:
    assert scope("isa", "test", "ZZ:NORTH", "ZZ:MAPLE") == "isa:test:ZZ:NORTH>ZZ:MAPLE"
    assert scope("isa", "production", "ZZ:NORTH", "ZZ:MAPLE", shared="houses") == "isa:production:*houses"
