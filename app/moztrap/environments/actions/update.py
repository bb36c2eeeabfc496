"""Change categories, elements and environments."""

from collections.abc import Iterable

from django.contrib.auth.models import AbstractBaseUser

from moztrap.core.actions import update_record
from moztrap.core.authority import authorise
from moztrap.environments.models import Category, Element, Environment


def update_category(
    category: Category, *, by: AbstractBaseUser | None, cc_version: int, name: str
) -> Category:
    """Rename a category."""
    authorise(by, "manage_environments")
    return update_record(category, by=by, cc_version=cc_version, name=name)


def update_element(
    element: Element,
    *,
    by: AbstractBaseUser | None,
    cc_version: int,
    category: Category,
    name: str,
) -> Element:
    """Rename an element or move it to another category."""
    authorise(by, "manage_environments")
    return update_record(element, by=by, cc_version=cc_version, category=category, name=name)


def update_environment(
    environment: Environment,
    *,
    by: AbstractBaseUser | None,
    cc_version: int,
    elements: Iterable[Element],
    name: str,
) -> Environment:
    """Change what an environment is made of, wherever it is used."""
    authorise(by, "manage_environments")
    return update_record(
        environment, by=by, cc_version=cc_version, name=name, elements=list(elements)
    )
