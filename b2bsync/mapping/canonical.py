"""The canonical types as the compiler sees them: their fields, what each holds, what is required."""

import enum
import types
import typing
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec

from b2bsync import model
from b2bsync.model import DOCUMENT_TYPES

MASTER_TYPES: dict[str, type[msgspec.Struct]] = {
    t.__name__: t
    for t in (
        model.Product,
        model.StockLevel,
        model.Customer,
        model.CustomerIdentifier,
        model.PriceList,
        model.Price,
        model.Assortment,
        model.CrossReference,
        model.Contract,
    )
}
"""Master-data streams by the name a mapping's ``document`` key uses."""

ERP_TYPES: dict[str, type[msgspec.Struct]] = {t.__name__: t for t in (model.SalesOrder, model.ErpAnswer)}
"""What a push writes to an ERP, and what is read back."""

CANONICAL: dict[str, type[msgspec.Struct]] = {
    **{name: type for name, type in DOCUMENT_TYPES.items() if type is not model.FunctionalAcknowledgement},
    **MASTER_TYPES,
    **ERP_TYPES,
}
"""What a mapping can be of. Acknowledgements have none: the EDI engine writes and understands them."""

KINDS: dict[type, str] = {
    str: "text",
    Decimal: "decimal",
    int: "integer",
    bool: "boolean",
    date: "date",
    datetime: "datetime",
}
"""The kind of a field by its Python type; an enumeration is ``text`` whose values are limited."""


@dataclass(frozen=True)
class Field:
    """One field. Exactly one of: ``kind`` (a value), ``struct`` (nested), or with ``many`` a list of either.

    ``mapping`` marks a ``dict[str, str]`` such as ``extra``. ``choices`` is the enumeration when values are limited.
    """

    name: str
    kind: str | None
    struct: "Shape | None"
    many: bool
    mapping: bool
    choices: type[enum.StrEnum] | None
    required: bool
    default: Any


@dataclass(frozen=True)
class Shape:
    """A struct type with its fields by name."""

    type: type[msgspec.Struct]
    fields: dict[str, Field]

    def paths(self, prefix: str = "") -> list[str]:
        """Every dotted name a clause may have here, lists once."""
        names: list[str] = []
        for field in self.fields.values():
            if field.struct is not None and not field.many:
                names += field.struct.paths(f"{prefix}{field.name}.")
            else:
                names.append(prefix + field.name + (".NAME" if field.mapping else ""))
        return names


@cache
def shape(struct: type[msgspec.Struct]) -> Shape:
    """The fields of a canonical type. A type the mapping language cannot carry raises TypeError."""
    return Shape(struct, {info.name: _field(struct, info) for info in msgspec.structs.fields(struct)})


def _field(struct: type, info: Any) -> Field:
    kind: str | None = None
    nested: Shape | None = None
    choices: type[enum.StrEnum] | None = None
    bare = _without_none(info.type)
    many = typing.get_origin(bare) is tuple
    mapping = typing.get_origin(bare) is dict
    if many:
        bare = typing.get_args(bare)[0]
    if mapping:
        kind = "text"
    elif isinstance(bare, type) and issubclass(bare, msgspec.Struct):
        nested = shape(bare)
    elif isinstance(bare, type) and issubclass(bare, enum.StrEnum):
        kind, choices = "text", bare
    elif bare in KINDS:
        kind = KINDS[bare]
    else:
        raise TypeError(f"{struct.__name__}.{info.name}: no mapping for {info.type}")
    default = None
    if info.default is not msgspec.NODEFAULT:
        default = info.default
    elif info.default_factory is not msgspec.NODEFAULT:
        default = info.default_factory()
    return Field(info.name, kind, nested, many, mapping, choices, info.required, default)


def _without_none(hint: Any) -> Any:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        rest = [a for a in typing.get_args(hint) if a is not type(None)]
        if len(rest) == 1:
            return rest[0]
    return hint
