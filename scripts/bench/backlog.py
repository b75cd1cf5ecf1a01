"""The queue's backlog, as the jobs' own rows tell it."""

import time
from datetime import datetime

from integrations.outbox.models import Job
from scripts.bench.generator import BenchFailed


def size() -> int:
    """Jobs that are due and not done, and those being done; what waits for a later time is not late."""
    return Job.objects.due().count() + Job.objects.filter(state=Job.State.RUNNING).count()


def seconds_until_empty(limit: float) -> float:
    """Wait until nothing is due; BenchFailed if that takes longer than `limit` seconds or leaves a dead letter."""
    began = time.monotonic()
    while left := size():
        if time.monotonic() - began > limit:
            raise BenchFailed(f"{left} jobs are left after {limit} s")
        time.sleep(0.1)
    if dead := Job.objects.filter(state=Job.State.DEAD).first():
        raise BenchFailed(f"the job {dead} died: {dead.last_error}")
    return time.monotonic() - began


def rate_since(moment: datetime) -> float:
    """Jobs finished a second, from the first to the last that finished after `moment`."""
    finished = list(
        Job.objects.filter(finished_at__gt=moment).order_by("finished_at").values_list("finished_at", flat=True)
    )
    first, last = finished[0], finished[-1]
    assert first is not None
    assert last is not None
    return (len(finished) - 1) / (last - first).total_seconds()
