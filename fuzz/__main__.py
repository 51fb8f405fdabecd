"""``python -m fuzz [TARGET …] [--minutes M] [--runs N]``: each target in a process of its own, until it has made so
many runs or so many minutes are over.

Ends with 1 when a target raised, hung or took too much memory; the input that did it is left in the present directory,
and ``python -m fuzz TARGET --input FILE`` plays it again.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from fuzz.targets import SEEDS, TARGETS

SECONDS, MEMORY, LONGEST = 10, 1024, 8192
"""An input may take so many seconds, a process so many megabytes, and an input has at most so many bytes."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", choices=[*TARGETS, []], help="all without any")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--runs", type=int, default=10_000_000)
    parser.add_argument("--input", type=Path, help="an input to play again")
    options = parser.parse_args()
    if options.input:
        for name in options.targets:
            TARGETS[name](options.input.read_bytes())
        return
    failed = []
    for name in options.targets or TARGETS:
        with tempfile.TemporaryDirectory() as folder:
            for number, seed in enumerate(SEEDS):
                (Path(folder) / f"seed-{number}").write_text(seed, encoding="latin-1")
            limits = [
                f"-max_total_time={int(options.minutes * 60)}", f"-runs={options.runs}", f"-timeout={SECONDS}",
                f"-rss_limit_mb={MEMORY}", f"-max_len={LONGEST}", "-print_final_stats=1", "-verbosity=0",
            ]  # fmt: skip
            print(f"{name}: {options.runs:,} runs or {options.minutes:g} minutes", flush=True)
            command = [sys.executable, "-m", "fuzz.process", name, *limits, folder]
            if subprocess.run(command, check=False).returncode:
                failed.append(name)
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
