"""Guides from TOML files: extended, every mistake found at once, told with file, key, what is allowed and what is near.

The format is described in ``docs/guides.md``.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from msgspec import Meta

from b2bsync.edi import standard
from b2bsync.edi.guides.bounds import mistakes_in
from b2bsync.edi.guides.guide import Content, Guide, Occurrence, Place
from b2bsync.edi.guides.places import Misplaced, find, find_extra
from b2bsync.edi.structure import MessageGrammar, grammar
from b2bsync.vocabulary.findings import Severity
from b2bsync.vocabulary.settings import Problem, SettingsError, near, read, read_toml

Said = Literal["warning", "error"]
Count = Annotated[int, Meta(ge=0, description="a whole number from 0")]
Most = Annotated[int, Meta(ge=1, description="a whole number from 1")]
Length = Annotated[
    int | tuple[int, int], Meta(description="a number of characters, 13, or the least and the most, [4, 13]")
]


class Head(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What a file may say."""

    standard: Literal["x12", "edifact"]
    version: str
    type: str
    title: str = ""
    extends: str | None = None
    closed: bool = False
    severity: Said = "error"
    extra: tuple[str, ...] = ()
    rules: Annotated[dict[str, Any], Meta(description="a table of places")] = {}


class OccurrenceKeys(msgspec.Struct, kw_only=True):
    """What a rule for a segment or loop may say."""

    used: bool = True
    mandatory: bool = False
    minimum: Count | None = None
    maximum: Most | None = None
    severity: Said | None = None
    note: str = ""


class ContentKeys(msgspec.Struct, kw_only=True):
    """What a rule for an element or component may say."""

    used: bool = True
    mandatory: bool = False
    codes: tuple[str, ...] = ()
    length: Length | None = None
    pattern: str | None = None
    example: str | None = None
    severity: Said | None = None
    note: str = ""


SHORT = {"mandatory": {"mandatory": True}, "unused": {"used": False}, "used": {"used": True}}
"""What may stand in the place of a table: ``CUR = "unused"``."""

_OWN = ("used", "mandatory")  # of these ``false`` is a value; of the others it drops what the extended guide says


class Guides:
    """The guides of several folders by name: ``maple/850`` is ``maple/850.toml``. The first folder that has it wins."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = tuple(Path(folder) for folder in folders)
        self._known: dict[str, Guide] = {}

    def get(self, name: str) -> Guide:
        """The guide of a name. Raises SettingsError with every mistake when there is none or it is wrong."""
        if name not in self._known:
            path = next((p for f in self.folders if _plain(name) and (p := f / f"{name}.toml").is_file()), None)
            if path is None:
                raise SettingsError([_problem(f"{name}.toml", "", _none(name, self.folders), self.names(), name)])
            self._known[name] = load(path, self.folders)
        return self._known[name]

    def names(self) -> list[str]:
        """The names of all guides, sorted."""
        return _named(self.folders)

    def check(self) -> list[Problem]:
        """Every mistake in every guide, each once."""
        problems: list[Problem] = []
        for name in self.names():
            try:
                self.get(name)
            except SettingsError as error:
                problems += [problem for problem in error.problems if problem not in problems]
        return problems


def load(path: Path, folders: Sequence[Path] = ()) -> Guide:
    """The guide of a file. What it extends is looked for in ``folders``, or beside it where none are given.

    Raises SettingsError with every mistake in the file and in those that it extends.
    """
    path = Path(path)
    folders = tuple(folders) or (path.parent,)
    problems: list[Problem] = []
    files = _chain(path, folders, problems)
    guide = _guide(path, _name(path, folders), files, problems)
    if guide is None or problems:
        raise SettingsError(problems)
    return guide


class _File(NamedTuple):
    """A guide's file as it was read."""

    shown: str
    table: dict[str, Any]


def _plain(name: str) -> bool:
    return ".." not in name.split("/") and not name.startswith("/")


def _named(folders: Iterable[Path]) -> list[str]:
    return sorted({p.relative_to(f).with_suffix("").as_posix() for f in folders for p in f.rglob("*.toml")})


def _none(name: str, folders: Iterable[Path]) -> str:
    """That there is no such guide, and where it was looked for."""
    places = " or ".join(dict.fromkeys(str(folder.absolute()) for folder in folders)) or "nowhere"
    return f"there is no guide {name!r} in {places}"


def _name(path: Path, folders: Iterable[Path]) -> str:
    inside = next((path.relative_to(folder) for folder in folders if path.is_relative_to(folder)), Path(path.name))
    return inside.with_suffix("").as_posix()


def _problem(file: str, key: str, what: str, allowed: Iterable[str] = (), found: str = "") -> Problem:
    words = list(allowed)
    shown = ", ".join(words[:40]) + (", …" if len(words) > 40 else "")
    return Problem(file=file, key=key, what=what, allowed=shown, advice=near(found, words) if found else "")


