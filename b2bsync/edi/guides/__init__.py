"""A partner's guides: what he uses of a set or message, written in TOML (``docs/guides.md``).

:class:`Guides` and :func:`load` read them, :class:`GuideWatch` judges by one while a set is read, :func:`sample` writes
a message that keeps it.
"""

from b2bsync.edi.guides.guide import Content, Guide, Occurrence, Place, Qualifier, Spot
from b2bsync.edi.guides.judge import GuideWatch
from b2bsync.edi.guides.loading import Guides, load
from b2bsync.edi.guides.sample import sample

__all__ = [
    "Content",
    "Guide",
    "GuideWatch",
    "Guides",
    "Occurrence",
    "Place",
    "Qualifier",
    "Spot",
    "load",
    "sample",
]
