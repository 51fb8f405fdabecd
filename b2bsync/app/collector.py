"""Python's cycle collector, as a process wants it that works orders off: seldom, and never over what stays.

A batch makes tens of thousands of small values at once, none of them in a cycle, and reference counting frees them when
it is done. At Python's own thresholds the collector looks through them again and again, which took about a tenth of the
CPU time of an order.
"""

import gc

THRESHOLDS = (20_000, 20, 20)
"""New objects until a first look, and how many looks until older ones are looked at too."""


def settle_collector() -> None:
    """For the application alone, once what lives as long as the process has been made: modules, mappings, plans."""
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
