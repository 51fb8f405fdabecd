"""EDI text in, business content out, with the mappings that ship."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from b2bsync import edi
from b2bsync.mapping import Library, Mapping

BUILT_IN = Path(__file__).parents[2] / "mappings"
DELIMITERS = edi.Delimiters(segment="~", element="*", component=">")


MADE_UP = ("check-digit-wrong",)
ODD = (*MADE_UP, "line-count-wrong", "hierarchy-parent-closed")
"""What is odd about documents that a mapping has to read all the same."""


def _serious(found: edi.TransactionSet, but: Sequence[str]) -> list[str]:
    """What was found."""
    return [str(finding) for finding in found.findings if finding.code not in but]


class Room:
    """The shipped mappings, and what a test says in segments."""

    def __init__(self, library: Library) -> None:
        self.mappings = library

    def tree(self, type: str, body: str) -> edi.Loop:
        """The tree of a transaction set whose body is given one segment per line; nothing serious is in it."""
        lines = [line.strip() for line in body.strip().splitlines()]
        raw = "".join(f"{line}~" for line in [f"ST*{type}*0001", *lines, f"SE*{len(lines) + 2}*0001"])
        found = edi.read_set(raw, DELIMITERS, "004010", type)
        assert _serious(found, ODD) == []
        return found.root

    def read(self, type: str, body: str) -> Any:
        return self.mappings.get(f"x12/004010/{type}").read(self.tree(type, body))

    def write(self, type: str, document: Any) -> list[str]:
        """The segments between ST and SE. What is written must be read without a finding."""
        tree = self.mappings.get(f"x12/004010/{type}").write(document)
        text = edi.write_set(type, "004010", "0001", tree, DELIMITERS)
        assert _serious(edi.read_set(text, DELIMITERS, "004010", type), MADE_UP) == []
        return text.split("~")[1:-2]

    def again(self, type: str, document: Any) -> Any:
        """The document after it went out as EDI and came in again."""
        return self.read(type, "\n".join(self.write(type, document)))


@pytest.fixture(scope="session")
def room() -> Room:
    return Room(Library([BUILT_IN]))


@pytest.fixture
def workspace(tmp_path: Path) -> Callable[..., Library]:
    """Writes mapping files into a workspace of its own, before the shipped ones: ``workspace({"acme/850": "…"})``."""

    def make(files: dict[str, str]) -> Library:
        for name, text in files.items():
            path = tmp_path / (name if name.endswith(".py") else f"{name}.toml")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return Library([tmp_path, BUILT_IN])

    return make


@pytest.fixture
def record_mapping(workspace: Callable[..., Library]) -> Callable[[str, str], Mapping]:
    """A record mapping of one document: ``record_mapping("Product", 'key = "ID"')``."""

    def make(document: str, fields: str) -> Mapping:
        text = f'document = "{document}"\ndialect = "record"\n{fields}'
        return workspace({"test": text}).get("test")

    return make
