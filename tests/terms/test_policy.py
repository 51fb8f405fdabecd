"""The settings come from TOML."""

import re
import tomllib
from decimal import Decimal

import msgspec
import pytest

from b2bsync.terms import Policy


def policy(text: str) -> Policy:
    return msgspec.convert(tomllib.loads(text, parse_float=Decimal), Policy)


def test_a_table_fills_the_settings_and_the_rest_keeps_its_defaults() -> None:
    filled = policy('price_tolerance_percent = 1.5\nlot = "round_up"\ncheck_stock = false')
    assert filled == Policy(price_tolerance_percent=Decimal("1.5"), lot="round_up", check_stock=False)
    assert policy("") == Policy()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('lot = "up"', "Invalid enum value 'up' - at `$.lot`"),
        ('lots = "reject"', "Object contains unknown field `lots`"),
        ("late_days = -1", "Expected `int` >= 0 - at `$.late_days`"),
        ("price_tolerance_percent = -1", "price_tolerance_percent must not be below zero, and is -1"),
    ],
)
def test_a_wrong_setting_is_named(text: str, complaint: str) -> None:
    with pytest.raises(msgspec.ValidationError, match="^" + re.escape(complaint)):
        policy(text)
