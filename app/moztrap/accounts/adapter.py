"""How django-allauth behaves on this site."""

import logging
from smtplib import SMTPException, SMTPRecipientsRefused
from typing import Any
from urllib.parse import urljoin, urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.userkit import filter_users_by_email, get_user_by_username
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.http import HttpRequest

from moztrap.accounts import throttle
from moztrap.accounts.models import User
from moztrap.accounts.roles import default_role
from moztrap.core.actions import ActionError, atomic, record_audit
from moztrap.core.login import is_open_for_registration

# Names under which django-allauth hands links to the templates of mails.
LINKS = ("activate_url", "password_reset_url", "signup_url")
UNSOLICITED = (
    "account/email/password_reset_key",
    "account/email/unknown_account",
    "account/email/account_already_exists",
)


logger = logging.getLogger(__name__)


class MailError(ActionError):
    """A mail that a person waits for could not be handed over to any mail server."""


def site_link(link: str) -> str:
    """A link under SITE_URL, whatever host the request claimed."""
    return urljoin(settings.SITE_URL, urlsplit(link).path)


class AccountAdapter(DefaultAccountAdapter):
    """Who may register, what they get, how often anybody may try, and where links lead."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Open, or open to some domains; the form checks which."""
        return is_open_for_registration()

    def clean_email(self, email: str) -> str:
        """One form for every address; with REGISTRATION = "domains", only theirs."""
        email = super().clean_email(email).strip().lower()
        domain = email.rpartition("@")[2]
        allowed = [name.lower().lstrip("@") for name in settings.REGISTRATION_DOMAINS]
        if settings.REGISTRATION == "domains" and domain not in allowed:
            raise ValidationError(
                f"Registration is open to addresses at {', '.join(allowed)} only."
            )
        return email

    def save_user(
        self, request: HttpRequest, user: AbstractBaseUser, form: BaseForm, commit: bool = True
    ) -> AbstractBaseUser:
        """A new person starts with the default role."""
        saved: AbstractBaseUser = super().save_user(request, user, form, commit)
        role = default_role()
        if commit and role is not None and isinstance(saved, User):
            saved.groups.add(role)
            record_audit("register", saved, by=saved)
        return saved

    @atomic()
    def set_password(self, user: AbstractBaseUser, password: str) -> None:
        """Write the password alone: what an administrator changed meanwhile stays changed."""
        user.set_password(password)
        user.save(update_fields=["password"])
        record_audit("change password", user, by=user)

    @atomic()
    def confirm_email(self, request: HttpRequest, email_address: Any) -> bool:
        """Confirm an address whole or not at all."""
        is_confirmed: bool = super().confirm_email(request, email_address)
        if is_confirmed:
            record_audit("confirm address", email_address.user, by=email_address.user)
        return is_confirmed

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Links lead to SITE_URL; what anybody can trigger does not flood a mailbox.

        Nothing tells the person at the browser that a mail was held back: that
        would tell whether the address has an account. Raises MailError when the mail
        server does not take it, whoever it is for.
        """
        if template_prefix in UNSOLICITED and not throttle.allow("reset-mailbox", email):
            return
        links = {name: site_link(context[name]) for name in LINKS if name in context}
        everything = {**context, **links, "site_url": site_link("/")}
        try:
            super().send_mail(template_prefix, email, everything)
        except (SMTPException, OSError) as error:
            logger.error("A mail was not sent (%s): %s", template_prefix, error)
            if isinstance(error, SMTPRecipientsRefused) and _for_good(error):
                raise MailError(
                    "The mail server takes no mail for this address, so nothing was saved. "
                    "Please check how it is written."
                ) from error
            raise MailError(
                "The mail server does not answer at this moment, so the mail with your link could "
                "not be sent, and nothing was saved. Please try again in a few minutes."
            ) from error

    def should_send_confirmation_mail(
        self, request: HttpRequest, email_address: Any, signup: bool
    ) -> bool:
        """Not again and again to one mailbox."""
        return throttle.allow("confirmation-mailbox", email_address.email)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuse when too many attempts have failed."""
        if any(throttle.is_exhausted(*attempt) for attempt in self._attempt(request, credentials)):
            raise self.validation_error("too_many_login_attempts")

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Count failures alone: logins that succeed, however many at once, lock nobody out."""
        for attempt in self._attempt(request, credentials):
            throttle.allow(*attempt)

    def _attempt(self, request: HttpRequest, credentials: dict[str, Any]) -> list[tuple[str, str]]:
        account, network = _account(credentials), self.get_client_ip(request)
        return [
            ("login-failed-pair", f"{account} {network}"),
            ("login-failed-account", account),
            ("login-failed-address", network),
        ]

    def get_client_ip(self, request: HttpRequest) -> str:
        """The network the web server saw; it alone knows which proxies to believe."""
        return throttle.network_of(str(request.META.get("REMOTE_ADDR", "")))


def _for_good(error: SMTPRecipientsRefused) -> bool:
    """Whether the server would say the same tomorrow."""
    return all(code >= 500 for code, _ in error.recipients.values())


def _account(credentials: dict[str, Any]) -> str:
    """The account that is tried: its two names would otherwise be counted apart."""
    username, email = credentials.get("username"), credentials.get("email")
    users = filter_users_by_email(email) if email else []
    user = users[0] if users else get_user_by_username(username) if username else None
    return f"user {user.pk}" if user else f"nobody {email or username}"
