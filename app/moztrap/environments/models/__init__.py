"""Category → element → environment."""

from moztrap.environments.models.category import Category
from moztrap.environments.models.element import Element
from moztrap.environments.models.environment import Environment

__all__ = ["Category", "Element", "Environment"]
