"""Sessions whose process stood still in the middle of what it was saying, which no time limit of PostgreSQL's ends."""

from b2bsync.store import driver
from b2bsync.store.database import APPLICATION, Database

# A pipeline that was half sent: its transaction counts as active, not as idle, and so keeps its locks. One that was
# sent and not followed by anything is idle, but no time limit runs. Each message sets state_change, so that a pipeline
# that is only long is not old.
_STALLED = f"""
    select pid, pg_terminate_backend(pid) from pg_stat_activity
    where application_name = '{APPLICATION}' and datname = current_database() and usename = current_user
      and (state = 'active' or state like 'idle in transaction%') and wait_event = 'ClientRead'
      and pid <> pg_backend_pid()
      and state_change < clock_timestamp() - make_interval(secs => ?)
"""


def end_stalled(database: Database, seconds: float) -> list[int]:
    """End b2bsync's sessions on the server that have waited for so long for what their process began to say, or for the
    end of its transaction; their transactions are undone. Returns their server processes.

    SQLite has none: its locks end with a process."""
    if not database.is_postgresql:
        return []
    with database.session() as session:
        return [pid for pid, ended in driver.fetch(session, _STALLED, (seconds,)) if ended]
