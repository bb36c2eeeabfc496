"""Who may run an action: a person who holds the permission, or the system itself."""

from django.contrib.auth.models import AbstractBaseUser

from moztrap.core.policies import require


def authorise(by: AbstractBaseUser | None, permission: str) -> None:
    """Raise PermissionDenied unless ``by`` may; None is a command that an operator runs."""
    if by is not None:
        require(by, permission)
