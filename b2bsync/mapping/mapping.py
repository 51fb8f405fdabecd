"""One mapping, compiled: reads a dialect's tree into a canonical value and writes one from it."""

from collections.abc import Callable
from collections.abc import Mapping as AnyMapping
from pathlib import Path
from typing import Any

from b2bsync.edi import Delimiters, Loop
from b2bsync.mapping.errors import MappingError, Unmapped
from b2bsync.vocabulary.findings import Finding

Source = Loop | AnyMapping[str, Any]

DELIMITERS = Delimiters(segment="~", element="*", component=">")
"""What is written with where nothing else is agreed."""


class Mapping:
    """Made by :class:`~b2bsync.mapping.mapping_library.Library`.

    ``document`` is the canonical type's name; ``dialect`` is ``x12`` or ``record``; ``version`` and ``type`` name the
    transaction set (``004010``, ``850``) and are empty for records. ``text`` is the effective mapping as TOML, with
    everything it extends and every code list in it; ``hash`` its SHA-256, so that a document can name what made it.
    """

    def __init__(
        self,
        name: str,
        path: Path,
        document: str,
        dialect: str,
        version: str,
        type: str,
        text: str,
        hash: str,
        readers: tuple[Callable[..., Any], Callable[..., Any]] | None,
        writers: tuple[Callable[..., Any], Callable[..., Any]] | None,
    ) -> None:
        self.name, self.path, self.document = name, path, document
        self.dialect, self.version, self.type = dialect, version, type
        self.text, self.hash = text, hash
        self._readers, self._writers = readers, writers

    def read(self, source: Source, component: str = ">") -> Any:
        """The canonical value of a transaction set's tree, or of a record.

        ``component`` is the interchange's component separator; only composites need it. Raises Unmapped with all
        findings when data does not fit, MappingError when the mapping only writes.
        """
        if self._readers is None:
            raise MappingError(self.path, "only", "this mapping only writes")
        fast, careful = self._readers
        try:
            return fast(source, component)
        except Exception as problem:
            raise self._explain(careful, source, component, problem) from None

    def write(self, document: Any, delimiters: Delimiters = DELIMITERS) -> Any:
        """The tree for ``edi.write_set``, or a dict of columns with lists of dicts in it (``x12``, ``record``).

        ``delimiters`` are those the tree is then written with: free text gets blanks for them, line breaks and other
        control characters; records need none. An identifier keeps what it holds, and ``edi.write_set`` refuses it.
        Record values stay Decimal, date, bool and text. Raises Unmapped with all findings when a value does not fit,
        MappingError when the mapping only reads.
        """
        if self._writers is None:
            raise MappingError(self.path, "only", "this mapping only reads")
        fast, careful = self._writers
        try:
            return fast(document, delimiters)
        except MappingError:
            raise
        except Exception as problem:
            raise self._explain(careful, document, delimiters, problem) from None

    def _explain(self, careful: Callable[..., Any], value: Any, delimiters: object, problem: Exception) -> Exception:
        """All findings where the fast form stopped at the first; without any, the mistake is ours and stays."""
        findings: list[Finding] = []
        try:
            careful(value, delimiters, findings)
        except Exception:
            if not findings:
                return problem
        return Unmapped(self.name, findings) if findings else problem

    def __repr__(self) -> str:
        return f"Mapping({self.name!r}, {self.document}, {self.hash[:12]})"
