"""Check digits of many numbers at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2bsync.edi.identifiers import GLN, GTIN, SSCC, Kind, are_right, is_wrong
from b2bsync.vocabulary.identifiers import check_digit

DIGITS = st.text(alphabet="0123456789", min_size=7, max_size=13)
NUMBERS = st.one_of(
    DIGITS.map(lambda body: body + check_digit(body)),
    DIGITS,
    st.sampled_from(
        ["4006381333931", "036000291452", "96385074", "00007630000000000011", "", "9" * 14, "400638133393x"]
    ),
    st.text(max_size=14),
)


@pytest.mark.parametrize(
    ("kind", "values", "right"),
    [
        (GTIN, ["4006381333931", "4012345678901", "5412345000013"], True),
        (GTIN, ["4006381333931", "4012345678901", "5412345000014"], False),
        (GTIN, ["4006381333931", "036000291452", "96385074", "14006381333938"], True),
        (GTIN, ["99999999999997", "99999999999997", "99999999999997"], True),
        (GTIN, ["4006381333931", "4012345678901", "٤006381333931"], False),
        (GLN, ["4012345000009", "5412345000013", "036000291452"], False),  # a GLN has 13 digits
        (SSCC, ["00007630000000000011", "007630000000000011", "007630000000000011"], True),
        (GTIN, [], True),
    ],
)
def test_numbers(kind: Kind, values: list[str], right: bool) -> None:
    assert are_right(kind, values) is right
    assert are_right(kind, values) is not any(is_wrong(kind, value) for value in values)


@given(st.sampled_from([GTIN, GLN, SSCC]), st.lists(NUMBERS, max_size=30))
def test_many_at_once_are_right_where_each_is(kind: Kind, values: list[str]) -> None:
    assert are_right(kind, values) is not any(is_wrong(kind, value) for value in values)


@given(st.lists(st.text(alphabet="0123456789", min_size=12, max_size=12), min_size=1, max_size=40), st.data())
def test_one_wrong_digit_is_found(bodies: list[str], data: st.DataObject) -> None:
    values = [body + check_digit(body) for body in bodies]
    assert are_right(GTIN, values)
    place = data.draw(st.integers(0, len(values) - 1))
    values[place] = values[place][:-1] + str((int(values[place][-1]) + data.draw(st.integers(1, 9))) % 10)
    assert not are_right(GTIN, values)
