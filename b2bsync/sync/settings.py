"""Settings of connectors: typed, with unknown keys refused and secrets only by reference."""

import difflib
import os
import re
import types
import typing
from collections.abc import Collection, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from b2bsync.sync.errors import ConfigError
from b2bsync.vocabulary.decoding import FIRST_USE

T = TypeVar("T")


class SecretRef(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a secret stands: an environment variable or a file (relative to the workspace)."""

    env: str | None = None
    file: str | None = None


class StreamSettings(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What every connector's stream has. ``max_loss``: the share of known rows that a full run may remove or a run may
    reject before it stops."""

    mapping: str
    max_loss: float = 0.2
    page: int = 5000

    @property
    def rereadable(self) -> bool:
        """Whether the source can give everything again, as when the mapping has changed."""
        return True

    def __post_init__(self) -> None:
        if not 0 <= self.max_loss <= 1:
            raise ValueError(f"max_loss is {self.max_loss}; it is a share from 0 to 1 (0.2 is 20 %)")
        if not 1 <= self.page <= 100_000:
            raise ValueError(f"page is {self.page}; allowed are 1 to 100000 rows")


class PushSettings(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What every connector's push has: the mapping that writes the record, and the one that reads the answer back."""

    mapping: str
    answer: str | None = None

    def unknown(self, columns: Collection[str], lists: Mapping[str, Collection[str]]) -> list[str]:
        """What the push asks for that neither the record nor the connector gives, each text beginning with its setting.

        ``columns`` are those of the record that ``mapping`` writes, ``lists`` those of the rows in it, by list.
        """
        return []


def decode(raw: Mapping[str, Any], kind: type[T], where: str) -> T:
    """Settings from TOML values. Raises ConfigError naming the key, what was found and what is allowed."""
    _refuse_unknown(raw, kind, where)
    try:
        with FIRST_USE:
            return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        text, _, path = str(error).partition(" - at `$")
        place = where + path.rstrip("`")
        raise ConfigError(place, text[:1].lower() + text[1:]) from None


def _refuse_unknown(raw: Any, kind: Any, where: str) -> None:
    struct = _struct_in(kind)
    if struct is not None and isinstance(raw, Mapping):
        hints = typing.get_type_hints(struct)
        known = {f.encode_name: hints[f.name] for f in msgspec.structs.fields(struct)}
        for key, value in raw.items():
            if key not in known:
                close = difflib.get_close_matches(key, known, 1)
                hint = f" Did you mean {close[0]!r}?" if close else ""
                raise ConfigError(f"{where}.{key}", f"unknown key.{hint} Known here: {', '.join(sorted(known))}")
            _refuse_unknown(value, known[key], f"{where}.{key}")
    elif isinstance(raw, Mapping):
        inner = next((a[1] for a in map(typing.get_args, _options(kind)) if len(a) == 2), Any)
        for key, value in raw.items():
            _refuse_unknown(value, inner, f"{where}.{key}")


def _options(kind: Any) -> tuple[Any, ...]:
    return typing.get_args(kind) if typing.get_origin(kind) in (typing.Union, types.UnionType) else (kind,)


def _struct_in(kind: Any) -> Any:
    found = [k for k in _options(kind) if isinstance(k, type) and issubclass(k, msgspec.Struct)]
    return found[0] if found else None


def resolve(value: str | SecretRef, where: str, workspace: Path) -> str:
    """The text itself, or what its reference points at. Raises ConfigError when that is not there."""
    if isinstance(value, str):
        return value
    if value.env is not None and value.file is None:
        text = os.environ.get(value.env)
        if not text:
            raise ConfigError(where, f"the environment variable {value.env} is not set")
        return text
    if value.file is not None and value.env is None:
        path = workspace / value.file
        try:
            return path.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ConfigError(where, f"cannot read {path}: {error.strerror}") from None
    raise ConfigError(where, 'a reference is either { env = "NAME" } or { file = "path" }')


_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def duration(text: str, where: str) -> timedelta:
    """``30s``, ``5m``, ``2h`` or ``1d``. Raises ConfigError on anything else."""
    match = re.fullmatch(r"(\d+)([smhd])", text.strip())
    if match is None:
        raise ConfigError(where, f"{text!r} is no duration; write a whole number and s, m, h or d, such as 5m")
    return timedelta(seconds=int(match[1]) * _UNITS[match[2]])
