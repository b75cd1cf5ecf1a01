"""Keeps the books in a file, so that a second start remembers charges, CRM orders, mails and webhooks.

One JSON record a line; the file is replaced atomically. Saving between starts yields to the server every few
milliseconds and rests in proportion to what it cost, so that it does not slow a load test down.
"""

import asyncio
import json
import os
import time
from pathlib import Path

from integrations.sandbox.world import World

SLICE_SECONDS = 0.002
REST_SECONDS = 1.0
REST_PER_COST = 20


class StateFile:
    def __init__(self, path: Path, world: World) -> None:
        self._path = path
        self._world = world
        self._saved_version = world.version

    def load(self) -> None:
        """Fill the world from the file; a missing file is an empty world."""
        if not self._path.exists():
            return
        with self._path.open(encoding="utf-8") as lines:
            for line in lines:
                self._world.restore(json.loads(line))

    def save(self) -> None:
        """Write everything now."""
        version, draft = self._world.version, self._draft()
        with draft.open("w", encoding="utf-8") as file:
            file.writelines(self._line(record) for record in self._world.records())
        self._publish(draft, version)

    async def keep(self) -> None:
        """Save soon after each change, for as long as the server runs."""
        while True:
            await asyncio.sleep(REST_SECONDS)
            if self._world.version != self._saved_version:
                cost = await self._save_in_slices()
                await asyncio.sleep(cost * REST_PER_COST)

    async def _save_in_slices(self) -> float:
        version, draft, cost = self._world.version, self._draft(), 0.0
        with draft.open("w", encoding="utf-8") as file:
            since = time.perf_counter()
            for record in self._world.records():
                file.write(self._line(record))
                if (spent := time.perf_counter() - since) > SLICE_SECONDS:
                    cost += spent
                    await asyncio.sleep(SLICE_SECONDS)
                    since = time.perf_counter()
        self._publish(draft, version)
        return cost

    def _draft(self) -> Path:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        return self._path.with_suffix(self._path.suffix + f".{os.getpid()}")

    def _publish(self, draft: Path, version: int) -> None:
        draft.replace(self._path)
        self._saved_version = version

    @staticmethod
    def _line(record: list[object]) -> str:
        return json.dumps(record, separators=(",", ":")) + "\n"
