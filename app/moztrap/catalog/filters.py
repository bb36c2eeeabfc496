"""The lists of products and versions."""

from moztrap.catalog.models import Product, ProductVersion
from moztrap.core.listing import ChoiceFilter, Column, Listing, Option, TextFilter
from moztrap.core.listing.state import State

# More than a drop-down can be used with; then a product must be chosen first.
MOST_OPTIONS = 200
# No id has more digits; databases refuse longer numbers.
_ID_DIGITS = 18


def product_options(state: State) -> list[Option]:
    """Return the products by name (1 query)."""
    rows = Product.objects.order_by("name").values_list("pk", "name")[:MOST_OPTIONS]
    return [Option(str(pk), name) for pk, name in rows]


def version_options(state: State) -> list[Option]:
    """Return the versions of the chosen products, or of all, newest first (1 query)."""
    versions = ProductVersion.objects.newest_first()
    chosen = [
        value for value in state.values("product") if value.isdecimal() and len(value) <= _ID_DIGITS
    ]
    if chosen:
        versions = versions.filter(product__in=chosen)
    rows = versions.values_list("pk", "product__name", "version")[:MOST_OPTIONS]
    return [Option(str(pk), f"{product} {version}") for pk, product, version in rows]


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
        ChoiceFilter("product", "Product", lookup="product", choices=product_options),
        # By its text here, by its id on other lists.
        TextFilter("version", "Version", is_local=True),
        TextFilter("codename", "Codename"),
    ),
    default_sort="product",
)
