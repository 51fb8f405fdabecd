"""The typed configuration: built-in defaults, merged key by key with the workspace's ``config.toml`` and the
environment."""

import os
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from b2bsync.partners import Company
from b2bsync.partners.identity import IDENTITY_RULES
from b2bsync.vocabulary.secrets import Secret, SecretMissing, is_reference
from b2bsync.vocabulary.settings import RULES, Problem, Rule, SettingsError, duration, near, read, read_toml
from b2bsync.vocabulary.stages import Stage
from b2bsync.workspace import CONFIG, Workspace, builtin

ENVIRONMENT = {"B2BSYNC_DATABASE_URL": ("database", "url"), "B2BSYNC_NODE": ("node",)}
"""Environment variables that override a key of ``config.toml``; an empty one counts as not set."""

Name = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$", description="a name of up to 40 letters, digits, - and _")
]
Threads = Annotated[int, Meta(ge=1, le=64, description="1 to 64")]


class DatabaseSettings(msgspec.Struct, frozen=True, kw_only=True):
    """``[database]``: ``url`` is ``sqlite:///file`` (relative ones start at the workspace) or ``postgresql://…``."""

    url: Secret


class EngineSettings(msgspec.Struct, frozen=True, kw_only=True):
    """``[engine]``: lanes that work at once, pulls that run at once beside them, how often new work is looked for, and
    how long a node may be silent before others take its lanes over."""

    threads: Threads
    syncs: Threads
    poll: timedelta
    silence: timedelta

    def __post_init__(self) -> None:
        if not timedelta(milliseconds=10) <= self.poll <= timedelta(minutes=1):
            raise ValueError("poll is outside of what is allowed: 10ms to 1m")
        if not timedelta(seconds=2) <= self.silence <= timedelta(minutes=10) or self.silence.microseconds:
            raise ValueError("silence is outside of what is allowed: whole seconds, 2s to 10m")


class ReceiveSettings(msgspec.Struct, frozen=True, kw_only=True):
    """``[receive]``: how often the channels are looked into."""

    poll: timedelta

    def __post_init__(self) -> None:
        if not timedelta(milliseconds=10) <= self.poll <= timedelta(hours=1):
            raise ValueError("poll is outside of what is allowed: 10ms to 1h")


class Age(msgspec.Struct, frozen=True):
    """How long a class of data is kept: ``"730d"``, at least a day; ``"forever"`` is None."""

    kept: timedelta | None

    @classmethod
    def of(cls, value: object) -> "Age":
        kept = None if value == "forever" else duration(value)
        if kept is not None and kept < timedelta(days=1):
            raise ValueError("less than a day")
        return cls(kept)


class ArchivePlace(msgspec.Struct, frozen=True):
    """The directory of the archive; None: what is removed is not kept."""

    folder: Path | None

    @classmethod
    def of(cls, value: object, root: Path) -> "ArchivePlace":
        if value is False:
            return cls(None)
        if not isinstance(value, str) or not value.strip():
            raise ValueError("no directory")
        return cls(root / value)


class RetentionSettings(msgspec.Struct, frozen=True, kw_only=True):
    """``[retention]``: how long each class of data is kept, where it goes, and the hour (UTC) from which on the daemon
    looks, once a day."""

    archive: ArchivePlace
    hour: Annotated[int, Meta(ge=0, le=23, description="0 to 23")]
    documents: Age
    orders: Age
    messages: Age
    prices: Age
    attempts: Age
    events: Age
    sync_runs: Age
    commitments: Age
    claims: Age


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """One installation. ``root`` is the workspace. ``company`` and ``connector`` are keyed by name.

    ``connector`` holds plain tables: what they may say is for the connector to check. Its references to secrets are not
    resolved, and printing a Config shows none of its values.
    """

    root: Path
    node: Name
    stage: Stage
    database: DatabaseSettings
    engine: EngineSettings
    receive: ReceiveSettings
    retention: RetentionSettings
    default_company: str | None = None
    company: dict[Name, Company] = {}
    connector: dict[Name, dict[str, Any]] = {}

    def __post_init__(self) -> None:
        if self.default_company is None:
            if len(self.company) > 1:
                raise ValueError(
                    f"there are several companies, so set default_company to one of: {', '.join(self.company)}"
                )
        elif self.company and self.default_company not in self.company:
            advice = near(self.default_company, self.company)
            raise ValueError(
                f"default_company is {self.default_company!r}, allowed: {', '.join(self.company)}"
                + (f"; {advice}" if advice else "")
            )

    def __repr__(self) -> str:
        return f"Config(root={str(self.root)!r}, node={self.node!r}, connectors={sorted(self.connector)!r})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("root", str(self.root)), ("node", self.node), ("connectors", sorted(self.connector))]

    @property
    def main_company(self) -> str:
        """The company of everything that does not name one: the default, or the only one; ``MAIN`` where none is set
        up."""
        return self.default_company or next(iter(self.company), "MAIN")

    def database_url(self) -> str:
        """For ``store.open_database``: revealed, with a SQLite file's path made absolute. Raises SecretMissing."""
        return _absolute(self.database.url.reveal(), self.root)

    def database_shown(self) -> str:
        """The same for people: no password in it."""
        try:
            return masked(self.database_url())
        except SecretMissing as error:
            return f"unknown: {error}"


