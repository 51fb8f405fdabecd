"""Calls of named functions in a clause: ``count(lines)``, ``kilograms(value, TD108)``, ``'00'``, ``upper``."""

import ast
from dataclasses import dataclass


@dataclass(frozen=True)
class Name:
    """A dotted name: ``value``, a canonical field (``lines.quantity``, ``parent.unit``) or a location (``TD108``)."""

    text: str


@dataclass(frozen=True)
class Call:
    """A function with its arguments: names, constants or further calls."""

    function: str
    arguments: "tuple[Expression, ...]"


Expression = Call | Name | str | int | None


def parse(text: str) -> Expression:
    """The expression in a clause's ``read`` or ``write``. A bare word is a function of the value: ``upper`` is
    ``upper(value)``. Raises ValueError with what is wrong."""
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        raise ValueError(f"{text!r} is neither 'text' nor a function call such as count(lines)") from None
    if isinstance(tree, ast.Name):
        return Call(tree.id, (Name("value"),))
    return _convert(tree, text)


def _convert(node: ast.expr, text: str) -> Expression:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        return Call(node.func.id, tuple(_convert(a, text) for a in node.args))
    if isinstance(node, ast.Constant) and (isinstance(node.value, str) or type(node.value) is int):
        return node.value
    if isinstance(node, ast.Name):
        return Name(node.id)
    if isinstance(node, ast.Attribute):
        inner = _convert(node.value, text)
        if isinstance(inner, Name):
            return Name(f"{inner.text}.{node.attr}")
    raise ValueError(f"{text!r} may hold function calls, names, 'text' and whole numbers only")
