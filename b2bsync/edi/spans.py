"""How far a transaction set reaches in a window, and how to let go of one that is too large."""

from b2bsync.edi.dialect import Marks
from b2bsync.edi.window import Window


def end_of_set(window: Window, marks: Marks, limit: int) -> int | None:
    """Bytes from here to the end of the transaction set, or to whatever shows that it has none; None when there are
    more than the limit."""
    while True:
        found = marks.search(window.data, window.at)
        if found is not None:
            if not marks.closes(found):
                return found.start() + 1 - window.at
            end = marks.find(window.data, found.end())
            if end >= 0:
                return end + 1 - window.at
        if window.left > limit:
            return None
        if not window.grow():
            return window.left


def drop_set(window: Window, marks: Marks, open_ended: bool) -> None:
    """Let go of the bytes of a set that is too large, up to its end, without holding them."""
    while open_ended:
        found = marks.search(window.data, window.at)
        if found is not None and not marks.closes(found):
            window.at = found.start() + 1
            return
        if found is not None:
            end = marks.find(window.data, found.end())
            if end >= 0:
                window.at = end + 1
                return
            window.at = found.start()
        else:
            last = window.data.rfind(marks.terminator, window.at)
            window.at = last if last >= 0 else len(window.data)
        if not window.grow():
            window.at = len(window.data)
            return
