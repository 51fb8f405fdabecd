"""The import contract of the house, as a contract type of import-linter: each room names the rooms it may import.

What is not named is forbidden, and a room without a line is an error, so that the rule stays whole when rooms are
added. Direct imports only, wherever they stand in a file.
"""

from typing import Any, cast

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

OURS = "b2bsync"


class Rooms(Contract):
    """``rules``: lines of the form ``room: room, room``. A room is a package or module right below ``b2bsync``, or
    another root package. Everybody may import the root package itself, which holds the version only."""

    type_name = "rooms"

    rules = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        rules = cast(list[object], self.rules)  # what stands in a field is known only at run time
        allowed = {room.strip(): {name.strip() for name in names.split(",")} for room, _, names in map(_cut, rules)}
        unnamed: set[str] = set()
        broken: list[str] = []
        for importer in sorted(graph.modules):
            room = _room(importer)
            if room not in allowed and room != OURS:
                unnamed.add(room)
                continue
            for imported in sorted(graph.find_modules_directly_imported_by(importer)):
                target = _room(imported)
                if target not in (room, OURS) and target not in allowed.get(room, ()):
                    lines = graph.get_import_details(importer=importer, imported=imported)
                    places = ", ".join(str(line["line_number"]) for line in lines)
                    broken.append(f"{importer} (line {places}) imports {imported}")
        return ContractCheck(kept=not unnamed and not broken, metadata={"unnamed": sorted(unnamed), "broken": broken})

    def render_broken_contract(self, check: ContractCheck) -> None:
        metadata: dict[str, Any] = check.metadata
        for room in metadata["unnamed"]:
            output.print_error(f"{room} has no line in the rules of [tool.importlinter]; say what it may import")
        for line in metadata["broken"]:
            output.print_error(f"{line}; its room may not")


def _cut(rule: object) -> tuple[str, str, str]:
    return str(rule).partition(":")


def _room(module: str) -> str:
    parts = module.split(".")
    return parts[0] if parts[0] != OURS or len(parts) == 1 else parts[1]
