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


def test_a_jump_leaves_numbers_out_of_every_range(database: Database) -> None:
    with database.session() as session:
        control_numbers.draw(session, "isa:acme", 7)
        control_numbers.draw(session, "gs:acme")
        assert control_numbers.jump(session, 1000) == 2
        assert control_numbers.draw(session, "isa:acme") == 1008
        assert control_numbers.draw(session, "gs:acme") == 1002
        # What was first sent to after the backup has no row in it: its first numbers may have been used too.
        assert control_numbers.draw(session, "isa:new", 3) == 1001
        assert control_numbers.draw(session, "isa:new") == 1004
        assert control_numbers.jump(session, 500) == 3
        assert control_numbers.draw(session, "isa:acme") == 1509
        assert control_numbers.draw(session, "isa:newer") == 1501


def test_a_jump_goes_round_the_corner(database: Database) -> None:
    with database.session() as session:
        control_numbers.set_last(session, "isa", 999_999_990)
        control_numbers.set_last(session, "gs", 999_999_899)
        control_numbers.jump(session, 100)
        assert control_numbers.draw(session, "isa") == 92  # nine were left, 91 came from the beginning
        assert control_numbers.draw(session, "gs") == 1  # its last number was left out
        control_numbers.set_last(session, "st", 95)
        control_numbers.jump(session, 10, highest=99)
        assert control_numbers.draw(session, "st", highest=99) == 7


def test_of_two_databases_numbers_the_later_ones_count(database: Database) -> None:
    here = {"behind": 7, "ahead": 1_000_007, "same": 3, "round the corner": 999_999_990, "round it here": 12, "only": 4}
    drawn = {"behind": 9, "ahead": 8, "same": 3, "round the corner": 5, "round it here": 999_999_000, "new": 2, "": 100}
    with database.session() as session:
        for scope, value in here.items():
            control_numbers.set_last(session, scope, value)
        control_numbers.keep_later(session, drawn)
        later = {"behind": 9, "round the corner": 5, "new": 2, "": 100}
        assert {scope: control_numbers.last(session, scope) for scope in here | drawn} == here | later
        control_numbers.keep_later(session, {})
        control_numbers.jump(session, 1000)
        assert control_numbers.draw(session, "round the corner") == 1006
        assert control_numbers.draw(session, "unheard of") == 1101


def test_the_later_number_of_a_short_range_may_have_gone_round(database: Database) -> None:
    here = {"short": 990, "short, ahead": 5, "a hundred": 1099, "moved": 990, "unknown": 990}
    there = {"short": 5, "short, ahead": 990, "a hundred": 1003, "moved": 5, "unknown": 5}
    bounds = {"short": (1, 999), "short, ahead": (1, 999), "a hundred": (1000, 1099), "moved": (500, 999)}
    with database.session() as session:
        for scope, value in here.items():
            control_numbers.set_last(session, scope, value)
        control_numbers.keep_later(session, there, bounds=bounds)
        later = {"short": 5, "a hundred": 1003}  # of the others nobody says, or no longer, that they end so early
        assert {scope: control_numbers.last(session, scope) for scope in here} == here | later


@pytest.mark.parametrize("numbers", [0, -5, 999_999_999])
def test_a_jump_stays_within_the_range(database: Database, numbers: int) -> None:
    with database.session() as session, pytest.raises(ValueError, match=r"allowed: 1 to 999999998"):
        control_numbers.jump(session, numbers)
