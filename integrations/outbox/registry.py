"""Which function does which kind of job. Upper layers register in their `jobs.py`, found at start-up."""

from collections.abc import Callable
from dataclasses import dataclass

from integrations.outbox.models import Job

type Handler = Callable[[Job], None]


@dataclass(frozen=True, slots=True)
class JobKind:
    """`limit` is how many attempts a job gets before it becomes a dead letter; backoff doubles from `first_delay` s."""

    handler: Handler
    limit: int
    first_delay: float


class JobFailed(Exception):
    """The job cannot succeed however often it is tried: it becomes a dead letter at once."""


class JobPostponed(Exception):
    """Not yet: try again after `seconds` without counting an attempt."""

    def __init__(self, seconds: float, reason: str = "") -> None:
        super().__init__(reason or f"postponed for {seconds:g} s")
        self.seconds = seconds


KINDS: dict[str, JobKind] = {}


def handles(kind: str, *, limit: int = 6, first_delay: float = 5) -> Callable[[Handler], Handler]:
    """Register the decorated function for jobs of `kind`."""

    def register(handler: Handler) -> Handler:
        KINDS[kind] = JobKind(handler, limit, first_delay)
        return handler

    return register
