"""The drill's figures and its table of checks, printed and written to `drill.json`."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from scripts.drill.comparing import Check

SHOWN = 10


class Report:
    def __init__(self) -> None:
        self._figures: dict[str, dict[str, float | str]] = {}
        self._checks: list[Check] = []

    def add(self, name: str, value: float, unit: str) -> None:
        rounded = round(value, 1) if isinstance(value, float) else value
        self._figures[name] = {"value": rounded, "unit": unit}
        _say(f"{name}: {rounded} {unit}")

    def check(self, checks: Sequence[Check]) -> int:
        """Print the table; how many checks found a difference."""
        self._checks = list(checks)
        _say("")
        _say(f"{'check':44} {'looked at':>9} {'differences':>11}")
        for check in checks:
            _say(f"{check.name:44} {check.looked_at:9} {len(check.differences):11}")
            for difference in check.differences[:SHOWN]:
                _say(f"    {difference}")
        return sum(bool(check.differences) for check in checks)

    def write(self, path: Path) -> None:
        table = {c.name: {"looked_at": c.looked_at, "differences": len(c.differences)} for c in self._checks}
        path.write_text(json.dumps({"figures": self._figures, "checks": table}, indent=2) + "\n")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
