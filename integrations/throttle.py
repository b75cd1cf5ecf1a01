"""A limit within one process, for what must not flood us or others; limits on shoppers hold across processes."""

import threading
import time
from collections import defaultdict, deque
from collections.abc import Hashable

MINUTE = 60.0


class Throttle:
    """Admits `most` of each kind a minute."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._lock = threading.Lock()
        self._admitted: defaultdict[Hashable, deque[float]] = defaultdict(deque)

    def admits(self, kind: Hashable) -> bool:
        now = time.monotonic()
        with self._lock:
            recent = self._admitted[kind]
            while recent and now - recent[0] > MINUTE:
                recent.popleft()
            if len(recent) >= self.most:
                return False
            recent.append(now)
        return True

    def forget(self) -> None:
        """Admit as a new process would."""
        with self._lock:
            self._admitted.clear()