def _key(text: str, *names: str) -> str:
    """A key of ``[rules]`` as it is written in a file."""
    shown = text if re.fullmatch(r"[A-Za-z0-9_-]+", text) else f'"{text}"'
    return ".".join(("rules", shown, *names))


def _chain(path: Path, folders: Sequence[Path], problems: list[Problem]) -> list[_File]:
    """The file behind all that it extends, the most general one first."""
    files: list[_File] = []
    seen: list[Path] = []
    while True:
        table, wrong = read_toml(path)
        problems += wrong
        files.insert(0, _File(str(path), table))
        seen.append(path.resolve())
        name = table.get("extends")
        if not isinstance(name, str):
            return files
        found = [p for f in folders if _plain(name) and (p := f / f"{name}.toml").is_file()]
        hidden = [p for p in found if p.resolve() != seen[-1]]  # a file may extend the one that it hides
        if not hidden:
            itself = f"{name!r} is this file itself, and a guide cannot extend itself"
            own = _name(path, folders)
            others = [other for other in _named(folders) if other != own]
            what, near_by = (itself, "") if found else (_none(name, folders), name)
            problems.append(_problem(str(path), "extends", what, others, near_by))
            return files
        path = hidden[0]
        if path.resolve() in seen:
            problems.append(_problem(files[0].shown, "extends", f"{name!r} extends this file itself"))
            return files


def _guide(path: Path, name: str, files: list[_File], problems: list[Problem]) -> Guide | None:
    head = _head(files, problems)
    message = _message(files, head, problems) if head is not None else None
    if head is None or message is None:
        _forms(files, problems)
        return None
    severity = Severity(head.severity)
    rules = _Rules(message, severity, problems)
    for file in files:
        table = file.table.get("rules", {})
        if isinstance(table, dict):
            rules.add(file.shown, table)
    occurrences, contents = rules.made()
    extra = []
    for number, text in enumerate(head.extra, 1):
        try:
            extra.append(find_extra(text, message))
        except Misplaced as wrong:
            said = next(file for file in reversed(files) if "extra" in file.table)
            problems.append(_problem(said.shown, f"extra[{number}]", wrong.what, wrong.allowed, wrong.found))
    return Guide(
        name=name, title=head.title, standard=head.standard, version=head.version, facts=message.version,
        type=head.type, closed=head.closed, severity=severity, occurrences=occurrences, contents=contents,
        extra=tuple(extra),
    )  # fmt: skip


def _head(files: list[_File], problems: list[Problem]) -> Head | None:
    """The heads, the special one over the general one; each file's mistakes are told as its own.

    What is wrong is left out of it, so that the rules can be judged all the same; a standard that is none is guessed
    from the version. None where version or type are missing.
    """
    broken = bool(problems)  # what is missing may stand in a file that could not be read
    merged: dict[str, Any] = {}
    wrong: set[str] = set()
    for file in files:
        bad = read(Head, {"standard": "x12", "version": "", "type": "", **file.table}, file.shown)[1]
        problems += bad
        unsound = {problem.key.partition("[")[0] for problem in bad}
        wrong |= unsound
        sound = {key: value for key, value in file.table.items() if key in Head.__struct_fields__}
        merged |= {key: value for key, value in sound.items() if key not in ("rules", "extends", *unsound)}
    missing = read(Head, merged, files[-1].shown)[1]
    problems += [problem for problem in missing if problem.key not in wrong and not broken]
    if "version" not in merged or "type" not in merged:
        return None
    if "standard" not in merged:
        facts = standard.nearest(merged["version"])
        if facts is None:
            return None
        merged["standard"] = "x12" if facts in standard.VERSIONS else "edifact"
    return read(Head, merged, files[-1].shown)[0]


def _message(files: list[_File], head: Head, problems: list[Problem]) -> MessageGrammar | None:
    """The structure that the guide is about."""

    def wrong(key: str, what: str, allowed: Iterable[str], found: str) -> None:
        said = next((file for file in reversed(files) if key in file.table), files[-1])
        problems.append(_problem(said.shown, key, what, allowed, found))

    versions = standard.VERSIONS if head.standard == "x12" else standard.DIRECTORIES
    service = ("UN3", "UN4") if head.standard == "edifact" else ()
    facts = standard.nearest(head.version)
    if facts is None or facts not in (*versions, *service):
        wrong("version", f"is {head.version!r}, no version of {head.standard}", (*versions, *service), head.version)
        return None
    known = grammar(facts)
    if head.type not in known.types:
        wrong("type", f"is {head.type!r}, which {facts} does not have", known.types, head.type)
        return None
    return known.message(head.type)


