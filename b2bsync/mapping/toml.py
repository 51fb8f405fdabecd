"""Writes the tables of a mapping as TOML again, so that the effective mapping can be kept as one text."""

import json
import re
from datetime import date
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def dump(table: dict[str, Any]) -> str:
    """TOML with one line per clause. Tables of clauses are written inline, whatever their depth."""
    plain = {k: v for k, v in table.items() if not isinstance(v, dict)}
    lines = [f"{_key(key)} = {_value(value)}" for key, value in plain.items()]
    for key, value in table.items():
        if isinstance(value, dict):
            lines += _table(_key(key), value)
    return "\n".join(lines) + "\n"


def _table(path: str, table: dict[str, Any]) -> list[str]:
    nested = {k: v for k, v in table.items() if isinstance(v, dict) and path.startswith("codes")}
    lines = ["", f"[{path}]"] if len(nested) < len(table) or not table else []
    lines += [f"{_key(k)} = {_value(v)}" for k, v in table.items() if k not in nested]
    for key, value in nested.items():
        lines += _table(f"{path}.{_key(key)}", value)
    return lines


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else json.dumps(key, ensure_ascii=False)


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_value(v) for v in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
