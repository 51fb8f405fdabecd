"""The one place that wires everything, and what people and programs can ask of it.

``App`` opens an installation. Beside it each noun has a module of functions that take an App and return plain values,
in the shape that ``--json`` prints and an API answers; the command line only parses, calls one of them, and prints.
"""

from b2bsync.app.failures import EXPECTED, messages
from b2bsync.app.installation import App, Once, Report

__all__ = ["EXPECTED", "App", "Once", "Report", "messages"]
