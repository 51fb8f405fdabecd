"""The first load of a large catalogue, and what else goes on meanwhile."""
