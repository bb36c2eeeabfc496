"""Writes of categories, elements, environments and profiles."""

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
from moztrap.environments.actions.generate import (
    create_profile,
    delete_profile,
    extend_profile,
    prune_profile,
    update_profile,
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
    "create_profile",
    "delete_category",
    "delete_element",
    "delete_environment",
    "delete_profile",
    "extend_profile",
    "prune_profile",
    "update_category",
    "update_element",
    "update_environment",
    "update_profile",
]
