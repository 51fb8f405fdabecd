"""From one place of pyx12's map to the next: what was counted so far, and ways that need not be looked for again."""

from typing import Any


class Step:
    """A way from one place to the next that pyx12 had nothing against.

    It may be remembered: pyx12 never goes back within a loop, so what is mandatory and lies between two places has
    not been there yet, and whether it is missed depends on the two places alone. Only maxima depend on what was before.
    """

    __slots__ = ("loop", "maximum", "node", "path")

    def __init__(self, node: Any) -> None:
        self.node, self.path = node, str(node.x12path.format())
        opens = node.is_first_seg_in_loop()
        self.loop = str(node.parent.x12path.format()) if opens else ""
        self.maximum: int = (node.parent if opens else node).get_max_repeat()


class Counter:
    """How often each place was taken, by the text of its path; pyx12's own builds and compares objects for that."""

    def __init__(self, paths: dict[int, str]) -> None:
        self.paths, self.counts = paths, dict[str, int]()

    def _text(self, path: Any) -> str:
        if isinstance(path, str):
            return path
        known = self.paths.get(id(path))  # each node keeps its path object
        if known is None:
            known = self.paths[id(path)] = path.format()
        return known

    def take(self, step: Step) -> bool:
        """Count a step that is known to be right as long as nothing stands too often; false, and nothing, where it
        does."""
        counts = self.counts
        if step.loop:
            number = counts.get(step.loop, 0) + 1
            if number > step.maximum:
                return False
            self.reset_to_node(step.loop)
            counts[step.loop] = number
            counts[step.path] = 1
            return True
        number = counts.get(step.path, 0) + 1
        if number <= step.maximum:
            counts[step.path] = number
        return number <= step.maximum

    def reset_to_node(self, path: Any) -> None:
        below = self._text(path) + "/"
        for key in [key for key in self.counts if key.startswith(below)]:
            del self.counts[key]

    def increment(self, path: Any) -> None:
        text = self._text(path)
        self.counts[text] = self.counts.get(text, 0) + 1

    def get_count(self, path: Any) -> int:
        return self.counts.get(self._text(path), 0)
