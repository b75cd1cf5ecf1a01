"""Which function does which kind of job. Upper layers register in their `jobs.py`, found at start-up."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.functional import Promise

if TYPE_CHECKING:  # jobs are named by this registry
    from integrations.outbox.models import Job

type StrOrPromise = str | Promise
type Handler = Callable[[Job], None]


@dataclass(frozen=True, slots=True)
class JobKind:
    """`limit` is how many attempts a job gets before it becomes a dead letter; backoff doubles from `first_delay` s.

    `title` is what staff read instead of the kind.
    """

    handler: Handler
    limit: int
    first_delay: float
    title: StrOrPromise = ""


class JobFailed(Exception):
    """The job cannot succeed however often it is tried: it becomes a dead letter at once."""


class JobPostponed(Exception):
    """Not yet: try again after `seconds` without counting an attempt.

    Where waiting is `usual`, such as for a shopper, the job keeps no error and is not told of as late.
    """

    def __init__(self, seconds: float, reason: str = "", *, usual: bool = False) -> None:
        super().__init__(reason or f"postponed for {seconds:g} s")
        self.seconds = seconds
        self.usual = usual


KINDS: dict[str, JobKind] = {}


def handles(
    kind: str, *, title: StrOrPromise = "", limit: int = 6, first_delay: float = 5
) -> Callable[[Handler], Handler]:
    """Register the decorated function for jobs of `kind`."""

    def register(handler: Handler) -> Handler:
        KINDS[kind] = JobKind(handler, limit, first_delay, title)
        return handler

    return register


def title_of(kind: str) -> str:
    """What staff read for a kind of job; the kind itself where nobody has named it."""
    return str(KINDS[kind].title or kind) if kind in KINDS else kind
