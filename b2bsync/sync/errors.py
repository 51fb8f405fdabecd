"""What can go wrong between us and an outside system. Every text is for people and free of secrets."""


class SyncError(Exception):
    """Base of all errors of this package."""


class ConfigError(SyncError):
    """A setting is wrong. ``where`` is its path in config.toml (``connector.erp.stream.products.key``)."""

    def __init__(self, where: str, message: str) -> None:
        super().__init__(f"{where}: {message}")
        self.where = where


class Unreachable(SyncError):
    """The system cannot be reached, or hung up before anything was sent. Trying again later is safe."""


class WrongCredentials(SyncError):
    """The system answered and refused the user, the password or the right to do this."""


class SourceError(SyncError):
    """The system or file is there but not as configured: which statement, table, column, file, row."""


class NotSupported(SyncError):
    """This connector or stream has no such ability."""


class StreamBusy(SyncError):
    """Another run of the same stream is alive."""


class AmbiguousOutcome(SyncError):
    """Nobody knows whether the system took the document: find it before anything else. ``ref`` when known."""

    def __init__(self, message: str, ref: str | None = None) -> None:
        super().__init__(message)
        self.ref = ref
