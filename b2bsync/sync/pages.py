"""What a page's rows come to before they are stored: each key once, their hashes, what is refused and what stays."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from b2bsync.mapping import Unmapped
from b2bsync.sync.digest import record_text
from b2bsync.sync.protocol import Page, RefusedRecord


def distinct(page: Page) -> tuple[list[str], Sequence[Sequence[Any]], list[RefusedRecord]]:
    """Each key once: of changes the last row, of records the first, the others refused."""
    keys, rows, refused = list(page.keys), page.rows, list(page.refused)
    if len(set(keys)) == len(keys):
        return keys, rows, refused
    if page.changes:
        last = {key: i for i, key in enumerate(keys)}
        places = sorted(last.values())
    else:
        first: dict[str, int] = {}
        for i, key in enumerate(keys):
            if first.setdefault(key, i) != i:
                text = record_text(dict(zip(page.columns, rows[i], strict=False)))
                refused.append(
                    RefusedRecord(key, text, f"the key {key!r} came twice: the key columns do not identify a record")
                )
        places = list(first.values())
    return [keys[i] for i in places], [rows[i] for i in places], refused


def hashes_of(hash_row: Callable[[Sequence[Any]], str], rows: Sequence[Sequence[Any]]) -> list[str]:
    """The hash of each row."""
    try:
        return [hash_row(row) for row in rows]
    except (TypeError, OverflowError, ValueError):  # some value that msgpack has no form for, such as a huge integer
        return [_slow_hash(hash_row, row) for row in rows]


def _slow_hash(hash_row: Callable[[Sequence[Any]], str], row: Sequence[Any]) -> str:
    try:
        return hash_row(row)
    except (TypeError, OverflowError, ValueError):
        return hash_row([repr(value) for value in row])


def kept(
    refused: Sequence[RefusedRecord], records: Sequence[tuple[str, str, Any]], known: Mapping[str, str]
) -> dict[str, str]:
    """Keys whose new version was refused and whose old one therefore stays, with its hash."""
    if not refused:
        return {}
    taken = {key for key, _, _ in records}
    return {r.key: known[r.key] for r in refused if r.key in known and r.key not in taken}


def refusal(key: str, columns: Sequence[str], row: Sequence[Any], error: Exception) -> RefusedRecord:
    """A record that the mapping could not carry over."""
    text = str(error) if isinstance(error, Unmapped) else f"{type(error).__name__}: {error}"
    return RefusedRecord(key, record_text(dict(zip(columns, row, strict=False))), text)
