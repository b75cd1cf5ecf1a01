"""The figures: printed as they are found, and written to `bench.json` as name -> {value, unit}."""

import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path


class Figures:
    def __init__(self) -> None:
        self._found: dict[str, dict[str, float | str]] = {}

    def add(self, name: str, value: float, unit: str) -> None:
        value = _three_digits(value)
        self._found[name] = {"value": value, "unit": unit}
        sys.stdout.write(f"{name}: {value} {unit}\n")
        sys.stdout.flush()

    def add_latencies(self, name: str, milliseconds: Sequence[float]) -> None:
        self.add(f"{name}.p50", percentile(milliseconds, 50), "ms")
        self.add(f"{name}.p95", percentile(milliseconds, 95), "ms")

    def value(self, name: str) -> float:
        return float(self._found[name]["value"])

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(self._found, indent=2) + "\n")


def percentile(values: Sequence[float], rank: float) -> float:
    """The smallest value that at least `rank` percent of the values do not exceed (nearest rank)."""
    if not values:
        raise ValueError("no values were measured")
    return sorted(values)[max(0, math.ceil(len(values) * rank / 100) - 1)]


def _three_digits(value: float) -> float:
    """Three significant digits below 1000, whole numbers above; counts stay whole."""
    if isinstance(value, int) or abs(value) >= 1000:
        return round(value)
    return float(f"{value:.3g}")
