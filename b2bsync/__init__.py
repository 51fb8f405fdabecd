"""b2bsync: ERP integration and EDI for B2B suppliers."""

__version__ = "0.1.0"
