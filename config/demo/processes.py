"""The demo's processes: started one after another, watched, and stopped cleanly."""

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

START_SECONDS = 60
STOP_SECONDS = 15


class StartFailed(RuntimeError):
    """A part of the demo did not come up; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    process: subprocess.Popen[bytes]
    log: Path


def require_free(port: int, variable: str) -> None:
    """StartFailed with the way out if a port is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise StartFailed(
                f"Port {port} is taken by another program. Choose another one, for example: "
                f"{variable}={port + 10} make demo"
            ) from error


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """StartFailed if a demo is at work on this folder: two would share its database, queue and books."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StartFailed(
                f"A demo is already running on {folder}. Stop it first, or choose another folder, for example: "
                f"DATA_DIR={folder}-2 make demo"
            ) from error
        yield


def start(name: str, command: Sequence[str], *, environment: Mapping[str, str], logs: Path) -> Part:
    """Start one part in a session of its own, so that Ctrl-C reaches only the demo, which then stops its parts."""
    logs.mkdir(parents=True, exist_ok=True)
    log = logs / f"{name}.log"
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - our own commands
            command,
            env={**os.environ, **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    return Part(name, process, log)


def wait_for(part: Part, url: str) -> None:
    """Return when `url` answers 200; StartFailed if the part ends or takes too long."""

    def answers() -> bool:
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(url, timeout=5).status_code == httpx.codes.OK
        return False

    _wait(part, answers)


def _wait(part: Part, done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not done():
        if part.process.poll() is not None or time.monotonic() > deadline:
            raise StartFailed(f"The {part.name} did not start. Its last words are in {part.log}:\n{last_words(part)}")
        time.sleep(0.1)


def last_words(part: Part, lines: int = 15) -> str:
    return "\n".join(part.log.read_text(errors="replace").splitlines()[-lines:])


def stop(parts: Sequence[Part]) -> None:
    """Ask each part to stop, last started first, and end those that do not."""
    for part in reversed(parts):
        if part.process.poll() is None:
            part.process.send_signal(signal.SIGTERM)
            try:
                part.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(part.process.pid, signal.SIGKILL)
                part.process.wait()
