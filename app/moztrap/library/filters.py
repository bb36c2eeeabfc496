"""The lists of cases, suites and tags."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from moztrap.catalog.filters import product_filter, version_filter, versions_of
from moztrap.core.listing import ChoiceFilter, Column, Listing, Option, TextFilter
from moztrap.library.models import Priority, Status, Suite

STATUS_OPTIONS = tuple(Option(value, label) for value, label in Status.choices)
PRIORITY_OPTIONS = (
    *(Option(str(value), label) for value, label in Priority.choices),
    Option("none", "none"),
)
GLOBAL = "global"


# How rows are narrowed by what is asked of their case versions.
About = Callable[[Any, Callable[[Any], Any]], Any]


def themselves(rows: Any, ask: Callable[[Any], Any]) -> Any:
    """Ask rows that are case versions."""
    return ask(rows)


def tag_filter(about: About = themselves, *, is_common: bool = True) -> TextFilter:
    """Return the filter of lists about cases by their tags."""
    return TextFilter(
        "tag",
        "Tag",
        "exact, or with *",
        apply=lambda rows, *names: about(rows, lambda versions: versions.tagged(*names)),
        is_common=is_common,
    )


def id_filter(about: About = themselves, *, is_common: bool = False) -> TextFilter:
    """Return the filter of lists about cases by what people call their ID."""
    return TextFilter(
        "id",
        "ID",
        "12 or MAIL-12",
        apply=lambda rows, *texts: about(rows, lambda versions: versions.with_shown_id(*texts)),
        is_common=is_common,
        is_local=True,
    )


def step_filter(about: About = themselves) -> TextFilter:
    """Return the filter of lists about cases by the words of their steps."""
    return TextFilter(
        "step",
        "Instruction or expected result",
        apply=lambda rows, *texts: about(rows, lambda versions: versions.with_step_text(*texts)),
        is_common=False,
    )


def priority_filter(lookup: str) -> ChoiceFilter:
    """Return the filter of lists about cases by priority; `lookup` leads to it from a row."""
    return ChoiceFilter(
        "priority",
        "Priority",
        lookup=lookup,
        choices=PRIORITY_OPTIONS,
        translate=lambda value: None if value == "none" else int(value),
        is_common=False,
    )


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
        TextFilter("name", "Name", is_local=True),
        product_filter("case__product"),
        version_filter(
            "productversion",
            # Each case once: as it is in the newest version that it is in.
            otherwise=lambda rows: rows.newest_of_each_case(),
        ),
        ChoiceFilter("status", "Status", choices=STATUS_OPTIONS),
        tag_filter(),
        priority_filter("case__priority"),
        id_filter(),
        step_filter(),
        TextFilter("description", "Description", is_common=False),
        TextFilter(
            "suite",
            "Suite",
            "part of its name",
            apply=lambda rows, *names: rows.in_suite_named(*names),
            is_common=False,
        ),
        TextFilter(
            "element",
            "Environment element",
            apply=lambda rows, *names: rows.in_environment_with(*names),
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


def cases_for(suite: Suite) -> Listing:
    """Return the list of cases from which a suite of a product is filled."""
    product = str(suite.product_id)
    versions = replace(
        version_filter("productversion", otherwise=lambda rows: rows.newest_of_each_case()),
        source=lambda state: versions_of([product]),
        along="",
        query=f"product={product}",
    )
    kept = tuple(each for each in CASES.filters if each.key not in ("product", "version", "suite"))
    return replace(CASES, filters=(kept[0], versions, *kept[1:]))


SUITES = Listing(
    columns=(
        Column("name", "Suite", ("name",)),
        Column("product", "Product", ("product__name", "name")),
        Column("status", "Status", ("status",)),
        Column("cases", "Cases", ("case_count",), descends_first=True),
        Column("changed", "Changed", ("modified_on",), descends_first=True),
    ),
    filters=(
        TextFilter("name", "Name", is_local=True),
        product_filter("product"),
        ChoiceFilter("status", "Status", choices=STATUS_OPTIONS),
        TextFilter(
            "case", "Case", "12 or MAIL-12", apply=lambda rows, *texts: rows.holding_case(*texts)
        ),
        TextFilter("description", "Description", is_common=False),
        TextFilter(
            "creator",
            "Created by",
            fields=("created_by__username",),
            is_common=False,
            names_people=True,
        ),
    ),
    default_sort="name",
)

# The cases of one suite, in its order; nothing to filter, so that positions mean something.
SUITE_CASES = Listing(
    columns=(
        Column("order", "No.", ("order",)),
        Column("id", "ID"),
        Column("name", "Case"),
        Column("status", "Status"),
        Column("priority", "Priority"),
    ),
    default_sort="order",
)

TAGS = Listing(
    columns=(
        Column("name", "Tag", ("name",)),
        Column("product", "Product", ("product__name", "name")),
        Column("cases", "Cases", ("case_count",), descends_first=True),
        Column("description", "Description"),
    ),
    filters=(
        TextFilter("name", "Name", is_local=True),
        product_filter(
            "product",
            extra=(Option(GLOBAL, "(all products)"),),
            translate=lambda value: None if value == GLOBAL else value,
        ),
        TextFilter("description", "Description"),
    ),
    default_sort="name",
)
