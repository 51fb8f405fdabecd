"""Schedules as files: what they say, when they come, what is wrong with them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from b2bsync.engine import Schedule, load_schedules
from b2bsync.engine.schedules import read_schedule


def written(folder: Path, content: str, name: str = "nightly") -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / f"{name}.toml"
    file.write_text(content, encoding="utf-8")
    return file


def schedule(folder: Path, content: str) -> Schedule:
    found = read_schedule(written(folder, content))
    assert isinstance(found, Schedule), [str(problem) for problem in found]
    return found


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def times(found: Schedule, start: str, count: int) -> list[str]:
    at = utc(start)
    shown = []
    for _ in range(count):
        following = found.after(at)
        assert following is not None
        at = following
        shown.append(f"{at:%Y-%m-%d %H:%M}")
    return shown


def test_a_file_says_what_runs_when(tmp_path: Path) -> None:
    found = schedule(tmp_path, 'what = "sync erp.products"\ncron = "30 2 * * *"\nmissed = "skip"\nenabled = false')
    assert (found.name, found.verb, found.target, found.what) == (
        "nightly",
        "sync",
        "erp.products",
        "sync erp.products",
    )
    assert (found.missed, found.enabled, found.zone, found.when) == ("skip", False, "UTC", "30 2 * * * UTC")


def test_defaults(tmp_path: Path) -> None:
    found = schedule(tmp_path, 'what = "sync"\nevery = "2h"')
    assert (found.target, found.missed, found.enabled, found.when) == ("", "latest", True, "every 7200 s")


@pytest.mark.parametrize(
    ("every", "expected"),
    [
        ("30m", ["2026-03-02 10:30", "2026-03-02 11:00"]),
        ("6h", ["2026-03-02 12:00", "2026-03-02 18:00"]),
        ("1d", ["2026-03-03 00:00", "2026-03-04 00:00"]),
    ],
)
def test_intervals_are_counted_from_a_fixed_moment(tmp_path: Path, every: str, expected: list[str]) -> None:
    assert times(schedule(tmp_path, f'what = "sync x"\nevery = "{every}"'), "2026-03-02 10:07", 2) == expected


@pytest.mark.parametrize(
    ("cron", "expected"),  # 2026-03-02 is a Monday
    [
        ("0 9 * * 1", ["2026-03-09 09:00", "2026-03-16 09:00"]),
        ("0 9 * * 0", ["2026-03-08 09:00", "2026-03-15 09:00"]),
        ("0 9 * * 7", ["2026-03-08 09:00", "2026-03-15 09:00"]),
        ("0 9 * * 1-5", ["2026-03-03 09:00", "2026-03-04 09:00"]),
        ("0 9 * * sat,sun", ["2026-03-07 09:00", "2026-03-08 09:00"]),
        ("0 9 * * fri-mon", ["2026-03-06 09:00", "2026-03-07 09:00"]),
        ("0 9 * * 0-6/3", ["2026-03-04 09:00", "2026-03-07 09:00"]),
        ("*/20 10 * * *", ["2026-03-02 10:20", "2026-03-02 10:40"]),
        ("0 0 29 2 *", ["2028-02-29 00:00", "2032-02-29 00:00"]),
    ],
)
def test_cron_means_what_it_means_in_a_crontab(tmp_path: Path, cron: str, expected: list[str]) -> None:
    assert times(schedule(tmp_path, f'what = "sync x"\ncron = "{cron}"'), "2026-03-02 10:07", 2) == expected


def test_cron_follows_the_clock_of_its_zone(tmp_path: Path) -> None:
    found = schedule(tmp_path, 'what = "sync x"\ncron = "0 6 * * *"\nzone = "Europe/Berlin"')
    # summer time begins on 2026-03-29
    assert times(found, "2026-03-28 00:00", 2) == ["2026-03-28 05:00", "2026-03-29 04:00"]


SPAN = 'every: {} is not a span of time; allowed: a number and s, m, h or d, like "5m"'
BOTH = "restricts day and weekday, which some read as either, some as both: make two"
DAYS = "is no crontab line: weekday '8'; allowed: 0 to 7 or sun, mon, tue, wed, thu, fri, sat"
ZONE = 'is not a time zone; allowed: UTC or a name like "Europe/Berlin"'


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ('every = "5m"', 'what: is missing; say what runs, for example what = "sync erp.products"'),
        ('what = "sync x"', 'cron: say one of cron = "30 2 * * *" and every = "5m"'),
        ('what = "sync x"\nevery = "5m"\ncron = "* * * * *"', 'cron: say one of cron = "30 2 * * *" and every = "5m"'),
        (
            'what = "sync x"\nevery = "5"',
            SPAN.format("'5'"),
        ),
        (
            'what = "sync x"\nevery = "0m"',
            SPAN.format("'0m'"),
        ),
        ('what = "sync x"\nevery = 5', SPAN.format("5")),
        ('what = "sync x"\nevery = "5m"\nzone = "UTC"', "zone: only cron has a zone; leave it out beside every"),
        (
            'what = "sync x"\ncron = "* * * *"',
            "cron: '* * * *' has 4 fields; allowed: five (minute hour day month weekday)",
        ),
        ('what = "sync x"\ncron = "0 0 31 2 *"', "cron: '0 0 31 2 *' never comes; check day and month"),
        (
            'what = "sync x"\ncron = "0 0 1 * 1"',
            f"cron: '0 0 1 * 1' {BOTH}",
        ),
        (
            'what = "sync x"\ncron = "0 0 * * 8"',
            f"cron: '0 0 * * 8' {DAYS}",
        ),
        (
            'what = "sync x"\ncron = "0 0 * * *"\nzone = "Berlin"',
            f"zone: 'Berlin' {ZONE}",
        ),
        ('what = "sync x"\nevery = "5m"\nmissed = "none"', "missed: 'none' is not one of latest, all, skip"),
        ('what = "sync x"\nevery = "5m"\nenabled = "yes"', "enabled: 'yes' is neither true nor false"),
        (
            'what = "sync x"\nevery = "5m"\nevrey = 1',
            "evrey: is not a key of a schedule; allowed: what, cron, every, zone, missed, enabled",
        ),
        ('what = "snyc x"\nevery = "5m"', "what: 'snyc' cannot be scheduled; allowed: sync"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, content: str, problem: str) -> None:
    file = written(tmp_path, content)
    problems = read_schedule(file, {"sync"})
    assert not isinstance(problems, Schedule)
    assert [str(found) for found in problems] == [f"{file}: {problem}"]


def test_all_mistakes_of_a_file_are_named_at_once(tmp_path: Path) -> None:
    problems = read_schedule(written(tmp_path, 'every = "x"\nmissed = "never"'))
    assert not isinstance(problems, Schedule)
    assert [found.key for found in problems] == ["what", "missed", "every"]


def test_a_broken_file_hides_no_other(tmp_path: Path) -> None:
    bad = written(tmp_path, "what =", "bad")
    written(tmp_path, 'what = "sync x"\nevery = "5m"', "good")
    schedules = load_schedules([tmp_path, tmp_path / "missing"])
    assert [found.name for found in schedules.found] == ["good"]
    assert [problem.file for problem in schedules.problems] == [bad]
    assert "is not TOML" in str(schedules.problems[0])


def test_a_workspaces_file_replaces_the_built_in_one(tmp_path: Path) -> None:
    written(tmp_path / "workspace", 'what = "sync x"\nevery = "1m"')
    written(tmp_path / "builtin", 'what = "sync x"\nevery = "1h"\nenabled = false')
    [found] = load_schedules([tmp_path / "workspace", tmp_path / "builtin"]).found
    assert (found.enabled, found.when) == (True, "every 60 s")


@pytest.mark.parametrize(
    ("missed", "run", "passed_over"),
    [
        ("latest", ["12:00"], None),
        ("all", ["10:00", "11:00", "12:00"], None),
        ("skip", [], "12:00"),
    ],
)
def test_what_was_missed_follows_the_policy(
    tmp_path: Path, missed: str, run: list[str], passed_over: str | None
) -> None:
    found = schedule(tmp_path, f'what = "sync x"\nevery = "1h"\nmissed = "{missed}"')
    due, skipped = found.due(utc("2026-03-02 09:00"), utc("2026-03-02 12:40"))
    assert [f"{at:%H:%M}" for at in due] == run
    assert (f"{skipped:%H:%M}" if skipped else None) == passed_over


def test_what_is_on_time_is_not_missed(tmp_path: Path) -> None:
    found = schedule(tmp_path, 'what = "sync x"\nevery = "1h"\nmissed = "skip"')
    noon = utc("2026-03-02 12:00")
    assert found.due(utc("2026-03-02 11:00"), noon) == ([noon], None)


def test_years_of_seconds_are_not_all_caught_up(tmp_path: Path) -> None:
    found = schedule(tmp_path, 'what = "sync x"\nevery = "1s"\nmissed = "all"')
    due, _ = found.due(utc("2016-01-01 00:00"), utc("2026-03-02 12:00"))
    assert len(due) == 1000
    assert due[-1] == utc("2026-03-02 12:00")


def test_the_shipped_schedules_are_sound_templates() -> None:
    schedules = load_schedules([Path(__file__).parents[2] / "schedules"], {"sync"})
    assert schedules.problems == ()
    assert [found.enabled for found in schedules.found] == [False] * len(schedules.found)
    assert "erp_stock" in [found.name for found in schedules.found]
