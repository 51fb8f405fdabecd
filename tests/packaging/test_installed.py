"""The wheel in an environment of its own: commands, a workspace, and overriding what ships."""

import json
from pathlib import Path

import b2bsync
from tests.packaging.conftest import run

OVERRIDE = """
import json, pathlib, sys
from b2bsync.config import load
from b2bsync.mapping import Library
from b2bsync.sync import Connectors
from b2bsync.workspace import Workspace
workspace = Workspace.open(pathlib.Path(sys.argv[1]))
config = load(workspace.root)
mapping = Library(workspace.folders("mappings")).get("x12/004010/850")
connectors = Connectors(config.connector, workspace.root)
print(json.dumps({
    "mapping": str(mapping.path),
    "hash": mapping.hash,
    "connector": {name: connectors.module(name).__file__ for name in connectors.names()},
    "overrides": [f"{o.kind}/{o.name}" for o in workspace.overrides()],
}))
"""

CONNECTOR = '''
"""A connector of this workspace, in place of the shipped one."""
import msgspec


class Settings(msgspec.Struct):
    pass


def connect(settings, context):
    raise NotImplementedError
'''


def effective(python: Path, workspace: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads(run(python, "-c", OVERRIDE, workspace, cwd=workspace).stdout)
    return found


def test_a_workspace_overrides_a_shipped_mapping_and_a_shipped_connector(installed: Path, outside: Path) -> None:
    python = installed / "python"
    run(python, "-c", "import pathlib, b2bsync.workspace as w; w.init(pathlib.Path('here'))", cwd=outside)
    workspace = outside / "here"
    with (workspace / "config.toml").open("a") as file:
        file.write('[connector.lists]\nuse = "files"\n[connector.erp]\nuse = "sql"\n')

    before = effective(python, workspace)
    shipped = Path(str(before["mapping"]))
    assert shipped.is_relative_to(installed.parent)
    assert shipped.parts[-5:] == ("builtin", "mappings", "x12", "004010", "850.toml")
    assert before["overrides"] == []

    mine = workspace / "mappings" / "x12" / "004010" / "850.toml"
    mine.parent.mkdir(parents=True)
    mine.write_text(shipped.read_text() + "\n# ours\n")
    (workspace / "connectors" / "files.py").write_text(CONNECTOR)

    after = effective(python, workspace)
    assert after["mapping"] == str(mine)
    assert after["connector"] == before["connector"] | {"lists": str(workspace / "connectors" / "files.py")}  # type: ignore[operator]
    assert "mappings/x12/004010/850.toml" in after["overrides"]  # type: ignore[operator]
    assert before["hash"] != "" and after["hash"] != ""


def test_the_commands_of_a_new_installation(installed: Path, outside: Path) -> None:
    command = installed / "b2bsync"
    assert run(command, "--version", cwd=outside).stdout.strip().endswith(b2bsync.__version__)
    run(command, "init", "here", cwd=outside)
    assert sorted(path.name for path in (outside / "here").iterdir()) == [
        "config.toml",
        "connectors",
        "guides",
        "mappings",
        "partners",
        "schedules",
    ]
    run(command, "check", cwd=outside / "here")


def test_the_demonstration_runs_from_the_wheel(installed: Path, outside: Path) -> None:
    """The main job, from an ERP and a buyer's order to response, ship notice and invoice: without the checkout."""
    shown = run(installed / "b2bsync", "demo", "demo", cwd=outside).stdout
    for word in ("ordered", "confirmed", "shipped", "invoiced", "open"):
        assert word in shown.lower()
