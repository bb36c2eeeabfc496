"""Have an administrator, without a prompt."""

from dataclasses import dataclass, field

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from moztrap.accounts.models import User
from moztrap.core.actions import ActionError, record_audit
from moztrap.core.policies import ADMIN


@dataclass
class EnsureResult:
    """What was done: `created`, `changed` (and what) or `unchanged`."""

    status: str
    changes: list[str] = field(default_factory=list)


def ensure_admin(
    *, username: str, email: str, password: str, dry_run: bool = False
) -> EnsureResult:
    """Create the administrator `username`, or give the account what it lacks.

    An existing account keeps its password: the person may have changed it.
    """
    email = email.strip().lower()
    with transaction.atomic():
        user = User.objects.select_for_update().filter(username_key=username.lower()).first()
        taken = User.objects.filter(email_key=email)
        if user is not None:
            taken = taken.exclude(pk=user.pk)
        if taken.exists():
            raise ActionError(
                f"The address {email} belongs to the account {taken.get().username}, so "
                f"{username} cannot have it. Give another --email."
            )
        result = _create(username, email, password) if user is None else EnsureResult("unchanged")
        user = user or User.objects.get(username=username)
        changes = _complete(user, email)
        if changes and result.status == "unchanged":
            result = EnsureResult("changed", changes)
        if result.status != "unchanged":
            record_audit("ensure admin", user, by=None, details={"changes": result.changes})
        if dry_run:
            transaction.set_rollback(True)
    return result


def _create(username: str, email: str, password: str) -> EnsureResult:
    user = User(username=username, email=email, is_superuser=True, is_staff=True)
    try:
        user.full_clean(exclude=["password"])
        validate_password(password, user)
    except ValidationError as error:
        raise ActionError(" ".join(error.messages)) from error
    user.set_password(password)
    user.save()
    return EnsureResult("created")


def _complete(user: User, email: str) -> list[str]:
    """Give the account what an administrator needs; returns what it lacked."""
    changes = []
    if not (user.is_active and user.is_superuser and user.is_staff):
        user.is_active = user.is_superuser = user.is_staff = True
        changes.append("made an active superuser")
    if user.email != email:
        user.email = email
        changes.append("e-mail address")
    if changes:
        user.save(update_fields=["is_active", "is_superuser", "is_staff", "email"])
    role = Group.objects.get(name=ADMIN)
    if not user.groups.filter(pk=role.pk).exists():
        user.groups.add(role)
        changes.append(f"role {ADMIN}")
    # The operator vouches for the address: no mail has to be confirmed.
    address = EmailAddress.objects.filter(user=user, email=email).first()
    if address is None or not (address.verified and address.primary):
        EmailAddress.objects.filter(user=user).exclude(email=email).update(primary=False)
        EmailAddress.objects.update_or_create(
            user=user, email=email, defaults={"verified": True, "primary": True}
        )
        changes.append("confirmed address")
    return changes
