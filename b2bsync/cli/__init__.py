"""The command line: parse, call one function of ``b2bsync.app``, print."""

from b2bsync.cli.main import app, main

__all__ = ["app", "main"]
