"""The account of a person."""

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models.functions import Lower

from moztrap.core.policies import POLICIES


class AccountManager(UserManager["User"]):
    """Finds people, upper or lower case."""

    use_in_migrations = False

    def get_by_natural_key(self, username: str | None) -> "User":
        """The person of that username, upper or lower case."""
        return self.get(username_key=(username or "").lower())


class User(AbstractUser):
    """A person; username and e-mail are unique whatever their case."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    email = models.EmailField("e-mail address", max_length=254)
    # Generated, because MariaDB has no index on an expression and SQLite
    # compares case-sensitively.
    username_key = models.GeneratedField(
        expression=Lower("username"),
        output_field=models.CharField(max_length=150),
        db_persist=True,
    )
    email_key = models.GeneratedField(
        expression=Lower("email"),
        output_field=models.CharField(max_length=254),
        db_persist=True,
    )

    # Pinned and saved filters and the like: `moztrap.core.preferences`. It travels with the
    # person, so that no page asks for it; NULL until there is something.
    preferences = models.JSONField(null=True, editable=False)

    objects = AccountManager()

    class Meta:
        """Permissions of the whole site hang here: `may(user, "manage_tags")`."""

        ordering = ["username"]
        default_permissions = ()
        permissions = [(name, name.replace("_", " ").capitalize()) for name in POLICIES]
        constraints = [
            models.UniqueConstraint(
                fields=["username_key"],
                name="accounts_username_unique",
                violation_error_message="Somebody else has this username.",
            ),
            models.UniqueConstraint(
                fields=["email_key"],
                name="accounts_email_unique",
                violation_error_message="Somebody else has this e-mail address.",
            ),
        ]

    def get_full_name(self) -> str:
        """The name that people see."""
        return self.username

    def get_short_name(self) -> str:
        """The name that people see."""
        return self.username

    def clean(self) -> None:
        """Keep the address in one form."""
        super().clean()
        self.email = self.email.strip().lower()

    @property
    def role_names(self) -> list[str]:
        """The roles this person holds; `prefetch_related("groups")` makes it free."""
        return sorted(group.name for group in self.groups.all())
