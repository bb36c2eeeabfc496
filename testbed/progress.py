"""Say what is being done, how far it is, and how long it took."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Progress:
    """Numbered steps, each with its seconds: `[2/5] Boot 1 host … 6 s`."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0

    @contextmanager
    def step(self, what: str, *, streams: bool = False) -> Iterator[None]:
        """Announce a step; `streams` when the step prints lines of its own."""
        self._done += 1
        started = time.monotonic()
        head = f"[{self._done}/{self._total}] {what}"
        print(f"{head} …", end="\n" if streams else "", flush=True)
        try:
            yield
        except BaseException:
            print(" failed" if not streams else f"{head}: failed", flush=True)
            raise
        seconds = time.monotonic() - started
        print(f"{head}: {seconds:.0f} s" if streams else f" {seconds:.0f} s", flush=True)


def note(text: str) -> None:
    """A line for people that no script should read."""
    print(text, file=sys.stderr, flush=True)
