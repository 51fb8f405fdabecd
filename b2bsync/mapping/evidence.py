"""Findings about data that a mapping cannot carry over. Used by the careful form of the compiled functions only."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from b2bsync.vocabulary.findings import Finding, Severity


@dataclass(frozen=True)
class Site:
    """Where a clause points: ``field`` in the document, and a segment's element or a record's column."""

    field: str
    tag: str | None = None
    element: int | None = None
    component: int | None = None
    reference: str | None = None
    loop: str | None = None
    column: str | None = None
    allowed: tuple[str, ...] = ()

    def finding(
        self, code: str, message: str, trail: tuple[int, ...], value: object = None, ordinal: int = 0
    ) -> Finding:
        shown = None if value is None else str(value)[:80]
        return Finding(
            severity=Severity.ERROR,
            code=code,
            message=f"{self.place(trail)}: {message}",
            segment=ordinal or None,
            tag=self.tag,
            loop=self.loop,
            element=self.element,
            component=self.component,
            reference=self.reference or self.column,
            value=shown,
            allowed=", ".join(self.allowed) or None,
        )

    def place(self, trail: tuple[int, ...]) -> str:
        """``lines[].price`` with the trail (3,) is ``lines[3].price``; a record's column is named beside it."""
        parts = self.field.split("[]")
        numbers = [f"[{n}]" for n in trail] + [""] * len(parts)
        text = "".join(part + (numbers[i] if i < len(parts) - 1 else "") for i, part in enumerate(parts))
        return f"{text} (column {self.column})" if self.column else text


class Bad:
    """Stands for a value that could not be converted, so that the rest is still looked at."""

    def __bool__(self) -> bool:
        return True


BAD: Any = Bad()

Findings = list[Finding]
PROBLEMS = (ValueError, KeyError, TypeError, ArithmeticError, AttributeError, IndexError)


def attempt(
    convert: Callable[..., Any], site: Site, findings: Findings, trail: tuple[int, ...], ordinal: int, *values: Any
) -> Any:
    """``convert(*values)``; what goes wrong becomes a finding, and BAD the value."""
    if any(value is BAD for value in values):
        return BAD
    try:
        return convert(*values)
    except KeyError:
        message = f"{values[0]!r} is not in the code list"
        findings.append(site.finding("code-not-listed", message, trail, values[0], ordinal))
    except PROBLEMS as error:
        findings.append(
            site.finding("value-not-convertible", str(error), trail, values[0] if values else None, ordinal)
        )
    return BAD


def column(record: Any, name: str, site: Site, findings: Findings, trail: tuple[int, ...]) -> Any:
    """A record's value; a column that is not there becomes a finding."""
    try:
        return record[name]
    except (KeyError, TypeError):
        has = ", ".join(str(k) for k in record) if hasattr(record, "keys") else type(record).__name__
        findings.append(site.finding("column-missing", f"the record has no column {name!r}; it has {has[:300]}", trail))
        return BAD


def missing(site: Site, findings: Findings, trail: tuple[int, ...], ordinal: int) -> Any:
    findings.append(site.finding("value-missing", "a value is required and there is none", trail, None, ordinal))
    return BAD


def absent(name: str) -> Any:
    """The fast form's stop: the careful form then says what is missing."""
    raise ValueError(name)
