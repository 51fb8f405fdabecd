"""Schedules: ``schedules/NAME.toml`` says what runs when.

    what    = "sync erp.products"      # a verb and what it acts on
    cron    = "30 2 * * 1-5"           # minute hour day month weekday; or: every = "5m" (s, m, h, d)
    zone    = "Europe/Berlin"          # of cron; default UTC
    missed  = "latest"                 # what was missed while nothing ran: latest (default), all or skip
    enabled = true                     # default

All planned times are UTC outside this module: nodes in different zones plan the same moments."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import takewhile
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from apscheduler.triggers.cron import CronTrigger

Missed = Literal["latest", "all", "skip"]
MISSED: tuple[Missed, ...] = ("latest", "all", "skip")
ON_TIME = timedelta(minutes=1)
"""So much later an occurrence still counts as on time."""
MOST = 1000
"""So many missed occurrences are run at most, the latest ones."""

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
_KEYS = ("what", "cron", "every", "zone", "missed", "enabled")


@dataclass(frozen=True)
class Problem:
    """What is wrong with a schedule's file; ``str`` is a sentence that says where and what to do."""

    file: Path
    key: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key}: {self.message}" if self.key else f"{self.file}: {self.message}"


@dataclass(frozen=True)
class Interval:
    """Every so many seconds, counted from 1970-01-01 00:00 UTC so that every node and every start plans the same."""

    seconds: int

    def after(self, moment: datetime) -> datetime | None:
        elapsed = int((moment - _EPOCH) // timedelta(seconds=self.seconds))
        return _EPOCH + timedelta(seconds=(elapsed + 1) * self.seconds)


@dataclass(frozen=True)
class Cron:
    """A crontab line in a zone."""

    line: str
    trigger: Any

    def after(self, moment: datetime) -> datetime | None:
        following: datetime | None = self.trigger.get_next_fire_time(None, moment + timedelta(microseconds=1))
        return following.astimezone(UTC) if following else None


@dataclass(frozen=True)
class Schedule:
    """When ``verb`` acts on ``target``. ``name`` is the file's, without ``.toml``."""

    name: str
    verb: str
    target: str
    trigger: Interval | Cron
    missed: Missed = "latest"
    enabled: bool = True
    zone: str = "UTC"
    file: Path | None = None

    @property
    def what(self) -> str:
        return f"{self.verb} {self.target}".strip()

    @property
    def when(self) -> str:
        if isinstance(self.trigger, Interval):
            return f"every {self.trigger.seconds} s"
        return f"{self.trigger.line} {self.zone}"

    def after(self, moment: datetime) -> datetime | None:
        """The first planned time after ``moment``, in UTC; None when there is none any more."""
        return self.trigger.after(moment)

    def between(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """Planned times after ``start`` up to and including ``end``."""

        def each() -> Iterator[datetime]:
            at = self.after(start)
            while at is not None:
                yield at
                at = self.after(at)

        return takewhile(lambda at: at <= end, each())

    def due(self, last: datetime, moment: datetime) -> tuple[list[datetime], datetime | None]:
        """What to run at ``moment`` when everything up to ``last`` was seen to, by the policy for missed ones; and the
        latest planned time that is passed over, if it is (policy ``skip``)."""
        if isinstance(self.trigger, Interval):  # years of seconds are not walked through
            last = max(last, moment - timedelta(seconds=self.trigger.seconds * (MOST + 1)))
        planned = list(self.between(last, moment))[-MOST:]
        if not planned or self.missed == "all":
            return planned, None
        latest = planned[-1]
        if self.missed == "skip" and moment - latest > ON_TIME:
            return [], latest
        return [latest], None


@dataclass(frozen=True)
class Schedules:
    """All that were found: the sound ones by name, and what is wrong with the others."""

    found: tuple[Schedule, ...]
    problems: tuple[Problem, ...]


def load_schedules(folders: Sequence[Path], verbs: Collection[str] | None = None) -> Schedules:
    """Reads ``*.toml`` of the folders; of two files of one name the one in the first folder counts. ``verbs``: what the
    program can do, to report a schedule that asks for something else. A broken file never hides the others."""
    files: dict[str, Path] = {}
    for folder in folders:
        for file in sorted(folder.glob("*.toml")):
            files.setdefault(file.stem, file)
    found: list[Schedule] = []
    problems: list[Problem] = []
    for file in (files[name] for name in sorted(files)):
        result = read_schedule(file, verbs)
        if isinstance(result, Schedule):
            found.append(result)
        else:
            problems.extend(result)
    return Schedules(tuple(found), tuple(problems))


def read_schedule(file: Path, verbs: Collection[str] | None = None) -> Schedule | list[Problem]:
    """One file's schedule, or everything that is wrong with it."""
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        return [Problem(file, "", f"cannot be read: {error.strerror}")]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return [Problem(file, "", f"is not TOML: {error}")]
    reader = _Reader(file, content)
    for key in content:
        if key not in _KEYS:
            reader.wrong(key, f"is not a key of a schedule; allowed: {', '.join(_KEYS)}")
    verb, _, target = reader.text("what", "").strip().partition(" ")
    if not verb:
        reader.wrong("what", 'is missing; say what runs, for example what = "sync erp.products"')
    elif verbs is not None and verb not in verbs:
        reader.wrong("what", f"{verb!r} cannot be scheduled; allowed: {', '.join(sorted(verbs))}")
    missed = reader.text("missed", "latest")
    if missed not in MISSED:
        reader.wrong("missed", f"{missed!r} is not one of {', '.join(MISSED)}")
    enabled = content.get("enabled", True)
    if not isinstance(enabled, bool):
        reader.wrong("enabled", f"{enabled!r} is neither true nor false")
    trigger = reader.trigger()
    if reader.problems or trigger is None:
        return reader.problems
    zone = reader.text("zone", "UTC")
    chosen: Missed = next(policy for policy in MISSED if policy == missed)
    return Schedule(file.stem, verb, target.strip(), trigger, chosen, bool(enabled), zone, file)


class _Reader:
    def __init__(self, file: Path, content: dict[str, Any]) -> None:
        self.file = file
        self.content = content
        self.problems: list[Problem] = []

    def wrong(self, key: str, message: str) -> None:
        self.problems.append(Problem(self.file, key, message))

    def text(self, key: str, default: str) -> str:
        value = self.content.get(key, default)
        if isinstance(value, str):
            return value
        self.wrong(key, f"{value!r} is not a text in quotes")
        return default

    def trigger(self) -> Interval | Cron | None:
        if ("cron" in self.content) == ("every" in self.content):
            self.wrong("cron", 'say one of cron = "30 2 * * *" and every = "5m"')
            return None
        if "every" in self.content:
            if "zone" in self.content:
                self.wrong("zone", "only cron has a zone; leave it out beside every")
            return self._interval(self.content["every"])
        zone = self._zone(self.text("zone", "UTC"))
        return None if zone is None else self._cron(self.text("cron", ""), zone)

    def _interval(self, value: object) -> Interval | None:
        match = re.fullmatch(r"\s*([0-9]{1,6})\s*([smhd])\s*", value) if isinstance(value, str) else None
        if match is None or int(match[1]) == 0:
            self.wrong("every", f'{value!r} is not a span of time; allowed: a number and s, m, h or d, like "5m"')
            return None
        return Interval(int(match[1]) * _UNITS[match[2]])

    def _zone(self, name: str) -> tzinfo | None:
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self.wrong("zone", f'{name!r} is not a time zone; allowed: UTC or a name like "Europe/Berlin"')
            return None

    def _cron(self, line: str, zone: tzinfo) -> Cron | None:
        fields = line.split()
        if len(fields) != 5:
            self.wrong("cron", f"{line!r} has {len(fields)} fields; allowed: five (minute hour day month weekday)")
            return None
        minute, hour, day, month, weekday = fields
        if day != "*" and weekday != "*":
            self.wrong("cron", f"{line!r} restricts day and weekday, which some read as either, some as both: make two")
            return None
        try:
            named = ",".join(_weekdays(part) for part in weekday.lower().split(","))
            trigger = CronTrigger(
                minute=minute, hour=hour, day=day, month=month.lower(), day_of_week=named, timezone=zone
            )
        except (ValueError, TypeError) as error:
            self.wrong("cron", f"{line!r} is no crontab line: {error}")
            return None
        cron = Cron(line, trigger)
        if cron.after(datetime.now(UTC)) is None:
            self.wrong("cron", f"{line!r} never comes; check day and month")
            return None
        return cron


def _weekdays(part: str) -> str:
    """Crontab numbers weekdays from Sunday (0 and 7), APScheduler from Monday: write their names, each one."""
    span, _, step = part.partition("/")
    if step and not step.isdigit():
        raise ValueError(f"weekday step {step!r} is not a number")
    every = int(step or 1)
    if not every:
        raise ValueError("weekday step 0")
    if span == "*":
        return "*" if every == 1 else ",".join(_DAYS[0:7:every])
    first, _, last = span.partition("-")
    low = _weekday(first)
    high = _weekday(last) if last else (6 if step else low)
    if high < low:
        high += 7  # fri-mon
    return ",".join(_DAYS[number % 7] for number in range(low, high + 1, every))


def _weekday(text: str) -> int:
    if text.isdigit() and int(text) <= 7:
        return int(text)
    if text[:3] in _DAYS and (len(text) == 3 or text.endswith("day")):
        return _DAYS.index(text[:3])
    raise ValueError(f"weekday {text!r}; allowed: 0 to 7 or sun, mon, tue, wed, thu, fri, sat")
