"""What the documents say is so: links lead somewhere, TOML loads, verbs exist, JSON has the keys that are promised, and
the walk of getting-started.md ends where it says."""

import json
import os
import re
import subprocess
import sys
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click
import msgspec
import pytest
import typer.main
from typer.testing import CliRunner

from b2bsync import cli, config, partners
from b2bsync.engine import load_schedules

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
WALK = ROOT / "docs" / "getting-started.md"


class Block(NamedTuple):
    """A fenced block: the word behind the fence, what else stands there, and its text."""

    document: str
    language: str
    mark: str
    text: str


def blocks(document: Path) -> Iterator[Block]:
    for info, text in re.findall(r"^```([^\n]*)\n(.*?)^```$", document.read_text(encoding="utf-8"), re.M | re.S):
        language, _, mark = info.partition(" ")
        yield Block(document.name, language, mark, text)


def marked(kind: str) -> list[Block]:
    """Blocks of TOML marked as a whole file of a kind, wherever they stand."""
    folder = {"partner": "file=partners/", "schedule": "file=schedules/", "config": "file=config.toml"}[kind]
    found = [b for d in DOCUMENTS for b in blocks(d) if b.language == "toml"]
    return [b for b in found if b.mark == kind or b.mark.startswith(folder)]


def anchor(heading: str) -> str:
    """The name that a heading can be linked by."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def without_blocks(text: str) -> str:
    return re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_relative_links_lead_somewhere(document: Path) -> None:
    lost = []
    for target in re.findall(r"\]\(([^)\s]+)\)", without_blocks(document.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, name = target.partition("#")
        file = (document.parent / path) if path else document
        headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.M) if file.is_file() else []
        if not file.exists() or (name and name not in map(anchor, headings)):
            lost.append(target)
    assert lost == []


def test_there_are_links_to_every_document() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [d.name for d in (ROOT / "docs").glob("*.md") if f"](docs/{d.name})" not in readme] == []


@pytest.mark.parametrize("block", marked("partner"), ids=lambda b: b.document)
def test_partner_files_load(block: Block, tmp_path: Path) -> None:
    folder = tmp_path / "partners"
    folder.mkdir()
    (folder / "acme.toml").write_text(block.text, encoding="utf-8")
    us = partners.Company(isa=partners.Identity("ZZ", "EXAMPLESUPPLY"))
    loaded, problems = partners.load(folder, {"MAIN": us})
    assert ([str(p) for p in problems], loaded.names()) == ([], ["acme"])


def test_the_first_partner_takes_at_most_fifteen_lines() -> None:
    [first] = [b for b in marked("partner") if b.document == "README.md"]
    assert len(first.text.splitlines()) <= 15


@pytest.mark.parametrize("block", marked("config"), ids=lambda b: b.document)
def test_configurations_load(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("B2BSYNC_DB", "postgresql://b2bsync@db.example/b2bsync")
    (tmp_path / "config.toml").write_text(block.text, encoding="utf-8")
    loaded = config.load(tmp_path)
    assert loaded.stage == "production"


@pytest.mark.parametrize("block", marked("schedule"), ids=lambda b: b.document)
def test_schedules_load(block: Block, tmp_path: Path) -> None:
    (tmp_path / "nightly.toml").write_text(block.text, encoding="utf-8")
    schedules = load_schedules([tmp_path])
    assert (schedules.problems, [s.name for s in schedules.found]) == ((), ["nightly"])


# -- every key is described


def keys_of(kind: Any) -> set[str]:
    return {field.encode_name for field in msgspec.structs.fields(kind)}


def described(document: str) -> set[str]:
    """The words that stand in code type in the tables of a document."""
    text = (ROOT / "docs" / document).read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    return {word for row in rows for code in re.findall(r"`([^`]+)`", row) for word in re.findall(r"\w+", code)}


def tables_of(kind: Any) -> set[type[msgspec.Struct]]:
    """The tables that may stand in a table, itself included."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return {kind}.union(*(tables_of(field.type) for field in msgspec.structs.fields(kind)))
    return set().union(*map(tables_of, typing.get_args(kind)))


def test_every_key_of_a_partner_file_is_described() -> None:
    tables = tables_of(partners.Agreement) - {partners.Identity, partners.EdifactIdentity}  # those are text
    assert {table.__name__ for table in tables} > {"DirectorySettings", "SetNumbers", "EdifactDelimiters"}
    assert {key for table in tables for key in keys_of(table)} - described("partners.md") == set()


