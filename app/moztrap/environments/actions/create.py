"""Create categories, elements and environments."""

from collections.abc import Iterable

from django.contrib.auth.models import AbstractBaseUser

from moztrap.core.actions import create_record
from moztrap.core.authority import authorise
from moztrap.environments.models import Category, Element, Environment


def create_category(*, by: AbstractBaseUser | None, name: str) -> Category:
    """Create a category without elements."""
    authorise(by, "manage_environments")
    return create_record(Category, by=by, name=name)


def create_element(*, by: AbstractBaseUser | None, category: Category, name: str) -> Element:
    """Create an element of a category."""
    authorise(by, "manage_environments")
    return create_record(Element, by=by, category=category, name=name)


def create_environment(
    *, by: AbstractBaseUser | None, elements: Iterable[Element], name: str = ""
) -> Environment:
    """Create an environment out of elements."""
    authorise(by, "manage_environments")
    return create_record(Environment, by=by, name=name, elements=list(elements))
