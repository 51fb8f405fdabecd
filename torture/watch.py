"""What the harness reads in our tables, with SQL and nothing else of ours."""

from collections import Counter
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from torture.world import Place


class Watch:
    def __init__(self, place: Place) -> None:
        url = place.database.replace("postgresql://", "postgresql+psycopg://")
        self.engine: Engine = create_engine(
            url, pool_pre_ping=True, connect_args={"timeout": 30} if place.is_sqlite else {}
        )
        self.is_sqlite = place.is_sqlite

    def close(self) -> None:
        self.engine.dispose()

    def rows(self, statement: str, **values: Any) -> list[Any]:
        """An empty list when the database cannot be asked just now."""
        try:
            with self.engine.connect() as connection:
                return list(connection.execute(text(statement), values).all())
        except DBAPIError:
            return []

    def one(self, statement: str, **values: Any) -> Any:
        rows = self.rows(statement, **values)
        return rows[0][0] if rows else None

    def keep(self, file: Path) -> None:
        """Writes down how our tables stand, for whoever looks for the cause of a count."""
        with file.open("w", encoding="utf-8") as out:
            for table in ("node", "lane", "task", "delivery", "attempt", "push", "event", "document"):
                columns = "id, direction, partner, type, number, status, reason, interchange_control, created_at"
                found = self.rows(f"select {columns if table == 'document' else '*'} from {table} order by 1")
                print(f"\n{table}: {len(found)} rows", file=out)
                for row in found:
                    print(*row, sep=" | ", file=out)

    def moved(self, node: str) -> Any:
        """When a stage of this node was committed last, as the database tells the time."""
        return self.one("select max(moved_at) from lane where node = :node", node=node)

    def running(self, node: str) -> Counter[str]:
        """The stages that were under way in lanes that this node holds: tasks that were started and did not end."""
        found: Counter[str] = Counter()
        for lane, owner in self.rows("select id, owner from lane where node = :node and owner <> ''", node=node):
            stages = self.rows(
                "select distinct stage from task where lane = :lane and state = 'ready' and starts > 0", lane=lane
            )
            found.update([stage for (stage,) in stages] or ["between two"] if owner else [])
        return found

    def held(self, node: str) -> dict[str, str]:
        """Lanes that a node holds and has work in, with the run that owns them."""
        statement = (
            "select id, owner from lane where node = :node and owner <> '' and exists"
            " (select 1 from task where lane = lane.id and state = 'ready')"
        )
        return dict(tuple(row) for row in self.rows(statement, node=node))

    def most_starts(self) -> int:
        return self.one("select max(starts) from task where state = 'ready'") or 0

    def waiting(self, but: str = "") -> int:
        """Tasks that are due, pulls left out: there is always one of those. ``but``: a lane that does not count."""
        due = "select count(*) from task where state = 'ready' and lane not like 'sync:%' and lane <> :but"
        return self.one(due, but=but) or 0

    def parked(self) -> list[tuple[str, str, str]]:
        return [tuple(r) for r in self.rows("select lane, stage, error from task where state = 'parked' order by id")]

    def unsent(self) -> int:
        return self.one("select count(*) from delivery where state in ('queued', 'sending')") or 0