def test_every_key_of_the_configuration_is_described() -> None:
    tables = (
        config.Config,
        config.DatabaseSettings,
        config.EngineSettings,
        config.ReceiveSettings,
        config.RetentionSettings,
        partners.Company,
    )
    of_the_program = {"root"}
    assert {key for table in tables for key in keys_of(table)} - described("configuration.md") == of_the_program
    assert set(config.ENVIRONMENT) - described("configuration.md") == set()


# -- the command line


def commands() -> dict[str, click.Command]:
    """Every verb as it is typed: ``check``, ``documents list`` …"""
    top = typer.main.get_command(cli.app)
    found: dict[str, click.Command] = {}
    for name, command in getattr(top, "commands").items():  # noqa: B009
        below = getattr(command, "commands", None)
        found |= {f"{name} {verb}": c for verb, c in below.items()} if below else {name: command}
    return found


def typed(text: str) -> Iterator[str]:
    """Commands in blocks of shell and in code type: the words behind ``b2bsync``."""
    for line in re.findall(r"(?<![\w/.-])b2bsync ([^\n`]*)", text):
        words = re.sub(r"^(?:-w|--workspace) \S+ ", "", line).split()
        if words and re.fullmatch(r"[a-z]+", words[0]):
            yield " ".join(words[:2])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_named_verbs_exist(document: Path) -> None:
    known = commands()
    text = document.read_text(encoding="utf-8")
    shell = [b.text for b in blocks(document) if b.language == "sh"]
    code = "\n".join([*re.findall(r"`([^`\n]+)`", without_blocks(text)), *shell])
    named = {*typed(code)}
    groups = {verb.split()[0] for verb in known if " " in verb}
    for span in re.findall(r"`([^`\n]+)`", without_blocks(text)):
        words = span.split()
        if words[0] in groups and len(words) > 1 and re.fullmatch(r"[a-z]+", words[1]):
            named.add(" ".join(words[:2]))
    assert [words for words in named if words not in known and words.split()[0] not in known] == []


def sections() -> dict[str, str]:
    """The headings of cli.md that describe verbs, each verb with its section."""
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    found = {}
    for heading, body in re.findall(r"^### (.*?)\n(.*?)(?=^##|\Z)", text, re.M | re.S):
        for usage in re.findall(r"`([^`]+)`", heading):
            words = usage.split()
            verb = " ".join(w for w in words[:2] if re.fullmatch(r"[a-z]+", w))
            found[verb] = heading + "\n" + body
    return found


def test_every_verb_is_described_with_its_options() -> None:
    told = sections()
    missing = []
    for verb, command in commands().items():
        text = "\n".join(t for v, t in told.items() if v == verb or v.startswith(f"{verb} "))
        if not text:
            missing.append(verb)
        for parameter in command.params:
            names = [n for n in parameter.opts if n.startswith("-")]
            if names and "--help" not in names and not any(name in text for name in names):
                missing.append(f"{verb} {names[0]}")
    assert missing == []


def test_every_described_verb_exists() -> None:
    assert set(sections()) - set(commands()) == {"sync runs", "sync rejects"}


# -- the walk, and what its workspace answers

Shape = dict[str, Any] | list[Any] | None


def promised(text: str) -> Shape:
    """``[{id, name, steps: [{rule}], body: …}]`` as nested keys; None is anything."""
    tokens = re.findall(r"\w+|[\[\]{}:,…]", text)

    def value() -> Shape:
        token = tokens.pop(0)
        if token == "[":
            inner = value()
            assert tokens.pop(0) == "]"
            return [inner]
        if token == "…":
            return None
        assert token == "{", token
        found: dict[str, Shape] = {}
        while tokens[0] != "}":
            name = tokens.pop(0)
            found[name] = None
            if tokens[0] == ":":
                tokens.pop(0)
                found[name] = value()
            if tokens[0] == ",":
                tokens.pop(0)
        tokens.pop(0)
        return found

    return value()


