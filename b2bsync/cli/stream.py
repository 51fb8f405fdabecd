"""The output stream of a command: what goes wrong with it (a full disk, a reader that left) is told in one place."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

STDOUT = 1


class OutputLost(Exception):
    """The output stream takes nothing any more. No OSError: what a command does not find is told as its own."""

    def __init__(self, error: OSError) -> None:
        super().__init__(f"the output cannot be written: {error.strerror or error}")
        self.reader_left = isinstance(error, BrokenPipeError)


class _Output(io.FileIO):
    """The bytes of the output stream; nothing in between mistakes its failures for those of a file."""

    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except OSError as error:
            raise OutputLost(error) from error


@contextmanager
def guarded() -> Iterator[None]:
    """The standard output, whose failures raise :class:`OutputLost`, at the latest at the end."""
    plain = sys.stdout
    if not isinstance(plain, io.TextIOWrapper):
        yield
        return
    plain.flush()
    sys.stdout = io.TextIOWrapper(
        io.BufferedWriter(_Output(plain.fileno(), "wb", closefd=False)),
        encoding=plain.encoding,
        errors=plain.errors,
        line_buffering=plain.line_buffering,
        write_through=plain.write_through,
    )
    try:
        yield
    finally:
        sys.stdout.flush()


def give_up() -> None:
    """Drop what is still to be written, so that the interpreter does not try it once more when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, STDOUT)
    os.close(nowhere)
