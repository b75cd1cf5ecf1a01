"""Entry point: `python -m scripts.drill [short|long] [--seconds S] [--shoppers N] [--seed K]`."""

import argparse
import random
import sys
from dataclasses import replace

import django

from scripts.drill import plans
from scripts.stack import environment


def plan(arguments: list[str]) -> plans.Plan:
    parser = argparse.ArgumentParser(prog="make drill", description="A storm of shoppers while everything breaks.")
    parser.add_argument("form", nargs="?", choices=("short", "long"), default="short")
    parser.add_argument("--seconds", type=float, help="how long shoppers arrive")
    parser.add_argument("--shoppers", type=int)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    given = parser.parse_args(arguments)
    chosen = plans.short(given.seed) if given.form == "short" else plans.long(given.seed)
    return replace(chosen, seconds=given.seconds or chosen.seconds, shoppers=given.shoppers or chosen.shoppers)


def main() -> int:
    wanted = plan(sys.argv[1:])
    folder = environment.prepare("drill", **plans.ENVIRONMENT)
    django.setup()
    from scripts.drill.running import run  # noqa: PLC0415 - models need the settings that were made above

    return run(wanted, folder)


if __name__ == "__main__":
    sys.exit(main())
