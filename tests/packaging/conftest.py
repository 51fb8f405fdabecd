"""The wheel and the sdist, built once for all processes of a test run; and the wheel in an environment of its own."""

import fcntl
import os
import shutil
import subprocess
import sys
import tarfile
import venv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@contextmanager
def once(folder: Path) -> Iterator[bool]:
    """Whether the caller is the first who gets here and has to make ``folder``; the others wait until it is whole."""
    with folder.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = folder.with_suffix(".made")
        yield not made.exists()
        made.touch()


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this test run see."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


def run(*command: str | Path, cwd: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run a command that knows nothing of the checkout; its output is in the error when it fails."""
    inherited = {
        key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "B2BSYNC", "VIRTUAL"))
    }
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=inherited | environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}\n{done.stderr}"
    return done


@pytest.fixture(scope="session")
def distributions(shared: Path) -> Path:
    """A folder with one ``.whl`` and one ``.tar.gz``; the wheel is built from the sdist, as an index would do it."""
    folder = shared / "distributions"
    with once(folder) as first:
        if first:
            run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT, cwd=shared)
    return folder


@pytest.fixture(scope="session")
def wheel(distributions: Path) -> Path:
    (found,) = distributions.glob("*.whl")
    return found


@pytest.fixture(scope="session")
def sdist(distributions: Path) -> Path:
    (found,) = distributions.glob("*.tar.gz")
    return found


@pytest.fixture(scope="session")
def unpacked(sdist: Path, shared: Path) -> Path:
    """The top folder of the unpacked sdist."""
    folder = shared / "unpacked"
    with once(folder) as first:
        if first:
            with tarfile.open(sdist) as archive:
                archive.extractall(folder, filter="data")
    return folder / sdist.name.removesuffix(".tar.gz")


@pytest.fixture(scope="session")
def installed(wheel: Path, shared: Path) -> Path:
    """The ``bin`` folder of a new environment with the wheel and what it depends on, and nothing else."""
    folder = shared / "environment"
    with once(folder) as first:
        if first:
            venv.create(folder, with_pip=False)
            pip = (sys.executable, "-m", "pip", "--python", folder / "bin" / "python")
            run(*pip, "install", "--quiet", "--no-compile", "--constraint", ROOT / "constraints.txt", wheel, cwd=shared)
    return folder / "bin"


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder to work in that is not below the checkout."""
    assert not tmp_path.is_relative_to(ROOT)
    return tmp_path


@pytest.fixture(scope="session", autouse=True)
def _no_leftovers(shared: Path) -> Iterator[None]:
    yield
    if "PYTEST_XDIST_WORKER" not in os.environ:
        shutil.rmtree(shared / "environment", ignore_errors=True)  # hundreds of megabytes that pytest would keep
