"""People, and how often they tried."""

from moztrap.accounts.models.throttle import ThrottleCount
from moztrap.accounts.models.user import User

__all__ = ["ThrottleCount", "User"]
