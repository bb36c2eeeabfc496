"""Delete categories, elements and environments that nothing uses."""

from django.contrib.auth.models import AbstractBaseUser

from moztrap.core.actions import ActionError, atomic, delete_record
from moztrap.core.authority import authorise
from moztrap.core.words import counted
from moztrap.environments.models import Category, Element, Environment


class InUseError(ActionError):
    """Something still points at what was to be deleted."""


def _refuse_if_used(what: str, users: dict[str, int]) -> None:
    used_by = [counted(count, name) for name, count in users.items() if count]
    if used_by:
        raise InUseError(f"{what} is in use by {' and '.join(used_by)}; take it out there first.")


@atomic()
def delete_category(category: Category, *, by: AbstractBaseUser | None) -> int:
    """Delete a category that has no elements."""
    authorise(by, "manage_environments")
    _refuse_if_used(f"“{category}”", {"element": category.elements.count()})
    return delete_record(category, by=by)


@atomic()
def delete_element(element: Element, *, by: AbstractBaseUser | None) -> int:
    """Delete an element that no environment holds."""
    authorise(by, "manage_environments")
    _refuse_if_used(f"“{element}”", {"environment": element.environments.count()})
    return delete_record(element, by=by)


@atomic()
def delete_environment(environment: Environment, *, by: AbstractBaseUser | None) -> int:
    """Delete an environment that no product version, no case and no run is run in."""
    from moztrap.library.models import CaseVersion

    authorise(by, "manage_environments")
    _refuse_if_used(
        f"“{environment}”",
        {
            "product version": environment.productversions.count(),
            "profile": environment.profiles.count(),
            "case version": CaseVersion.objects.filter(environments=environment).count(),
            "run": environment.runs.count(),
        },
    )
    return delete_record(environment, by=by)
