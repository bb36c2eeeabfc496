"""Who may do what: one table, and the few functions that ask it.

Every view names one permission with `policy_required`; nothing else decides.

    @policy_required("manage_tags")
    def tag_edit(request): ...

    @policy_required(READ)
    class TagList(ListView): ...

`READ` opens a page to everybody who is logged in and, with ALLOW_ANONYMOUS_ACCESS,
to everybody, for GET and HEAD alone.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import method_decorator
from django.views import View

READ: Final = "read"
LOGGED_IN: Final = "logged_in"

TESTER: Final = "Tester"
TEST_CREATOR: Final = "Test Creator"
TEST_MANAGER: Final = "Test Manager"
ADMIN: Final = "Admin"
ROLES: Final = (TESTER, TEST_CREATOR, TEST_MANAGER, ADMIN)

_CREATORS = (TEST_CREATOR, TEST_MANAGER, ADMIN)
_MANAGERS = (TEST_MANAGER, ADMIN)

# permission → the roles that hold it when the site is new. The database's
# groups decide afterwards, so that an administrator can change a role.
POLICIES: Final[dict[str, tuple[str, ...]]] = {
    "execute": ROLES,
    "create_cases": _CREATORS,
    "manage_suite_cases": _CREATORS,
    "manage_cases": _MANAGERS,
    "manage_suites": _MANAGERS,
    "manage_tags": _MANAGERS,
    "manage_runs": _MANAGERS,
    "review_results": _MANAGERS,
    "manage_environments": _MANAGERS,
    "manage_products": _MANAGERS,
    "manage_users": (ADMIN,),
}

# kind of record → the permission with which it is deleted, and brought back.
DELETERS: Final[dict[str, str]] = {
    "catalog.product": "manage_products",
    "catalog.productversion": "manage_products",
    "environments.category": "manage_environments",
    "environments.element": "manage_environments",
    "environments.environment": "manage_environments",
    "environments.profile": "manage_environments",
    "execution.run": "manage_runs",
    "library.attachment": "manage_cases",
    "library.case": "manage_cases",
    "library.caseversion": "manage_cases",
    "library.suite": "manage_suites",
    "library.tag": "manage_tags",
}


def may_restore(user: Any, kinds: Iterable[str]) -> bool:
    """Whether `user` may bring back records of all these kinds."""
    return all(may(user, DELETERS.get(kind, "manage_products")) for kind in kinds)


def may(user: Any, permission: str) -> bool:
    """Whether `user` holds `permission`; superusers hold all of them."""
    if permission in (READ, LOGGED_IN):
        return bool(user.is_authenticated and user.is_active)
    if permission not in POLICIES:
        raise ValueError(f"No such permission: {permission}. There are {', '.join(POLICIES)}.")
    return bool(user.is_authenticated and user.has_perm(f"accounts.{permission}"))


def require(user: Any, permission: str) -> None:
    """Raise PermissionDenied unless `user` holds `permission`: for actions."""
    if not may(user, permission):
        raise PermissionDenied(f"This needs the permission “{permission.replace('_', ' ')}”.")


def policy_required(*permissions: str) -> Callable[[Any], Any]:
    """Let a view run only for people who hold one of `permissions` (function or class)."""
    for permission in permissions:
        if permission not in (READ, LOGGED_IN, *POLICIES):
            raise ValueError(f"No such permission: {permission}.")

    def decorate(view: Any) -> Any:
        if isinstance(view, type) and issubclass(view, View):
            return method_decorator(guard, name="dispatch")(view)
        return guard(view)

    def guard(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            # AccessMiddleware has let an anonymous reader through or not.
            if READ not in permissions and not any(may(request.user, p) for p in permissions):
                raise PermissionDenied(
                    f"This page needs the permission “{permissions[0].replace('_', ' ')}”."
                )
            return view(request, *args, **kwargs)

        guarded.moztrap_permissions = permissions  # type: ignore[attr-defined]
        return guarded

    return decorate
