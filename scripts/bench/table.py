"""`bench.json` as the table of `docs/performance.md`: `python -m scripts.bench.table`."""

import json
import sys
from typing import Any

from scripts.stack.environment import ROOT


def rows(found: dict[str, dict[str, Any]]) -> list[str]:
    """One line a figure, in the order in which they were measured."""
    lines = ["| Figure | Value | Unit |", "| --- | ---: | --- |"]
    return lines + [f"| `{name}` | {figure['value']:g} | {figure['unit']} |" for name, figure in found.items()]


if __name__ == "__main__":
    sys.stdout.write("\n".join(rows(json.loads((ROOT / "bench.json").read_text()))) + "\n")
