"""The demonstration's foreign worlds: a supplier's ERP and a buyer, each a process that knows nothing of ours."""
