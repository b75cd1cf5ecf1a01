"""Watching browsers: nothing may appear in their consoles that a test does not expect."""

from collections.abc import Callable
from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, ConsoleMessage, WebError

type NewContext = Callable[..., BrowserContext]


@dataclass
class Console:
    """Errors and warnings of every page, policy violations among them. `expected` are texts a test provokes."""

    said: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        context.on("console", self._hear)
        context.on("weberror", self._fail)

    def expect(self, *texts: str) -> None:
        self.expected += texts

    def surprises(self) -> list[str]:
        return [text for text in self.said if not any(known in text for known in self.expected)]

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.said.append(f"{message.type}: {message.text} ({message.location.get('url')})")

    def _fail(self, problem: WebError) -> None:
        self.said.append(f"exception: {problem.error}")
