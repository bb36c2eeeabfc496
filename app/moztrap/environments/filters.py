"""The lists of environments, elements, categories and profiles."""

from moztrap.core.listing import ChoiceFilter, Column, Listing, Option, TextFilter
from moztrap.core.listing.state import State
from moztrap.environments.models import Category


def category_options(state: State) -> list[Option]:
    """Return every category: there are few (1 query)."""
    rows = Category.objects.order_by("name").values_list("pk", "name")
    return [Option(str(pk), name) for pk, name in rows]


ENVIRONMENTS = Listing(
    columns=(
        Column("environment", "Environment"),
        Column("name", "Name", ("name",)),
        Column("changed", "Changed", ("modified_on",), descends_first=True),
    ),
    filters=(
        TextFilter("name", "Name", is_local=True),
        TextFilter(
            "element",
            "Element",
            apply=lambda rows, *values: rows.holding(*values),
        ),
    ),
    default_sort="name",
)

ELEMENTS = Listing(
    columns=(
        Column("name", "Element", ("name",)),
        Column("category", "Category", ("category__name", "name")),
        Column("environments", "Environments", ("environment_count",), descends_first=True),
    ),
    filters=(
        TextFilter("name", "Name", is_local=True),
        ChoiceFilter("category", "Category", lookup="category", choices=category_options),
    ),
    default_sort="category",
)

CATEGORIES = Listing(
    columns=(Column("name", "Category", ("name",)), Column("elements", "Elements")),
    filters=(TextFilter("name", "Name", is_local=True),),
    default_sort="name",
)

PROFILES = Listing(
    columns=(
        Column("name", "Profile", ("name",)),
        Column("environments", "Environments", ("environment_count",), descends_first=True),
        Column("changed", "Changed", ("modified_on",), descends_first=True),
    ),
    filters=(
        TextFilter("name", "Name", is_local=True),
        TextFilter("element", "Element", apply=lambda rows, *values: rows.holding(*values)),
        TextFilter("creator", "Created by", fields=("created_by__username",), names_people=True),
    ),
    default_sort="name",
)

# The environments of one profile.
PROFILE_ENVIRONMENTS = Listing(
    columns=(Column("environment", "Environment"),),
    filters=(TextFilter("element", "Element", apply=lambda rows, *values: rows.holding(*values)),),
)
