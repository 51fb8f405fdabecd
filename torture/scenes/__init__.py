"""Scenes: one mishap each, in a small trade of its own, and the same counts at its end."""

from torture.scenes.clock import Clock
from torture.scenes.disk import Disk
from torture.scenes.frozen import Frozen
from torture.scenes.poison import Poison
from torture.scenes.restarted import Restarted
from torture.scenes.restored import Restored
from torture.scenes.scene import NotPlayed, Scene, play

SCENES: dict[str, type[Scene]] = {
    "frozen": Frozen,
    "disk": Disk,
    "restarted": Restarted,
    "clock": Clock,
    "poison": Poison,
    "restored": Restored,
}

__all__ = ["SCENES", "NotPlayed", "Scene", "play"]
