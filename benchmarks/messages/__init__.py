"""Large messages: memory does not follow their size."""
