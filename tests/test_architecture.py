"""The rules of the house that no linter knows: who commits, how large a file may be, what names say nothing."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import grimp

from tools.import_contract import Rooms

ROOT = Path(__file__).parent.parent
CODE = ("b2bsync", "connectors", "tools", "benchmarks", "torture")
LONGEST = 400  # lines

COMMITS = {
    "b2bsync/engine/": "the stage runner, the fire table, and what an operator does to lanes",
    "b2bsync/exchange/receive.py": "the receiver: a message is ours from this commit on",
    "b2bsync/exchange/intake.py": "which channels cannot be looked into, of which no stage hears",
    "b2bsync/sync/pull.py": "pages of records with their cursor",
    "b2bsync/store/migrations/": "the migrator",
    "b2bsync/store/blobs.py": "parts of a large content, which nobody sees before the receiver's commit",
    "b2bsync/app": "operator actions",
    "b2bsync/cli/": "operator actions",
    "b2bsync/demo/": "the demonstration's ERP and buyer are programs of their own, with databases of their own",
    "connectors/": "the ERP's database, not ours",
}
"""Where a transaction may be ended, and what for. Everything else takes a session."""


def python_files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def ends_a_transaction(node: ast.AST) -> bool:
    """``x.commit()``, or ``with x.begin():``, which commits at its end."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return False
    return node.func.attr == "commit" or (node.func.attr == "begin" and not node.args)


def commits_in(source: str) -> list[int]:
    return [node.lineno for node in ast.walk(ast.parse(source)) if ends_a_transaction(node)]  # type: ignore[attr-defined]


def test_only_those_who_may_commit_do() -> None:
    stray = [
        f"{shown(path)}:{line}"
        for path in python_files("b2bsync", "connectors")
        if not shown(path).startswith(tuple(COMMITS))
        for line in commits_in(path.read_text(encoding="utf-8"))
    ]
    assert stray == []


def test_a_stray_commit_would_be_found() -> None:
    assert commits_in("def f(session):\n    session.add(1)\n    session.commit()\n") == [3]
    assert commits_in("def f(engine):\n    with engine.begin() as connection:\n        pass\n") == [2]
    assert commits_in("def f(session):\n    session.flush()\n") == []


def test_no_file_is_two_nouns() -> None:
    long = {shown(path): len(path.read_text(encoding="utf-8").splitlines()) for path in python_files(*CODE)}
    assert {path: lines for path, lines in long.items() if lines > LONGEST} == {}


def test_no_name_says_nothing() -> None:
    empty_words = {"util", "utils", "helper", "helpers", "common", "manager", "managers", "misc"}
    names = {shown(path): {path.stem, *path.relative_to(ROOT).parts[:-1]} for path in python_files(*CODE, "tests")}
    assert [path for path, words in names.items() if words & empty_words] == []


def test_every_folder_of_code_is_a_package() -> None:
    """The import contract does not see into a folder without ``__init__.py``."""
    folders = {path.parent for path in python_files("b2bsync")} | {
        path.parent for path in python_files("connectors") if path.parent != ROOT / "connectors"
    }
    scripts = ROOT / "b2bsync/store/migrations/versions"  # Alembic loads these by their paths
    assert [shown(folder) for folder in sorted(folders - {scripts}) if not (folder / "__init__.py").is_file()] == []


def test_nothing_names_a_place_on_somebodys_machine() -> None:
    forbidden = [
        "/" + "home/",
        "/" + "root/",
        "/" + "Users/",
        "/" + "work/",
        "pypi" + ".org",
        "python" + "hosted",
        "-index" + "-url",
    ]
    folders = (*CODE, "tests", "mappings", "schedules", "partners", "docs", ".ci")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()]
    files += [path for path in ROOT.iterdir() if path.is_file()]
    found = []
    for path in files:
        if "__pycache__" in path.parts or path.suffix in (".db", ".xlsx"):
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [f"{shown(path)}: {word}" for word in forbidden if word in text]
    assert found == []


# -- the import contract itself ----------------------------------------------------------------------------------------


def check(rules: list[str], *imports: tuple[str, str]) -> dict[str, list[str]]:
    graph = grimp.ImportGraph()
    for number, (importer, imported) in enumerate(imports, 1):
        for module in (importer, imported):
            graph.add_module(module)
        graph.add_import(importer=importer, imported=imported, line_number=number, line_contents="")
    contract = Rooms(name="rooms", session_options={}, contract_options={"rules": rules})
    result = contract.check(graph, verbose=False)
    assert result.kept == (not result.metadata["broken"] and not result.metadata["unnamed"])
    return dict(result.metadata)


def test_what_is_named_is_allowed_and_the_rest_is_not() -> None:
    rules = ["vocabulary:", "edi: vocabulary", "connectors: edi"]
    assert check(
        rules,
        ("b2bsync.edi.reader", "b2bsync.vocabulary.findings"),
        ("b2bsync.edi.reader", "b2bsync.edi.facts"),
        ("b2bsync.edi.reader", "b2bsync"),
        ("connectors.sql", "b2bsync.edi"),
    ) == {"unnamed": [], "broken": []}
    assert check(rules, ("b2bsync.vocabulary.units", "b2bsync.edi"), ("connectors.sql", "b2bsync.vocabulary")) == {
        "unnamed": [],
        "broken": [
            "b2bsync.vocabulary.units (line 1) imports b2bsync.edi",
            "connectors.sql (line 2) imports b2bsync.vocabulary",
        ],
    }


def test_a_room_without_a_rule_is_an_error() -> None:
    assert check(["edi:"], ("b2bsync.new.thing", "b2bsync.edi"))["unnamed"] == ["new"]


def test_nobody_but_the_application_knows_the_exchange() -> None:
    """The few lines of the contract that carry the most weight, said a second time."""
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]
    allowed = {
        room: names.replace(",", "").split() for room, _, names in (rule.partition(":") for rule in contract["rules"])
    }
    assert allowed["vocabulary"] == []
    assert allowed["connectors"] == ["sync"]
    assert allowed["channels"] == allowed["edi"] == allowed["cxml"] == allowed["model"] == ["vocabulary"]
    assert allowed["terms"] == ["model", "vocabulary"]
    assert [room for room, names in allowed.items() if "exchange" in names] == ["app", "web"]
    assert [room for room, names in allowed.items() if "edi" in names] == ["mapping", "exchange", "app", "web"]
