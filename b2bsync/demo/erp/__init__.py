"""The embedded ERP: a process of its own on its own database.

It takes the sales orders that anybody released in SO_HDR, answers them, ships what is in stock and invoices what it
shipped. It knows nothing of b2bsync but its vocabulary of numbers and identifiers; the tables are ``erp_schema.sql``.

    python -m b2bsync.demo.erp DATABASE [--poll SECONDS]
"""

from b2bsync.demo.erp.process import open_books, run, step

__all__ = ["open_books", "run", "step"]
