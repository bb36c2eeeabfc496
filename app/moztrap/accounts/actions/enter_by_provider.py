"""Write what a login through the provider means: an account, its identity, its roles."""

from collections.abc import Callable, Iterable

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.auth.models import Group

from moztrap.accounts.models import ClaimedRole, User
from moztrap.accounts.roles import default_role
from moztrap.core.actions import atomic, record_audit


def register_identity(save: Callable[[], User], roles: Iterable[str]) -> User:
    """Make an account with `save`, and give it its first roles, or do neither.

    Where claims decide over roles they do so from the beginning; elsewhere somebody new
    gets the default role.
    """
    with atomic():
        user = save()
        record_audit("register", user, by=user, details={"through": "provider"})
        role = None if settings.OIDC_ROLE_CLAIM else default_role()
        if role is not None:
            user.groups.add(role)
        set_roles(user, roles)
    return user


def link_identity(user: User, identity: SocialAccount) -> SocialAccount:
    """Let an account that was there before be entered by this identity from now on.

    Whoever registered with an address and never confirmed it may be somebody else: the
    password of such an account is taken away.
    """
    with atomic():
        user = User.objects.select_for_update().get(pk=user.pk)
        identity.user = user
        identity.save()
        address = EmailAddress.objects.filter(user=user, email__iexact=user.email).first()
        was_confirmed = address is not None and address.verified
        if not was_confirmed:
            user.set_unusable_password()
            user.save(update_fields=["password"])
            EmailAddress.objects.update_or_create(
                user=user, email=user.email, defaults={"verified": True, "primary": True}
            )
        record_audit("link", user, by=user, details={"kept password": was_confirmed})
    return identity


def set_roles(user: User, names: Iterable[str]) -> None:
    """Give the roles that claims name, and take those that earlier claims gave.

    A role that somebody holds already stays theirs when the claim goes: an administrator
    gave it.
    """
    with atomic():
        # Two logins of one person at once give a role once.
        User.objects.select_for_update().get(pk=user.pk)
        wanted = set(Group.objects.filter(name__in=list(names)))
        held = set(user.groups.all())
        claimed = {row.role for row in user.claimed_roles.select_related("role")}
        given, taken = wanted - held, (claimed - wanted) & held
        ClaimedRole.objects.filter(user=user, role__in=claimed - wanted).delete()
        ClaimedRole.objects.bulk_create(
            ClaimedRole(user=user, role=role) for role in given - claimed
        )
        user.groups.add(*given)
        user.groups.remove(*taken)
        if given or taken:
            record_audit(
                "update",
                user,
                by=None,
                details={
                    "roles given by claims": sorted(role.name for role in given),
                    "roles taken by claims": sorted(role.name for role in taken),
                },
            )
