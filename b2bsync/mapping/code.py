"""Python source under construction: a mapping is compiled once into plain functions."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class Code:
    """Lines with indentation, and the objects they refer to by name."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.names: dict[str, Any] = {}
        self._depth = 1
        self._counter = 0
        self._constants: dict[tuple[type, object], str] = {}

    def new(self, hint: str = "v") -> str:
        """A variable name that is not in use."""
        self._counter += 1
        return f"{hint}{self._counter}"

    def line(self, text: str) -> None:
        self.lines.append("    " * self._depth + text)

    def let(self, expression: str, hint: str = "v") -> str:
        """Assign an expression to a new variable and return its name."""
        name = self.new(hint)
        self.line(f"{name} = {expression}")
        return name

    def constant(self, value: Any, hint: str = "C") -> str:
        """A name for an object: literals stand for themselves."""
        if value is None or value is True or value is False or value == () or type(value) in (int, str):
            return repr(value)
        try:
            key = (type(value), value)
            if key not in self._constants:
                self._constants[key] = self._bind(value, hint)
            return self._constants[key]
        except TypeError:  # not hashable: bind it anew
            return self._bind(value, hint)

    def _bind(self, value: Any, hint: str) -> str:
        self._counter += 1
        name = f"{hint}_{self._counter}"
        self.names[name] = value
        return name

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """An indented block under ``head:``."""
        self.line(f"{head}:")
        before = len(self.lines)
        self._depth += 1
        yield  # an error leaves the code unfinished, which nobody will run
        if len(self.lines) == before:
            self.line("pass")
        self._depth -= 1

    def function(self, name: str, arguments: str, result: str) -> Callable[..., Any]:
        """The compiled function."""
        source = "\n".join([f"def {name}({arguments}):", *self.lines, f"    return {result}", ""])
        namespace = dict(self.names)
        exec(compile(source, f"<mapping {name}>", "exec"), namespace)
        return namespace[name]  # type: ignore[no-any-return]
