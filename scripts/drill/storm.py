"""The shoppers' process: reads a plan from standard input, lets shoppers arrive, writes their stories.

Started as `python -m scripts.drill.storm`. It ends by itself within the plan's seconds and `LATEST` more.
"""

import asyncio
import json
import random
import sys
from dataclasses import asdict
from typing import Any

import aiohttp

from scripts.drill.walking import Story, Walker

LATEST = 12.0


async def storm(plan: dict[str, Any]) -> list[Story]:
    """Shoppers arrive over the plan's seconds, at most `at_once` at a time; who is still there at the end leaves."""
    chance = random.Random(plan["seed"])  # noqa: S311 - not a secret
    arrivals = sorted(chance.uniform(0, plan["seconds"]) for _ in range(plan["shoppers"]))
    places = asyncio.Semaphore(plan["at_once"])
    loop = asyncio.get_running_loop()
    began = loop.time()

    async def visit(number: int, at: float, connector: aiohttp.BaseConnector) -> Story:
        await asyncio.sleep(at)
        async with places:
            left = began + plan["seconds"] + LATEST - loop.time()
            walker = Walker(connector, plan, number)
            try:
                return await asyncio.wait_for(walker.walk(), max(left, 0.1))
            except TimeoutError:
                walker.story.ended = "was still walking at the end"
                return walker.story

    async with aiohttp.TCPConnector(limit=0) as connector:
        return await asyncio.gather(*(visit(number, at, connector) for number, at in enumerate(arrivals)))


def main() -> None:
    plan = json.load(sys.stdin)
    json.dump([asdict(story) for story in asyncio.run(storm(plan))], sys.stdout)


if __name__ == "__main__":
    main()
