"""A named set of environments, to be given to product versions as a whole."""

from django.db import models

from moztrap.core.models import LiveManager, Record
from moztrap.environments.models.environment import Environment
from moztrap.environments.querysets import ProfileQuerySet


class Profile(Record):
    """A named set of environments.

    It is a template: a product version takes the environments it holds at that moment,
    and what becomes of the profile later changes no version and no run.
    """

    name = models.CharField(max_length=100)
    environments = models.ManyToManyField(Environment, blank=True, related_name="profiles")

    everything = models.Manager.from_queryset(ProfileQuerySet)()
    objects = LiveManager.from_queryset(ProfileQuerySet)()

    class Meta(Record.Meta):
        """No two live profiles share a name."""

        constraints = [
            models.UniqueConstraint(
                fields=["name", "live"],
                name="environments_profile_name",
                violation_error_message="There is a profile of this name already.",
            ),
        ]

    def __str__(self) -> str:
        """Return the name."""
        return self.name
