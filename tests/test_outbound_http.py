"""An answer that cannot be read says nothing of what happened, in every way in which it can be unreadable."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from integrations import http
from integrations.errors import OutcomeUnknown


class Garbled(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.send_response(200)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", "7")
        self.end_headers()
        self.wfile.write(b"no gzip")

    def log_message(self, *_: object) -> None:
        """Quietly."""


@pytest.fixture
def garbled() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Garbled) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.django_db
def test_a_body_that_cannot_be_decoded_leaves_the_outcome_unknown(garbled: str) -> None:
    with pytest.raises(OutcomeUnknown):
        http.send("sendgrid", "POST", garbled)
