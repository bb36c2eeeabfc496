"""Writes of categories, elements and environments."""

from moztrap.environments.actions.create import (
    create_category,
    create_element,
    create_environment,
)
from moztrap.environments.actions.delete import (
    delete_category,
    delete_element,
    delete_environment,
)
from moztrap.environments.actions.update import (
    update_category,
    update_element,
    update_environment,
)

__all__ = [
    "create_category",
    "create_element",
    "create_environment",
    "delete_category",
    "delete_element",
    "delete_environment",
    "update_category",
    "update_element",
    "update_environment",
]
