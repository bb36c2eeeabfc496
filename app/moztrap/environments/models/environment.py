"""A place to run tests in: one element of each category that matters."""

from django.db import models

from moztrap.core.models import LiveManager, Record
from moztrap.environments.models.element import Element
from moztrap.environments.querysets import EnvironmentQuerySet


class Environment(Record):
    """A set of elements; two of one category mean “either”.

    Environments are shared: product versions and case versions point at them.
    """

    name = models.CharField(
        max_length=100, blank=True, help_text="Optional: the elements name it well enough."
    )
    elements = models.ManyToManyField(Element, related_name="environments")
    # Where an import took it from, so that the next import knows it again.
    origin = models.CharField(max_length=100, null=True, editable=False, unique=True)

    everything = models.Manager.from_queryset(EnvironmentQuerySet)()
    objects = LiveManager.from_queryset(EnvironmentQuerySet)()

    class Meta(Record.Meta):
        """Two environments may hold the same elements: they may serve different teams."""

    def __str__(self) -> str:
        """Return the elements, after the name if there is one."""
        return f"{self.name}: {self.elements_text}" if self.name else self.elements_text

    @property
    def elements_text(self) -> str:
        """Return the elements in the order of their categories."""
        loaded = "elements" in getattr(self, "_prefetched_objects_cache", {})
        rows = self.elements.all() if loaded else self.elements.select_related("category")
        elements = sorted(rows, key=lambda e: (e.category.name, e.name))
        return " / ".join(element.name for element in elements)
