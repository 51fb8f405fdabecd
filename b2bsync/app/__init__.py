"""The one place that wires everything, and what people and programs can ask of it.

``App`` opens an installation. Beside it each noun has a module of functions that take an App and return plain values,
in the shape that ``--json`` prints and an API answers; the command line only parses, calls one of them, and prints.
"""

from b2bsync.app.failures import EXPECTED, NotFound, messages
from b2bsync.app.installation import App, Once
from b2bsync.app.serving import Report, serve

__all__ = ["EXPECTED", "App", "NotFound", "Once", "Report", "messages", "serve"]
