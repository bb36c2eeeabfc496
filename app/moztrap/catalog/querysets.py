"""Reads of products and their versions, as sentences."""

from typing import Any, Self

from django.db.models import Count, Exists, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from moztrap.core.models import RecordQuerySet


def count_of(rows: "QuerySet[Any]", owner: str) -> Coalesce:
    """Count ``rows`` whose foreign key ``owner`` is the outer row, without joining them."""
    counted = (
        rows.filter(**{owner: OuterRef("pk")})
        .order_by()
        .values(owner)
        .annotate(number=Count("pk"))
        .values("number")
    )
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


class ProductQuerySet(RecordQuerySet):
    """Reads of products."""

    def with_counts(self) -> Self:
        """Count the live versions and cases of each product."""
        from moztrap.catalog.models import ProductVersion
        from moztrap.library.models import CaseVersion

        newest = CaseVersion.objects.newest_of_each_case()
        return self.annotate(
            version_count=count_of(ProductVersion.objects.all(), "product"),
            case_count=count_of(newest, "case__product"),
        )


class ProductVersionQuerySet(RecordQuerySet):
    """Reads of product versions."""

    def newest_first(self) -> Self:
        """Order by product, and its versions from newest to oldest."""
        return self.order_by("product__name", "product_id", "-order", "-pk")

    def with_missing_count(self, target_id: int) -> Self:
        """Count the cases of each version that another version lacks."""
        from moztrap.library.models import CaseVersion

        present = CaseVersion.objects.filter(case=OuterRef("case"), productversion=target_id)
        missing = CaseVersion.objects.filter(~Exists(present))
        return self.select_related("product").annotate(
            missing_count=count_of(missing, "productversion")
        )

    def with_counts(self) -> Self:
        """Count the live cases of each version."""
        from moztrap.library.models import CaseVersion

        return self.select_related("product").annotate(
            case_count=count_of(CaseVersion.objects.all(), "productversion")
        )
