"""A process and all its descendants, and the CPU time they used, from /proc (Linux)."""

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def milliseconds(root: int) -> float:
    """User and system time so far, of the living and of the children they have waited for."""
    table = _table()
    wanted, ticks = [root], 0
    while wanted:
        pid = wanted.pop()
        if pid in table:
            ticks += table[pid][1]
            wanted += [child for child, (parent, _) in table.items() if parent == pid]
    return ticks * 1000 / _TICKS


def children(root: int) -> set[int]:
    return {pid for pid, (parent, _) in _table().items() if parent == root}


def descendants(root: int) -> set[int]:
    """The processes below `root` that are alive."""
    below = children(root)
    return below.union(*map(descendants, below))


def _table() -> dict[int, tuple[int, int]]:
    """Every process: (parent, ticks used)."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            # The command's name stands in parentheses and may contain spaces; the fields follow the last one.
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        found[int(entry.name)] = (int(fields[1]), sum(int(field) for field in fields[11:15]))
    return found
