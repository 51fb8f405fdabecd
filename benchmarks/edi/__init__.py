"""X12 and EDIFACT: reading, judging, answering and writing, against splitting the same bytes."""
