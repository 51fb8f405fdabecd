"""Backups: the whole of our tables in one portable file, the same for SQLite and PostgreSQL.

A backup of one restores into the other. The durable engine's own tables are not in it: its work is found again from
ours. ``write_backup`` reads one consistent snapshot while others go on writing, ``read_backup`` proves that a file is
whole, ``load`` fills empty tables.
"""

from b2bsync.store.backup.dump import write_backup
from b2bsync.store.backup.errors import BackupDamaged, BackupError, BackupTooNew, NotEmpty
from b2bsync.store.backup.file import Backup, Header, read_backup
from b2bsync.store.backup.load import load, make_empty, refuse_newer
from b2bsync.store.backup.replace import (
    already_there,
    filled,
    new_file,
    numbers_drawn,
    refuse_open,
    replace_database,
    unopened,
)

__all__ = [
    "Backup",
    "BackupDamaged",
    "BackupError",
    "BackupTooNew",
    "Header",
    "NotEmpty",
    "already_there",
    "filled",
    "load",
    "make_empty",
    "new_file",
    "numbers_drawn",
    "read_backup",
    "refuse_newer",
    "refuse_open",
    "replace_database",
    "unopened",
    "write_backup",
]
