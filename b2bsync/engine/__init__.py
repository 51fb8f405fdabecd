"""Lanes on the durable engine, schedules, nodes. Work is registered by the packages above; no stage is known here."""

from b2bsync.engine.dispatch import prepare
from b2bsync.engine.engine import Engine, Ran
from b2bsync.engine.lanes import Lanes, UnknownLane
from b2bsync.engine.node import NodeBusy, NodeState, nodes
from b2bsync.engine.stage import Outcome, Parked, PeerDown, Stage, Task

__all__ = [
    "Engine",
    "Lanes",
    "NodeBusy",
    "NodeState",
    "Outcome",
    "Parked",
    "PeerDown",
    "Ran",
    "Stage",
    "Task",
    "UnknownLane",
    "nodes",
    "prepare",
]
