"""Suites as a field of other forms."""

from typing import Any

from django import forms

from moztrap.core.picking import PickField
from moztrap.library.models import Case, Suite


def suites_of_product(product: int | None) -> Any:
    """Return the suites of a product by name; none without a product."""
    rows = Suite.objects.filter(product=product) if product is not None else Suite.objects.none()
    return rows.order_by("name", "pk")


def suites_of(case: Case) -> Any:
    """Return the ids of the live suites that hold a case (1 query)."""
    return Suite.objects.filter(suitecases__case=case).values_list("pk", flat=True)


def offer_suites(form: forms.BaseForm, product: int | None) -> None:
    """Offer the suites of a product in a form that has such a field."""
    field = form.fields.get("suites")
    if isinstance(field, PickField):
        field.offer(suites_of_product(product), product=product)
