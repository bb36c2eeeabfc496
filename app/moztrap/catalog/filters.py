"""The lists of products and versions."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from moztrap.catalog.models import Product, ProductVersion
from moztrap.core.conditions import is_id
from moztrap.core.listing import Column, Listing, Option, PickFilter, TextFilter
from moztrap.core.listing.state import State

VERSION_SEARCH = ("product__name", "version", "codename")


def all_products(state: State) -> "QuerySet[Any]":
    """Return the products by name."""
    return Product.objects.order_by("name", "pk")


def versions_of(products: Iterable[str]) -> "QuerySet[Any]":
    """Return the versions of products (ids), or of all if there is none, newest first."""
    versions: QuerySet[Any] = ProductVersion.objects.newest_first().select_related("product")
    ids = [value for value in products if is_id(value)]
    return versions.filter(product__in=ids) if ids else versions


def product_filter(lookup: str, *, extra: tuple[Option, ...] = (), **values: Any) -> PickFilter:
    """Return a filter by product; ``lookup`` leads from a row to it."""
    return PickFilter(
        "product",
        "Product",
        lookup=lookup,
        source=all_products,
        name_of=lambda product: product.name,
        url="catalog:product_options",
        extra=extra,
        **values,
    )


def version_filter(lookup: str, **values: Any) -> PickFilter:
    """Return a filter by product version, of the products that are chosen beside it."""
    return PickFilter(
        "version",
        "Version",
        lookup=lookup,
        source=lambda state: versions_of(state.values("product")),
        search=VERSION_SEARCH,
        url="catalog:version_options",
        along="product",
        **values,
    )


PRODUCTS = Listing(
    columns=(
        Column("name", "Product", ("name",)),
        Column("versions", "Versions", ("version_count",), descends_first=True),
        Column("cases", "Cases", ("case_count",), descends_first=True),
        Column("changed", "Changed", ("modified_on",), descends_first=True),
    ),
    filters=(
        TextFilter("name", "Name", is_local=True),
        TextFilter("description", "Description"),
    ),
    default_sort="name",
)

VERSIONS = Listing(
    columns=(
        Column("product", "Product", ("product__name", "-order")),
        Column("version", "Version", ("order", "product__name"), descends_first=True),
        Column("codename", "Codename", ("codename",)),
        Column("cases", "Cases", ("case_count",), descends_first=True),
    ),
    filters=(
        product_filter("product"),
        # By its text here, by its id on other lists.
        TextFilter("version", "Version", is_local=True),
        TextFilter("codename", "Codename"),
    ),
    default_sort="product",
)
