"""The engine's tables for statements without objects."""

from b2bsync.store.tables import Fire, Lane, Node, Pace, TaskRow, table_of

LANE = table_of(Lane)
TASK = table_of(TaskRow)
NODE = table_of(Node)
FIRE = table_of(Fire)
PACE = table_of(Pace)