def _forms(files: list[_File], problems: list[Problem]) -> None:
    """What can be said of rules where nobody knows the message they are about."""
    known = list(dict.fromkeys((*ContentKeys.__struct_fields__, *OccurrenceKeys.__struct_fields__)))
    for file in files:
        table = file.table.get("rules", {})
        for key, value in table.items() if isinstance(table, dict) else ():
            if isinstance(value, str) and value not in SHORT:
                problems.append(_problem(file.shown, _key(key), f"is {value!r}", [*SHORT, "a table"], value))
            for name in value if isinstance(value, dict) else ():
                if name not in known and not re.match("[A-Z0-9]", name):
                    problems.append(_problem(file.shown, _key(key, name), "is not a known key", known, name))


class _Rule(NamedTuple):
    """What is said of a place so far, and who said it last."""

    file: str
    key: str
    place: Place
    table: dict[str, Any]


class _Rules:
    """The rules of a guide, gathered from the most general file to the most special one."""

    def __init__(self, message: MessageGrammar, severity: Severity, problems: list[Problem]) -> None:
        self.message, self.severity, self.problems = message, severity, problems
        self.rules: dict[object, _Rule] = {}

    def add(self, file: str, table: dict[str, Any]) -> None:
        """One file's rules over those before it."""
        own: dict[object, str] = {}
        for key, value in table.items():
            try:
                place = find(key, self.message)
            except Misplaced as wrong:
                self.problems.append(_problem(file, _key(key), wrong.what, wrong.allowed, wrong.found))
                continue
            same = _same(place)
            if same in own:
                self.problems.append(_problem(file, _key(key), f"names the same place as {own[same]!r}"))
                continue
            own[same] = key
            self._merge(file, key, same, place, value)

    def _merge(self, file: str, key: str, same: object, place: Place, value: Any) -> None:
        before = self.rules.get(same)
        if value is False:
            if before is None:
                self.problems.append(
                    _problem(file, _key(key), "is false, but no extended guide has a rule to drop here", SHORT)
                )
            self.rules.pop(same, None)
            return
        if isinstance(value, str):
            if value not in SHORT:
                self.problems.append(_problem(file, _key(key), f"is {value!r}", [*SHORT, "a table"], value))
                return
            value = SHORT[value]
        kind = ContentKeys if place.spots else OccurrenceKeys
        inner = [name for name in value if re.match("[A-Z0-9]", name)] if isinstance(value, dict) else []
        if inner:  # TOML takes a dot outside of quotes for a table
            what = f'holds {inner[0]}: write the place in quotes, "{key}.{inner[0]}"'
            self.problems.append(_problem(file, _key(key), what))
            return
        merged = dict(before.table) if before else {}
        said = {}
        for name, item in value.items() if isinstance(value, dict) else ():
            if item is False and name not in _OWN:
                merged.pop(name, None)
            else:
                said[name] = item
        _, wrong = read(kind, said if isinstance(value, dict) else value, file, key=_key(key))
        self.problems += wrong
        if not wrong:
            self.rules[same] = _Rule(file, key, place, merged | said)

    def made(self) -> tuple[tuple[Occurrence, ...], tuple[Content, ...]]:
        """The rules as they hold in the end; what does not fit the standard or itself is a problem."""
        occurrences, contents = [], []
        for rule in self.rules.values():
            made = self._content(rule) if rule.place.spots else self._occurrence(rule)
            for name, what, allowed in mistakes_in(made, self.message):
                names = [name] if name else []
                self.problems.append(_problem(rule.file, _key(rule.key, *names), what, allowed))
            if isinstance(made, Content):
                contents.append(made)
            else:
                occurrences.append(made)
        return tuple(occurrences), tuple(contents)

    def _occurrence(self, rule: _Rule) -> Occurrence:
        keys, _ = read(OccurrenceKeys, rule.table, rule.file)
        assert keys is not None
        least = keys.minimum if keys.minimum is not None else int(keys.mandatory)
        if keys.mandatory and keys.minimum == 0:
            what = "is 0, but the place is mandatory"
            self.problems.append(_problem(rule.file, _key(rule.key, "minimum"), what))
        return Occurrence(
            place=rule.place, used=keys.used, minimum=least, maximum=keys.maximum,
            severity=Severity(keys.severity or self.severity), note=keys.note,
        )  # fmt: skip

    def _content(self, rule: _Rule) -> Content:
        keys, _ = read(ContentKeys, rule.table, rule.file)
        assert keys is not None
        low, high = (keys.length, keys.length) if isinstance(keys.length, int) else keys.length or (None, None)
        return Content(
            place=rule.place, used=keys.used, mandatory=keys.mandatory, codes=keys.codes, shortest=low, longest=high,
            pattern=keys.pattern, example=keys.example, severity=Severity(keys.severity or self.severity),
            note=keys.note,
        )  # fmt: skip


def _same(place: Place) -> Iterator[object] | object:
    """What two spellings of one place have in common."""

    def tests(said: tuple[Any, ...]) -> object:
        return frozenset((test.spots, frozenset(test.values), test.negative) for test in said)

    return place.path, tuple(map(tests, place.tests)), place.tag, place.opens, tests(place.own), place.spots
