"""EDI files by themselves, without a workspace: what ``b2bsync edi`` shows of them."""

import sys
from pathlib import Path
from typing import Any

import msgspec

from b2bsync.edi.inspection import MOST_PROBLEMS, Inspection, as_json, chunks_of, inspect

__all__ = ["MOST_PROBLEMS", "Inspection", "inspected", "shown", "validated"]


def inspected(path: Path) -> Inspection:
    """What a file holds and what is wrong with it; ``-`` is the standard input. Raises OSError."""
    if str(path) == "-":
        return inspect(chunks_of(sys.stdin.buffer))
    with path.open("rb") as file:
        return inspect(chunks_of(file))


def shown(found: Inspection) -> str:
    """One line of JSON, in the shape of ``edi inspect --json``."""
    return msgspec.json.encode(as_json(found)).decode()


def verdict(found: Inspection) -> str:
    """``unreadable``, ``errors``, ``warnings`` or ``clean``."""
    if not found.readable:
        return "unreadable"
    return "errors" if found.errors else "warnings" if found.warnings else "clean"


def validated(path: Path, found: Inspection) -> str:
    """One line of JSON, in the shape of ``edi validate --json``."""
    said: dict[str, Any] = {"file": str(path), "verdict": verdict(found), **as_json(found)}
    return msgspec.json.encode(said).decode()
