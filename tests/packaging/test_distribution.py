"""What is in the wheel and in the sdist, and that the built-in files are found wherever b2bsync runs from."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import b2bsync
from b2bsync.workspace import builtin
from tests.packaging.conftest import ROOT, run

BUILTIN = ("config.toml", "connectors", "mappings", "partners", "schedules")
WHERE = "import b2bsync.workspace as w; print(w.builtin())"


def shipped() -> list[str]:
    """The built-in files of the checkout that git knows or would add, as ``mappings/x12/….toml``."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", *BUILTIN],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    files = (
        listed.stdout.split("\0")
        if listed.returncode == 0
        else [str(p.relative_to(ROOT)) for top in BUILTIN for p in (ROOT / top).rglob("*")]
    )
    return sorted(name for name in files if name and (ROOT / name).is_file() and "__pycache__" not in name)


def test_the_wheel_has_every_built_in_file_inside_the_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        assert archive.read("b2bsync/builtin/config.toml") == (ROOT / "config.toml").read_bytes()
    assert sorted({name.split("/")[0] for name in names}) == ["b2bsync", f"b2bsync-{b2bsync.__version__}.dist-info"]
    built_in = sorted(name.removeprefix("b2bsync/builtin/") for name in names if name.startswith("b2bsync/builtin/"))
    assert built_in == shipped()
    assert "mappings/x12/004010/850.toml" in built_in
    assert "partners/_example.toml" in built_in
    assert [name for name in names if name.endswith((".pyc", ".db", ".db-wal"))] == []


def test_the_wheel_has_what_the_code_reads_at_run_time(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    sources = [path for path in (ROOT / "b2bsync").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    needed = {path.relative_to(ROOT).as_posix() for path in sources if path.suffix not in (".db", ".pyc")}
    assert sorted(needed - names) == []
    assert "b2bsync/py.typed" in names


def test_the_sdist_can_be_worked_on(sdist: Path) -> None:
    top = f"b2bsync-{b2bsync.__version__}/"
    with tarfile.open(sdist) as archive:
        names = {member.name.removeprefix(top) for member in archive.getmembers() if member.isfile()}
    documents = {"LICENSE", "NOTICE", "README.md", "CHANGELOG.md"}
    work = {"pyproject.toml", "Makefile", "constraints.txt", ".ci/run", ".ci/servers", "tools/import_contract.py"}
    assert sorted((documents | work | {"tests/packaging/test_distribution.py"}) - names) == []
    assert sorted(name for name in names if name.split("/")[0] in BUILTIN) == shipped()


def test_the_built_in_files_of_a_checkout_are_at_its_top() -> None:
    """As `make install` leaves it: an editable install."""
    assert builtin() == ROOT


def test_the_built_in_files_of_the_wheel_are_in_the_package(installed: Path, outside: Path) -> None:
    found = Path(run(installed / "python", "-c", WHERE, cwd=outside).stdout.strip())
    assert found.parts[-4:] == (
        f"python{sys.version_info[0]}.{sys.version_info[1]}",
        "site-packages",
        "b2bsync",
        "builtin",
    )
    assert found.is_relative_to(installed.parent)
    assert sorted(path.name for path in found.iterdir()) == sorted(BUILTIN)


def test_the_built_in_files_of_the_unpacked_sdist_are_at_its_top(unpacked: Path, outside: Path) -> None:
    found = run(sys.executable, "-c", WHERE, cwd=outside, PYTHONPATH=str(unpacked)).stdout.strip()
    assert found == str(unpacked)
