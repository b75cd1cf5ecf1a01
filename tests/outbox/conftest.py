from collections.abc import Callable

import pytest

from integrations.outbox import queue
from integrations.outbox.models import Job
from integrations.outbox.registry import KINDS, Handler, JobKind

type Put = Callable[..., Job]


class Work:
    """A kind of job for tests: remembers which jobs it did; `then` is what it does besides."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.then: Handler = lambda job: None

    def __call__(self, job: Job) -> None:
        self.done.append(job.key)
        self.then(job)


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    work = Work()
    monkeypatch.setitem(KINDS, "test.work", JobKind(work, limit=3, first_delay=10))
    return work


@pytest.fixture
def put(work: Work) -> Put:
    """Put a job of the test's kind and return it."""

    def put(key: str = "a", **options: object) -> Job:
        queue.put("test.work", **{"key": key, "tenant": 1, "payload": {}, **options})  # type: ignore[arg-type]
        return Job.objects.get(kind="test.work", key=key)

    return put


@pytest.fixture
def delivering(settings) -> None:
    """Messages really go to the queue's table."""
    settings.Q_CLUSTER = {**settings.Q_CLUSTER, "testing": False}
