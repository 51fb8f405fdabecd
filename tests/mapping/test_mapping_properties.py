"""Round trips with whatever a document may hold."""

from datetime import date
from decimal import Decimal
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from b2bsync import edi
from b2bsync.mapping import Library, values
from b2bsync.model import (
    Decision,
    DecisionStatus,
    Identifier,
    ItemIds,
    OrderResponse,
    Party,
    PartyRole,
    ResponseLine,
    UnitPrice,
)
from b2bsync.vocabulary.numbers import plain

RESPONSE = Library([Path(__file__).parents[2] / "mappings"]).get("x12/004010/855")
DELIMITERS = edi.Delimiters(segment="~", element="*", component=">")

texts = st.text(st.sampled_from("ABCxyz019 -./&'"), min_size=2, max_size=20).map(str.strip).filter(lambda t: len(t) > 1)
quantities = st.decimals(0, 999999, places=3, allow_nan=False).map(lambda d: d.normalize() + 0)
days = st.dates(date(1970, 1, 1), date(2069, 12, 31))
optional_text = st.none() | texts

items = st.builds(ItemIds, supplier=optional_text, buyer=optional_text, gtin=optional_text, manufacturer=optional_text)
parties = st.builds(
    Party,
    role=st.sampled_from(PartyRole),
    name=texts,
    identifiers=st.lists(
        st.builds(Identifier, st.sampled_from(["gln", "duns", "buyer", "supplier"]), texts), max_size=1
    ).map(tuple),
)
decisions = st.builds(Decision, quantity=quantities, status=st.sampled_from(DecisionStatus), ships=st.none() | days)
lines = st.builds(
    ResponseLine,
    number=texts,
    quantity=quantities,
    unit=st.sampled_from(["EA", "XCS", "KGM"]),
    items=items,
    price=st.none() | st.builds(UnitPrice, amount=quantities),
    description=optional_text,
    decisions=st.lists(decisions, max_size=3).map(tuple),
)
responses = st.builds(
    OrderResponse,
    number=texts,
    overall=st.sampled_from(["accepted", "changed", "rejected", "held"]).map(DecisionStatus),
    ordered=days,
    responded=st.none() | days,
    supplier_number=optional_text,
    parties=st.lists(parties, max_size=3).map(tuple),
    lines=st.lists(lines, max_size=4).map(tuple),
)


@settings(deadline=None, max_examples=60)
@given(responses)
def test_an_answer_survives_the_way_out_and_in(response):
    text = edi.write_set("855", "004010", "0001", RESPONSE.write(response), DELIMITERS)
    found = edi.read_set(text, DELIMITERS, "004010", "855")
    assert {finding.code for finding in found.findings} <= {"check-digit-wrong"}  # of made up numbers
    again = RESPONSE.read(found.root)
    expected = OrderResponse(
        **{name: getattr(response, name) for name in response.__struct_fields__ if name != "total_lines"},
        total_lines=len(response.lines),
    )
    assert again == expected


@settings(deadline=None, max_examples=200)
@given(st.decimals(Decimal("-9e12"), Decimal("9e12"), places=6, allow_nan=False))
def test_numbers_keep_every_digit(number):
    price = UnitPrice(amount=number)
    line = ResponseLine(number="1", quantity=Decimal(1), items=ItemIds(), price=price)
    response = OrderResponse(number="1", ordered=date(2026, 3, 1), lines=(line,))
    assert RESPONSE.read(RESPONSE.write(response)).lines[0].price == price


@given(st.decimals(allow_nan=False, allow_infinity=False) | st.decimals(-1000, 1000, places=4))
def test_a_number_as_text_has_no_exponent_and_no_idle_zeros(number):
    text = plain(number)
    assert Decimal(text) == number
    assert set(text) <= set("-.0123456789")
    assert text == "0" or (not ("." in text and text.endswith("0")) and text not in ("", "-0"))


@given(st.text("0123456789.+-٣² ", max_size=16))
def test_the_short_look_at_a_number_and_the_long_one_agree(text):
    assert values._simple(text) is (values._NUMERAL(text) is not None)
    if values._simple(text):
        assert values.record_decimal(text) == values.number(text) == Decimal(text)


@given(st.dates() | st.datetimes())
def test_days_are_written_with_all_of_their_eight_digits(day):
    assert values.write_date(day) == day.isoformat()[:10].replace("-", "")
