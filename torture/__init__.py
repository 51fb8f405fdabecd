"""The spine under torture: daemons are killed, frozen, starved and set back while trade goes on: docs/torture.md.

python -m torture [--kills N] [--store sqlite|postgresql|both] [--orders N] [--seed N] [--scene NAME …]
"""
