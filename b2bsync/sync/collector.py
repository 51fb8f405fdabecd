"""Python's cycle collector, paused while a page is worked through.

A page makes tens of thousands of records at once, none of them in a cycle; looking through them again and again took a
third of the CPU time of a first load. Reference counting frees them as ever, and the collector runs between pages.
"""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_inside = 0
_was_on = False


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pauses the collector of this process; it goes on when the last of those inside has left."""
    global _inside, _was_on
    with _lock:
        if _inside == 0:
            _was_on = gc.isenabled()
            gc.disable()
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if _inside == 0 and _was_on:
                gc.enable()
