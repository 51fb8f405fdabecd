"""A workspace: what init writes, what is found where, and what hides what."""

import re
from pathlib import Path

import pytest

from b2bsync import config, partners
from b2bsync.workspace import Override, Workspace, WorkspaceError, builtin, init


def test_init_writes_a_workspace_that_works(tmp_path: Path) -> None:
    workspace = init(tmp_path / "here")
    assert sorted(path.relative_to(tmp_path / "here").as_posix() for path in (tmp_path / "here").rglob("*")) == [
        "config.toml",
        "connectors",
        "guides",
        "mappings",
        "partners",
        "partners/_example.toml",
        "schedules",
    ]
    assert config.load(workspace.root, {}).main_company == "MAIN"
    found, problems = partners.load(workspace.partners)
    assert (len(found), problems) == (0, [])
    assert workspace.overrides() == []


def test_the_example_is_a_partner_as_soon_as_it_has_a_name(tmp_path: Path) -> None:
    workspace = init(tmp_path / "here")
    example = workspace.partners / "_example.toml"
    (workspace.partners / "stores.toml").write_text(example.read_text())
    ours = {"MAIN": partners.Company(isa=partners.Identity("ZZ", "US"))}
    found, problems = partners.load(workspace.partners, ours)
    assert (found.names(), problems) == (["stores"], [])


def test_every_commented_setting_of_the_example_is_valid(tmp_path: Path) -> None:
    workspace = init(tmp_path / "here")
    text = (workspace.partners / "_example.toml").read_text()
    (workspace.partners / "stores.toml").write_text(re.sub(r"^#(?! |$)", "", text, flags=re.MULTILINE))
    ours = {"MAIN": partners.Company()}
    found, problems = partners.load(workspace.partners, ours)
    assert problems == []
    stores = found.get("stores")
    assert stores is not None
    assert (stores.gs, stores.our_gs, stores.customer, stores.erp.warehouse) == ("EXAMPLE", "5550100", "10001", "MAIN")
    assert stores.gate == {"on_price_difference": "hold"}


def test_init_never_overwrites(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("mine")
    with pytest.raises(WorkspaceError) as caught:
        init(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}/config.toml exists already, and nothing is overwritten; choose another directory"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["config.toml"]
    assert (tmp_path / "config.toml").read_text() == "mine"


def test_init_beside_other_files_leaves_them_alone(tmp_path: Path) -> None:
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings" / "mine.toml").write_text("mine")
    init(tmp_path)
    assert (tmp_path / "mappings" / "mine.toml").read_text() == "mine"


def test_init_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError, match=r"cannot be written \(Not a directory\); choose another directory"):
        init(tmp_path / "file" / "here")


def test_a_directory_that_is_no_workspace(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError) as caught:
        Workspace.open(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path} is no workspace: it has no config.toml; name the right directory, or make one with b2bsync init "
        f"{tmp_path}"
    )


def test_the_workspace_is_looked_into_before_the_built_in_files(tmp_path: Path) -> None:
    workspace = init(tmp_path)
    assert workspace.folders("mappings") == [tmp_path / "mappings", builtin() / "mappings"]
    assert workspace.find("partners", "_example.toml") == tmp_path / "partners" / "_example.toml"
    (tmp_path / "partners" / "_example.toml").unlink()
    assert workspace.find("partners", "_example.toml") == builtin() / "partners" / "_example.toml"
    assert workspace.find("partners", "nobody.toml") is None


def test_a_checkout_is_its_own_workspace_and_overrides_nothing() -> None:
    workspace = Workspace.open(builtin())
    assert workspace.folders("mappings") == [builtin() / "mappings"]
    assert workspace.overrides() == []


def test_a_file_of_the_same_name_is_an_override(tmp_path: Path) -> None:
    workspace = init(tmp_path)
    shipped = sorted((builtin() / "mappings").rglob("*.toml"))[0]
    name = shipped.relative_to(builtin() / "mappings")
    mine = workspace.mappings / name
    mine.parent.mkdir(parents=True)
    mine.write_text(shipped.read_text())
    (workspace.mappings / "own.toml").write_text("")
    assert workspace.overrides() == [Override(kind="mappings", name=name.as_posix(), path=mine, builtin=shipped)]


def test_guides_are_looked_for_in_the_workspace_and_none_are_shipped(tmp_path: Path) -> None:
    workspace = init(tmp_path)
    assert (workspace.guides, workspace.folders("guides")) == (tmp_path / "guides", [tmp_path / "guides"])
