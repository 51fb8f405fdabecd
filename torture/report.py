"""What is printed."""

from collections import Counter
from collections.abc import Sequence
from statistics import median

from torture.counts import Counts


def title(text: str) -> None:
    print(f"\n{text}\n{'=' * len(text)}", flush=True)


def line(what: str, value: object) -> None:
    print(f"  {what:<66} {value}", flush=True)


def histogram(what: str, counted: Counter[str]) -> None:
    print(f"  {what}", flush=True)
    widest = max(counted.values(), default=1)
    for name, n in sorted(counted.items(), key=lambda item: (-item[1], item[0])):
        print(f"    {name:<56} {n:>5} {'#' * max(1, round(30 * n / widest))}", flush=True)


def times(what: str, seconds: Sequence[float]) -> None:
    if seconds:
        line(what, f"median {median(seconds):.1f} s, longest {max(seconds):.1f} s, of {len(seconds)}")
    else:
        line(what, "none was measured")


def counts(found: Counts) -> None:
    for what, n in found.facts.items():
        line(what, f"{n:,}")
    print("  wanted: 0", flush=True)
    for what, n in found.wrong.items():
        print(f"    {what:<64} {n:>5} {'' if n == 0 else '<<<'}", flush=True)
    for text in found.examples:
        print(f"      {text[:300]}", flush=True)
