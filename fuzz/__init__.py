"""``make fuzz``: readers and judges of EDI fed with bytes that a fuzzer makes up (docs/edi.md)."""
