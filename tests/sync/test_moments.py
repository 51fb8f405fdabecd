from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from b2bsync.sync import ConfigError, Cursor, latest_allowed, step_back

FIVE = timedelta(minutes=5)


@pytest.mark.parametrize(
    ("value", "lookback", "earlier"),
    [
        ("2026-01-01 00:03:00", None, "2025-12-31 23:58:00"),
        ("2026-01-01T00:03:00.123456Z", FIVE, "2025-12-31T23:58:00.123456Z"),
        ("2026-03-29 02:30:00+01:00", FIVE, "2026-03-29 02:25:00+01:00"),
        ("2026-01-01 00:03", FIVE, "2025-12-31 23:58"),
        ("2026-01-01", FIVE, "2025-12-31"),
        ("20260101", FIVE, "20251231"),
        ("20260101000300", FIVE, "20251231235800"),
        (datetime(2026, 1, 1, 0, 3), None, datetime(2025, 12, 31, 23, 58)),
        (datetime(2026, 1, 1, 0, 3, tzinfo=UTC), FIVE, datetime(2025, 12, 31, 23, 58, tzinfo=UTC)),
        (date(2026, 1, 1), None, date(2025, 12, 31)),
        (100, None, 100),
        (100, 5, 95),
        (Decimal("100.5"), 5, Decimal("95.5")),
        (bytes.fromhex("0000000000000fa0"), 16, bytes.fromhex("0000000000000f90")),
        ("anything that grows", 0, "anything that grows"),
        (None, FIVE, None),
    ],
)
def test_the_overlap_begins_earlier_in_the_same_form(value: Any, lookback: Any, earlier: Any) -> None:
    assert step_back(value, lookback, "lookback") == earlier


@pytest.mark.parametrize(
    ("value", "lookback", "said"),
    [
        ("31.01.2026", None, "'31.01.2026', which is no time that sorts as text"),
        (100, FIVE, "the cursor holds numbers (100); its lookback is a number"),
        ("2026-01-01", 5, "the cursor holds times ('2026-01-01'); its lookback is a duration"),
        (True, None, "a cursor cannot be a yes/no column"),
    ],
)
def test_a_lookback_that_does_not_fit_is_refused(value: Any, lookback: Any, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        step_back(value, lookback, "connector.erp.stream.items.lookback")
    assert said in str(refused.value)


def test_no_stamp_of_more_than_a_day_ahead_moves_a_cursor() -> None:
    until = datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert latest_allowed("2026-01-01 00:00:00", until) == "2026-01-02 12:00:00"
    assert latest_allowed(datetime(2026, 1, 1), until) == datetime(2026, 1, 2, 12)
    assert latest_allowed(date(2026, 1, 1), until) == date(2026, 1, 2)
    assert latest_allowed(4711, until) is None


def test_a_cursor_survives_being_written_down() -> None:
    cursor = Cursor(
        value=datetime(2026, 1, 1, tzinfo=UTC),
        tie=("A", 7, Decimal("1.50"), date(2026, 1, 1), b"\x01\xff"),
        until="2026-01-02",
        state={"file": "a.csv", "row": 5},
    )
    assert Cursor.load(cursor.dump()) == cursor


def test_a_cursor_of_a_newer_program_is_refused() -> None:
    with pytest.raises(ValueError, match="cursor version 2 is newer than this program's"):
        Cursor.load('{"version": 2}')
