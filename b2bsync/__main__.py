"""``python -m b2bsync``."""

from b2bsync.cli import main

main()
