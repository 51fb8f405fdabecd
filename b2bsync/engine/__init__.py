"""Lanes on the durable engine, schedules, nodes. Work is registered by the packages above; no stage is known here."""

from b2bsync.engine.dispatch import prepare
from b2bsync.engine.engine import Engine, Ran
from b2bsync.engine.heads import HeadTask, head_tasks
from b2bsync.engine.hold import still_held
from b2bsync.engine.lanes import Lanes, UnknownLane
from b2bsync.engine.listing import LaneState, ParkedTask, TaskState, lane_states, parked_tasks, tasks_of
from b2bsync.engine.node import NodeBusy, NodeState, nodes
from b2bsync.engine.pace import Turn, count_gone, take_turn
from b2bsync.engine.scheduler import Action, FireState, fires
from b2bsync.engine.schedules import Problem as ScheduleProblem
from b2bsync.engine.schedules import Schedule, Schedules, load_schedules
from b2bsync.engine.slots import slot_lane, stream_of
from b2bsync.engine.stage import Outcome, Parked, PeerDown, Stage, Task

__all__ = [
    "Action",
    "Engine",
    "FireState",
    "HeadTask",
    "LaneState",
    "Lanes",
    "NodeBusy",
    "NodeState",
    "Outcome",
    "Parked",
    "ParkedTask",
    "PeerDown",
    "Ran",
    "Schedule",
    "ScheduleProblem",
    "Schedules",
    "Stage",
    "Task",
    "TaskState",
    "Turn",
    "UnknownLane",
    "count_gone",
    "fires",
    "head_tasks",
    "lane_states",
    "load_schedules",
    "nodes",
    "parked_tasks",
    "prepare",
    "slot_lane",
    "still_held",
    "stream_of",
    "take_turn",
    "tasks_of",
]
