"""A tiny SMTP server for tests: keeps what it is given, and refuses, delays or hangs up where it is told to."""

import contextlib
import socketserver
import threading
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage


class _Conversation(socketserver.StreamRequestHandler):
    server: "SmtpServer"

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):
            self._converse()

    def _converse(self) -> None:
        self._say("220 test")
        while line := self.rfile.readline():
            verb = line.decode().split()[0].upper().partition(":")[0]
            if answer := self.server.answers.get(verb):
                self._say(answer)
            elif verb == "DATA":
                self._say("354 go on")
                self.server.received.append(self._message())
                if self.server.hangs_up:
                    return
                self._say("250 kept")
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _message(self) -> EmailMessage:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return message_from_bytes(b"".join(lines), policy=policy.default)  # type: ignore[return-value]

    def _say(self, reply: str) -> None:
        self.wfile.write(f"{reply}\r\n".encode())


class SmtpServer(socketserver.ThreadingTCPServer):
    """`answers` replaces the reply to a verb; `hangs_up` closes the line after a message instead of taking it on."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.received: list[EmailMessage] = []
        self.answers: dict[str, str] = {}
        self.hangs_up = False

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"


@contextlib.contextmanager
def running() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()
