"""The hash by which an unchanged record is known without mapping it."""

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

_encode = msgspec.msgpack.Encoder(enc_hook=repr, decimal_format="string").encode


def hasher(mapping_hash: str, columns: Sequence[str]) -> Callable[[Sequence[Any]], str]:
    """A function from a row to 32 hex digits over the mapping, the column names and the row's values with their types.

    One C call each for encoding and hashing: this runs for every row of every full run.
    """
    blake2b = hashlib.blake2b
    salt = blake2b(msgspec.json.encode([mapping_hash, *columns]), digest_size=16).digest()

    def digest(row: Sequence[Any]) -> str:
        return blake2b(_encode(row), digest_size=16, salt=salt).hexdigest()

    return digest


def record_text(record: Any) -> str:
    """A record as readable JSON, for a reject that somebody has to look at."""
    try:
        return msgspec.json.encode(record, enc_hook=repr).decode()
    except TypeError:
        return repr(record)
