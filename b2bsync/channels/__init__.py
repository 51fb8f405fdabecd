"""Transports: how bytes come in from a partner and go out to one. What a transport must remember is handed in and
out."""

from b2bsync.channels.channel import (
    CHUNK,
    Arrival,
    ArrivalRefused,
    Channel,
    ChannelDown,
    ChannelError,
    NameTaken,
    Put,
    Trace,
)
from b2bsync.channels.directory import DirectoryChannel

__all__ = [
    "CHUNK",
    "Arrival",
    "ArrivalRefused",
    "Channel",
    "ChannelDown",
    "ChannelError",
    "DirectoryChannel",
    "NameTaken",
    "Put",
    "Trace",
]