def differences(told: Shape, said: Any, where: str = "") -> list[str]:
    if isinstance(told, list):
        assert isinstance(said, list), where
        return [d for item in said for d in differences(told[0], item, f"{where}[]")]
    if isinstance(told, dict):
        assert isinstance(said, dict), where
        wrong = [f"{where}.{key}" for key in set(told) ^ set(said)]
        return wrong + [d for key in set(told) & set(said) for d in differences(told[key], said[key], f"{where}.{key}")]
    return []


def run(workspace: Path, script: str) -> str:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "COLUMNS": "200"}
    for name in ("B2BSYNC_WORKSPACE", "B2BSYNC_NODE", "B2BSYNC_DATABASE_URL"):
        environment.pop(name, None)
    done = subprocess.run(
        ["bash", "-ec", script], cwd=workspace, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def answer(workspace: Path, words: str) -> Any:
    """What a verb prints as JSON. In this process, which is quicker; an engine gets a process of its own."""
    if words == "once":
        return json.loads(run(workspace, "b2bsync once --json"))
    done = CliRunner().invoke(cli.app, ["-w", str(workspace), *words.split(), "--json"])
    assert done.exit_code == (2 if words == "status" else 0), done.output  # it has a schedule, and no daemon runs
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """getting-started.md done as it stands: the workspace, and what each block of commands printed."""
    place, printed = tmp_path_factory.mktemp("walk"), []
    for block in blocks(WALK):
        if block.mark.startswith("file="):
            (place / block.mark.removeprefix("file=")).write_text(block.text, encoding="utf-8")
        elif block.language == "sh":
            printed.append(run(place, block.text))
            place = place / "supply" if (place / "supply").is_dir() else place
    return place, printed


def test_the_walk_ends_with_an_answered_order(walked: tuple[Path, list[str]]) -> None:
    workspace, _ = walked
    assert [p.name for p in sorted((workspace / "exchange/acme/out").iterdir())] == [
        "855_acme_000000002.edi",
        "997_acme_000000001.edi",
        "997_acme_000000003.edi",
    ]
    sent = (workspace / "exchange/acme/out/855_acme_000000002.edi").read_text().splitlines()
    [order] = answer(workspace, "orders show PO-1")
    day = order["lines"][0]["promised"].replace("-", "")
    assert [line for line in sent if line.startswith(("PO1", "ACK"))] == [
        "PO1*1*10*EA*2.5**VP*TEA~",
        f"ACK*IA*10*EA*068*{day}~",
        "PO1*2*4*EA*4**VP*CUP~",
        "ACK*IR*4*EA~",
    ]
    lines = [(x["line"], x["ordered"], x["confirmed"], x["status"], x["reason"]) for x in order["lines"]]
    assert (order["status"], order["erp_number"]) == ("confirmed", "1")
    assert lines == [("1", "10", "10", "accepted", None), ("2", "4", "0", "rejected", "below_minimum")]
    orders = "import sqlite3; print(sqlite3.connect('erp.db').execute('SELECT * FROM so_line').fetchall())"
    assert run(workspace, f'{sys.executable} -c "{orders}"') == "[(1, '1', 'TEA', '10', 'EA', '2.50')]\n"


def test_the_walk_prints_what_it_shows(walked: tuple[Path, list[str]]) -> None:
    _, printed = walked
    prices = [text for text in printed if "for 10 of TEA" in text]
    assert len(prices) == 1
    assert prices[0].count("2.5 USD per EA for 10 of TEA, customer C100, on ") == 1
    assert "order PO-1 came before, as document 1; it was not ordered again" in "".join(printed)


JSON = {
    "check": "check --offline",
    "sync": "sync",
    "once": "once",
    "price": "price C100 TEA 10",
    "documents show": "documents show 1",
    "orders show": "orders show PO-1",
    "edi inspect": "edi inspect {workspace}/exchange/acme/out/855_acme_000000002.edi",
    "edi validate": "edi validate {workspace}/exchange/acme/out/855_acme_000000002.edi",
}


@pytest.mark.parametrize("verb", [verb for verb, text in sections().items() if "--json" in text.partition("\n")[0]])
def test_json_has_the_promised_keys(verb: str, walked: tuple[Path, list[str]]) -> None:
    text = re.search(r"^JSON: `([^`]+)`", sections()[verb], re.M)
    assert text is not None, verb
    said = answer(walked[0], JSON.get(verb, verb).format(workspace=walked[0]))
    assert differences(promised(text[1]), said) == []
