"""People, the roles that their provider gave them, and how often they tried."""

from moztrap.accounts.models.claimed_role import ClaimedRole
from moztrap.accounts.models.throttle import ThrottleCount
from moztrap.accounts.models.user import User

__all__ = ["ClaimedRole", "ThrottleCount", "User"]
