"""What can be wrong with a backup, in words for the person who runs it."""

from b2bsync.store.errors import StoreError


class BackupError(StoreError):
    """A backup cannot be written, read or restored. The text says which file, why and what to do."""


class BackupDamaged(BackupError):
    """The file is no backup, or not the whole of one."""


class BackupTooNew(BackupError):
    """A newer program wrote it."""


class NotEmpty(BackupError):
    """There is a database already where the backup is to go."""
