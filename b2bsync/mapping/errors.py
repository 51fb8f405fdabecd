"""What can be wrong: with a mapping file, and with the data that a mapping meets."""

from collections.abc import Iterable
from difflib import get_close_matches

from b2bsync.vocabulary.findings import Finding


class MappingError(Exception):
    """A mistake in a mapping file: its path, the dotted TOML key, what is wrong, and what is allowed there."""

    def __init__(self, file: object, key: str, what: str, allowed: Iterable[str] = (), found: str = "") -> None:
        self.file = str(file)
        self.key = key
        self.what = what
        self.allowed = tuple(allowed)
        close = get_close_matches(found, self.allowed, n=1, cutoff=0.6) if found else []
        self.suggestion: str | None = close[0] if close else None
        text = f"{self.file}: {key}: {what}" if key else f"{self.file}: {what}"
        if self.suggestion is not None:
            text += f"; did you mean {self.suggestion!r}?"
        if self.allowed:
            shown = ", ".join(self.allowed[:40])
            text += f" (allowed: {shown}{', …' if len(self.allowed) > 40 else ''})"
        super().__init__(text)


class Conflict(MappingError):
    """Two clauses write the same place. Harmless where nobody writes: a record that is only read."""


class Unmapped(Exception):
    """Data that the mapping cannot carry over. ``findings`` names every place, never only the first."""

    def __init__(self, mapping: str, findings: Iterable[Finding]) -> None:
        self.mapping = mapping
        self.findings = tuple(findings)
        super().__init__(f"{mapping}: " + "; ".join(str(f) for f in self.findings))
