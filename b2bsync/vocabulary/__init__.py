"""Words every package shares: numbers, identifiers, units, findings, verdicts, stages. Imports nothing of ours."""
