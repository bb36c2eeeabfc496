"""Category → element → environment, and profiles: named sets of environments."""

from moztrap.environments.models.category import Category
from moztrap.environments.models.element import Element
from moztrap.environments.models.environment import Environment
from moztrap.environments.models.profile import Profile

__all__ = ["Category", "Element", "Environment", "Profile"]
