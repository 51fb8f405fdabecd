"""What b2bsync costs in CPU time, against a floor measured in the same run. ``python -m benchmarks`` runs all of it."""
