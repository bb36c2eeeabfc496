"""Servers that do not answer are left alone for a while."""

import logging
import time
from dataclasses import dataclass, field

LEAVE_DEAD_SERVER_ALONE = 15.0
logger = logging.getLogger(__name__)


@dataclass
class Presence:
    """Whether a server may be asked, and what it may still hold that ended meanwhile."""

    name: str
    retry: float = LEAVE_DEAD_SERVER_ALONE
    is_stale: bool = field(default=False, init=False)
    """It was away: what it holds may have ended, and has to be thrown away first."""
    _ask_again: float = field(default=0.0, init=False)

    def may_be_asked(self) -> bool:
        """False while it is left alone."""
        return time.monotonic() >= self._ask_again

    def is_away(self, why: Exception) -> None:
        """It did not answer."""
        if not self.is_stale:
            logger.warning(
                "%s does not answer; what it holds counts as missing: %s", self.name, why
            )
        self.is_stale = True
        self._ask_again = time.monotonic() + self.retry

    def is_back(self) -> None:
        """It answered, and holds nothing of before."""
        if self.is_stale:
            logger.warning("%s answers again", self.name)
        self.is_stale = False
