"""Goes into a daemon under torture before anything of it is imported: kills it at a send.

``TORTURE_ARM`` names a file: while it is there, the next file that would get its name in an ``out`` directory kills
this process, just ``before`` or just ``after`` it has the name, as the file says.
"""
# ruff: noqa: PTH104, PTH110, PTH119, PTH123  (nothing is imported here that the daemon might not import itself)

import os
import signal
import sys
import threading

ARM = os.environ.get("TORTURE_ARM", "")


def _killer():
    placed = 0  # the thread that has just given a file its name

    def hook(event, arguments):
        nonlocal placed
        if event == "os.link":
            target = os.fsdecode(arguments[1])
            if "/out/" not in target or not os.path.exists(ARM):
                return
            try:
                with open(ARM) as file:
                    when = file.read()
                os.rename(ARM, f"{ARM}.{os.getpid()}")  # whoever gets it dies of it
            except OSError:
                return
            with open(f"{ARM}.{os.getpid()}", "w") as file:
                file.write(os.path.basename(target))
            if when == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            placed = threading.get_ident()
        elif placed == threading.get_ident() and event in ("open", "os.remove"):
            os.kill(os.getpid(), signal.SIGKILL)

    return hook


if ARM:
    sys.addaudithook(_killer())
