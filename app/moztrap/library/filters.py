"""The lists of cases and tags."""

from moztrap.catalog.filters import product_options, version_options
from moztrap.core.listing import ChoiceFilter, Column, Listing, Option, TextFilter
from moztrap.core.listing.state import State
from moztrap.library.models import Priority, Status

STATUS_OPTIONS = tuple(Option(value, label) for value, label in Status.choices)
PRIORITY_OPTIONS = (
    *(Option(str(value), label) for value, label in Priority.choices),
    Option("none", "none"),
)
GLOBAL = "global"


def _priority(value: str) -> int | None:
    return None if value == "none" else int(value)


def _tag_products(state: State) -> list[Option]:
    return [Option(GLOBAL, "(all products)"), *product_options(state)]


CASES = Listing(
    columns=(
        Column("id", "ID", ("case_id",), descends_first=True),
        Column("name", "Name", ("name",)),
        Column("version", "Version", ("productversion__product__name", "-productversion__order")),
        Column("status", "Status", ("status",)),
        Column("priority", "Priority", ("case__priority",)),
        Column("changed", "Changed", ("modified_on",), descends_first=True),
    ),
    filters=(
        TextFilter("name", "Name"),
        ChoiceFilter("product", "Product", lookup="case__product", choices=product_options),
        ChoiceFilter(
            "version",
            "Version",
            lookup="productversion",
            choices=version_options,
            # Each case once: as it is in the newest version that it is in.
            otherwise=lambda rows: rows.newest_of_each_case(),
        ),
        ChoiceFilter("status", "Status", choices=STATUS_OPTIONS),
        TextFilter("tag", "Tag", "exact, or with *", apply=lambda rows, name: rows.tagged(name)),
        ChoiceFilter(
            "priority",
            "Priority",
            lookup="case__priority",
            choices=PRIORITY_OPTIONS,
            translate=_priority,
            is_common=False,
        ),
        TextFilter(
            "id",
            "ID",
            "12 or MAIL-12",
            apply=lambda rows, text: rows.with_shown_id(text),
            is_common=False,
        ),
        TextFilter(
            "step",
            "Instruction or expected result",
            apply=lambda rows, text: rows.with_step_text(text),
            is_common=False,
        ),
        TextFilter("description", "Description", is_common=False),
        TextFilter(
            "element",
            "Environment element",
            apply=lambda rows, name: rows.in_environment_with(name),
            is_common=False,
        ),
        TextFilter(
            "creator",
            "Created by",
            fields=("created_by__username",),
            is_common=False,
            names_people=True,
        ),
    ),
    default_sort="-id",
)

TAGS = Listing(
    columns=(
        Column("name", "Tag", ("name",)),
        Column("product", "Product", ("product__name", "name")),
        Column("cases", "Cases", ("case_count",), descends_first=True),
        Column("description", "Description"),
    ),
    filters=(
        TextFilter("name", "Name"),
        ChoiceFilter(
            "product",
            "Product",
            lookup="product",
            choices=_tag_products,
            translate=lambda value: None if value == GLOBAL else value,
        ),
        TextFilter("description", "Description"),
    ),
    default_sort="name",
)