def load(root: Path, environment: Mapping[str, str] | None = None) -> Config:
    """The configuration of a workspace. Raises SettingsError with every mistake: file, key, what is allowed."""
    workspace = Workspace(root)
    environment = os.environ if environment is None else environment
    shipped, problems = read_toml(builtin() / CONFIG, f"built-in {CONFIG}")
    own: dict[str, Any] = {}
    if workspace.config.exists():
        own, wrong = read_toml(workspace.config, CONFIG)
        problems += wrong
    if problems:
        raise SettingsError(problems)
    table = merged(shipped, own)
    overridden: dict[str, str] = {}
    for variable, path in ENVIRONMENT.items():
        if value := environment.get(variable):
            table = merged(table, _nested(path, value))
            overridden[".".join(path)] = f"environment variable {variable}"
    rules = {**IDENTITY_RULES, Secret: Rule(lambda value: Secret.of(value, workspace.root), RULES[Secret].allowed)}
    rules[Age] = Rule(Age.of, '"forever", or a duration of at least a day such as "730d"')
    rules[ArchivePlace] = Rule(
        lambda value: ArchivePlace.of(value, workspace.root), "a directory, or false to keep nothing of what is removed"
    )
    config, problems = read(Config, table, CONFIG, rules=rules, root=workspace.root)
    if config is not None:
        problems = _database_problems(config) + _connector_problems(config)
    if config is None or problems:
        raise SettingsError([msgspec.structs.replace(p, file=overridden.get(p.key, p.file)) for p in problems])
    return config


def missing_secrets(config: Config, environment: Mapping[str, str] | None = None) -> list[Problem]:
    """References that point at nothing now. What needs one of them fails; the rest works, so ``load`` does not
    refuse."""
    secrets = [("database.url", config.database.url)]
    for name, table in config.connector.items():
        secrets += [(key, Secret.of(value, config.root)) for key, value in _references(table, f"connector.{name}")]
    problems = []
    for key, secret in secrets:
        try:
            secret.reveal(environment)
        except SecretMissing as error:
            problems.append(Problem(file=CONFIG, key=key, what=str(error)))
    return problems


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Two tables, key by key: tables are merged, everything else of ``over`` replaces. A reference replaces as a
    whole."""
    result = dict(base)
    for key, value in over.items():
        before = result.get(key)
        both = isinstance(before, Mapping) and isinstance(value, Mapping)
        if both and not is_reference(before) and not is_reference(value):
            assert isinstance(before, Mapping)
            result[key] = merged(before, value)
        else:
            result[key] = value
    return result


def masked(url: str) -> str:
    """A URL without its password, for people: ``postgresql://me:***@host/db``."""
    url = re.sub(r"(//[^/:@]*):.*@(?=[^@]*$)", r"\1:***@", url)
    return re.sub(r"(?i)([?&](?:password|passfile|sslpassword)=)[^&]*", r"\1***", url)


def _nested(path: tuple[str, ...], value: str) -> dict[str, Any]:
    return {path[0]: _nested(path[1:], value) if len(path) > 1 else value}


_SQLITE = re.compile(r"(sqlite(?:\+pysqlite)?:///)(?!/|file:)(.+)")
_URL = re.compile(r"sqlite(\+pysqlite)?:///(?!:memory:).+|postgres(ql(\+psycopg)?)?://.+")


def _absolute(url: str, root: Path) -> str:
    match = _SQLITE.fullmatch(url)
    return f"{match[1]}{root / match[2]}" if match else url


def _database_problems(config: Config) -> list[Problem]:
    try:
        url = config.database.url.reveal()
    except SecretMissing as error:
        return [Problem(file=CONFIG, key="database.url", what=str(error))]
    if _URL.fullmatch(url):
        return []
    allowed = "sqlite:///path/to/file.db, postgresql://user@host/name"
    return [Problem(file=CONFIG, key="database.url", what=f"is {masked(url)!r}", allowed=allowed)]


def _connector_problems(config: Config) -> list[Problem]:
    return [
        Problem(
            file=CONFIG, key=f"connector.{name}.use", what="is missing", allowed='the kind of connector, such as "sql"'
        )
        for name, table in config.connector.items()
        if not isinstance(table.get("use"), str)
    ]


def _references(table: Mapping[str, Any], key: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    for name, value in table.items():
        # Below streams and pushes, a table whose only key is `file` may well mean a file of data.
        if is_reference(value) and ("env" in value or not {"stream", "push"} & set(key.split("."))):
            yield f"{key}.{name}", value
        elif isinstance(value, Mapping):
            yield from _references(value, f"{key}.{name}")
