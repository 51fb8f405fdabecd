"""Threads that meet a type first at the same moment: without the preparation this ends in a segmentation fault."""

import subprocess
import sys

MEETING = """
import sys, threading, msgspec
from b2bsync.vocabulary.decoding import prepare_decoders

sys.setswitchinterval(1e-6)
for n in range(60):
    part = "class P{n}_{i}(msgspec.Struct):\\n    x: int | None = None\\n    y: list[str] = []\\n"
    parts = [part.format(n=n, i=i) for i in range(12)]
    fields = "".join(f"    f{i}: P{n}_{i} | None = None\\n" for i in range(12))
    exec("".join(parts) + f"class S{n}(msgspec.Struct):\\n" + fields)
    kind = globals()[f"S{n}"]
    if sys.argv[1] == "prepared":
        prepare_decoders()
    start = threading.Barrier(4)

    def use(late):
        start.wait()
        for _ in range(late * 3000):
            pass
        msgspec.json.decode(b'{"f11": {"x": 1}, "f3": {"x": 2}, "f1": {"y": ["a"]}}', type=kind)

    threads = [threading.Thread(target=use, args=(late,)) for late in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""


def test_prepared_types_may_be_met_by_many_threads_at_once() -> None:
    done = subprocess.run([sys.executable, "-c", MEETING, "prepared"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
