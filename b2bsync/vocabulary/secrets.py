"""A value that must never be shown: written in a file, in the environment, or referred to in a file of its own."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class SecretMissing(Exception):
    """A secret is referred to, but the variable or file is not there. Says which one; never says a value."""


class Secret:
    """A value by reference: ``Secret(env="NAME")``, ``Secret(file="path")``, or ``Secret(text="…")`` as written.

    ``repr`` and ``str`` never show the value. ``reveal`` reads it at the moment it is needed, so that one that is
    missing stops only what needs it.
    """

    __slots__ = ("_text", "env", "file", "folder")

    def __init__(
        self, *, text: str | None = None, env: str | None = None, file: str | None = None, folder: Path | None = None
    ):
        if sum(given is not None for given in (text, env, file)) != 1:
            raise ValueError("a secret is either text, the name of an environment variable, or the path of a file")
        self._text, self.env, self.file, self.folder = text, env, file, folder

    @classmethod
    def of(cls, value: object, folder: Path | None = None) -> "Secret":
        """From what TOML says: text, ``{ env = "NAME" }`` or ``{ file = "path" }``. Raises ValueError on anything else.

        ``folder`` is what a relative path starts from.
        """
        if isinstance(value, Secret):
            return value
        if isinstance(value, str):
            return cls(text=value)
        if is_reference(value):
            assert isinstance(value, Mapping)
            return cls(**{str(key): str(item) for key, item in value.items()}, folder=folder)
        raise ValueError('a secret is text, { env = "NAME" } or { file = "path" }')

    def reveal(self, environment: Mapping[str, str] | None = None) -> str:
        """The value. Raises SecretMissing. A file's trailing line end is not part of the value."""
        if self._text is not None:
            return self._text
        if self.env is not None:
            value = (os.environ if environment is None else environment).get(self.env)
            if not value:
                raise SecretMissing(f"the environment variable {self.env} is not set; set it before b2bsync starts")
            return value
        assert self.file is not None
        path = (self.folder or Path()) / self.file
        try:
            value = path.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise SecretMissing(f"the file {path} cannot be read ({getattr(error, 'strerror', 'not UTF-8')})") from None
        if not value:
            raise SecretMissing(f"the file {path} is empty; it should hold the secret")
        return value

    def __repr__(self) -> str:
        if self.env is not None:
            return f"Secret(env={self.env!r})"
        return f"Secret(file={self.file!r})" if self.file is not None else "Secret(***)"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return (self._text, self.env, self.file, self.folder) == (other._text, other.env, other.file, other.folder)

    def __hash__(self) -> int:
        return hash((self._text, self.env, self.file))


def is_reference(value: Any) -> bool:
    """Whether a TOML value is ``{ env = "…" }`` or ``{ file = "…" }``, and nothing else."""
    return (
        isinstance(value, Mapping)
        and len(value) == 1
        and all(k in ("env", "file") and isinstance(v, str) for k, v in value.items())
    )


def reveal(value: "str | Secret") -> str:
    """The value of something that may be a secret or plain text."""
    return value.reveal() if isinstance(value, Secret) else value
