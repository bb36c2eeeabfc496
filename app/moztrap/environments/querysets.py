"""Reads of categories, elements, environments and profiles, as sentences."""

from typing import Self

from django.db.models import Count, Prefetch, Q

from moztrap.core.conditions import any_of
from moztrap.core.models import RecordQuerySet


class CategoryQuerySet(RecordQuerySet):
    """Reads of categories."""

    def with_elements(self) -> Self:
        """Load the live elements of each category, by name (1 more query)."""
        from moztrap.environments.models import Element

        return self.prefetch_related(
            Prefetch("elements", queryset=Element.objects.order_by("name"))
        )


class ElementQuerySet(RecordQuerySet):
    """Reads of elements."""

    def for_list(self) -> Self:
        """Load each element's category and count the live environments that hold it."""
        return self.select_related("category").annotate(
            environment_count=Count("environments", filter=Q(environments__deleted_on__isnull=True))
        )


class EnvironmentQuerySet(RecordQuerySet):
    """Reads of environments."""

    def with_elements(self) -> Self:
        """Load what an environment's name is made of (1 more query)."""
        from moztrap.environments.models import Element

        return self.prefetch_related(
            Prefetch(
                "elements",
                queryset=Element.everything.select_related("category"),
            )
        )

    def holding(self, *names: str) -> Self:
        """Keep those with an element whose name contains one of these."""
        from moztrap.environments.models import Element

        elements = Element.objects.filter(any_of(names, lambda name: Q(name__icontains=name)))
        return self.filter(pk__in=elements.values("environments"))


class ProfileQuerySet(RecordQuerySet):
    """Reads of profiles."""

    def for_list(self) -> Self:
        """Count the live environments of each profile."""
        return self.annotate(
            environment_count=Count("environments", filter=Q(environments__deleted_on__isnull=True))
        )

    def holding(self, *names: str) -> Self:
        """Keep those with an environment where an element's name contains one of these."""
        from moztrap.environments.models import Environment

        environments = Environment.objects.holding(*names)
        return self.filter(pk__in=environments.values("profiles"))
