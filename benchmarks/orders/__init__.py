"""One interchange of purchase orders, from the file to the responses."""
