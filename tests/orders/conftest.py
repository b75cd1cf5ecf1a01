import socket
from collections.abc import Iterator

import pytest

from tests.gateway_harness import forget_connections


@pytest.fixture
def unreachable() -> Iterator[str]:
    """An address at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        forget_connections()
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"
    forget_connections()
