"""The mapping language: TOML clauses that say where canonical fields stand in a dialect, compiled both ways.

``Library(folders).get("x12/004010/850").read(tree)`` gives an ``Order``; ``.write(order)`` gives the tree back.
"""

from b2bsync.mapping.errors import MappingError, Unmapped
from b2bsync.mapping.mapping import Mapping
from b2bsync.mapping.mapping_library import Library

__all__ = ["Library", "Mapping", "MappingError", "Unmapped"]
