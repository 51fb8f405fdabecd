"""Control numbers: consecutive, per scope, and round the corner."""

import pytest

from b2bsync.store import Database, control_numbers


def test_numbers_follow_each_other_within_a_scope(database: Database) -> None:
    with database.session() as session:
        assert control_numbers.draw(session, "isa:us:acme") == 1
        assert control_numbers.draw(session, "isa:us:acme", 3) == 2
        assert control_numbers.draw(session, "isa:us:acme") == 5
        assert control_numbers.draw(session, "isa:us:other") == 1
        assert control_numbers.last(session, "isa:us:acme") == 5
        assert control_numbers.last(session, "never") is None


def test_after_the_highest_it_starts_again(database: Database) -> None:
    with database.session() as session:
        control_numbers.set_last(session, "gs", 998)
        assert control_numbers.draw(session, "gs", 1, 1, 999) == 999
        assert control_numbers.draw(session, "gs", 1, 1, 999) == 1
        control_numbers.set_last(session, "gs", 998)
        assert control_numbers.draw(session, "gs", 2, 100, 999) == 100  # a block is never cut
        assert control_numbers.draw(session, "gs", 1, 100, 999) == 102


def test_what_is_rolled_back_is_drawn_again(database: Database) -> None:
    with database.session() as session:
        assert control_numbers.draw(session, "isa") == 1
    with database.session() as session:
        assert control_numbers.draw(session, "isa") == 1


def test_a_range_too_small_is_refused(database: Database) -> None:
    with database.session() as session, pytest.raises(ValueError, match="3 control numbers do not fit between 1 and 2"):
        control_numbers.draw(session, "isa", 3, 1, 2)
