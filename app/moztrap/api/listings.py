"""What the lists of the API can be filtered by: what pages offer, and what programs need more.

Programs know ids, and names that they have given; people type parts of names.
"""

from dataclasses import replace
from typing import Any

from moztrap.api.filters import ExactFilter, IdFilter, LinkFilter, MomentFilter, flag
from moztrap.catalog import filters as catalog
from moztrap.catalog.models import ProductVersion
from moztrap.core.listing import ChoiceFilter, Filter, Listing, TextFilter
from moztrap.environments import filters as environments
from moztrap.environments.models import Environment, Profile
from moztrap.execution import filters as execution
from moztrap.execution.models import Run, RunSuite
from moztrap.library import filters as library
from moztrap.library.models import CaseVersion, SuiteCase
from moztrap.reports import filters as reports


def _with(listing: Listing, *more: Filter) -> Listing:
    return replace(listing, filters=(*listing.filters, *more))


def _name_is(*fields: str) -> ExactFilter:
    return ExactFilter("name_is", "Exactly this name", fields=fields or ("name",))


def _links(model: Any, relation: str) -> Any:
    """Return the rows between a record and what it is linked to."""
    return getattr(model, relation).through.objects.all()


PRODUCTS = _with(catalog.PRODUCTS, _name_is())

VERSIONS = _with(
    catalog.VERSIONS,
    ExactFilter("version_is", "Exactly this version", fields=("version",)),
    TextFilter("product_name", "Product", "part of its name", fields=("product__name",)),
    flag("latest", "The newest of its product", "latest"),
    LinkFilter(
        "environment",
        "Environment",
        links=_links(ProductVersion, "environments"),
        here="productversion",
        there="environment",
    ),
)

CATEGORIES = _with(environments.CATEGORIES, _name_is())
ELEMENTS = _with(
    environments.ELEMENTS,
    _name_is(),
    TextFilter("category_name", "Category", "part of its name", fields=("category__name",)),
)
ENVIRONMENTS = _with(
    environments.ENVIRONMENTS,
    LinkFilter(
        "has_element",
        "One of these elements",
        links=_links(Environment, "elements"),
        here="environment",
        there="element",
    ),
    LinkFilter(
        "profile",
        "In one of these profiles",
        links=_links(Profile, "environments"),
        here="environment",
        there="profile",
    ),
    LinkFilter(
        "productversion",
        "Of one of these product versions",
        links=_links(ProductVersion, "environments"),
        here="environment",
        there="productversion",
    ),
)
PROFILES = _with(environments.PROFILES, _name_is())

TAGS = _with(library.TAGS, _name_is())

CASES = Listing(
    columns=(),
    filters=(
        IdFilter("product", "Product"),
        LinkFilter(
            "suite",
            "In one of these suites",
            links=SuiteCase.objects.all(),
            here="case",
            there="suite",
        ),
        ExactFilter("idprefix", "ID prefix", fields=("idprefix",)),
        ChoiceFilter(
            "priority",
            "Priority",
            choices=library.PRIORITY_OPTIONS,
            translate=lambda value: None if value == "none" else int(value),
        ),
    ),
)

CASEVERSIONS = _with(
    library.CASES,
    _name_is(),
    IdFilter("case", "Case"),
    LinkFilter(
        "in_suite",
        "In one of these suites",
        lookup="case",
        links=SuiteCase.objects.all(),
        here="case",
        there="suite",
    ),
    LinkFilter(
        "has_tag",
        "One of these tags",
        links=_links(CaseVersion, "tags"),
        here="caseversion",
        there="tag",
    ),
    LinkFilter(
        "in_environment",
        "In one of these environments",
        links=_links(CaseVersion, "environments"),
        here="caseversion",
        there="environment",
    ),
    flag("latest", "The newest of its case", "latest"),
    TextFilter("modifier", "Changed by", fields=("modified_by__username",), names_people=True),
)

SUITES = _with(library.SUITES, _name_is())
SUITE_CASES = Listing(columns=(), filters=(IdFilter("case", "Case"),))

USERS = Listing(
    columns=(),
    filters=(
        TextFilter("username", "Username"),
        ExactFilter("username_is", "Exactly this username", fields=("username",)),
    ),
)

RUNS = _with(
    execution.RUNS,
    _name_is(),
    ExactFilter("build_is", "Exactly this build", fields=("build",)),
    TextFilter(
        "product_name", "Product", "part of its name", fields=("productversion__product__name",)
    ),
    ExactFilter("version_is", "Exactly this version", fields=("productversion__version",)),
    LinkFilter(
        "has_suite",
        "With one of these suites",
        links=RunSuite.objects.all(),
        here="run",
        there="suite",
    ),
    LinkFilter(
        "in_environment",
        "In one of these environments",
        links=_links(Run, "environments"),
        here="run",
        there="environment",
    ),
)

RUN_CASES = _with(
    reports.RUN_CASES,
    IdFilter("case", "Case", lookup="caseversion__case"),
    IdFilter("caseversion", "Case version"),
)

CELLS = Listing(
    columns=(),
    filters=(
        ChoiceFilter("status", "Status", choices=execution.CELL_STATUS_OPTIONS),
        IdFilter("case", "Case", lookup="runcaseversion__caseversion__case"),
        IdFilter("environment", "Environment", "0 means anywhere.", lookup="environment_key"),
        IdFilter("assignee", "Assigned to"),
        flag("free", "Assigned to nobody", "assignee__isnull"),
        flag("withdrawn", "Withdrawn by a refresh", "is_withdrawn"),
    ),
)

_RESULTS: tuple[Filter, ...] = (
    ChoiceFilter("status", "Result", choices=reports.RESULT_STATUS_OPTIONS),
    TextFilter("tester", "Tester", fields=("tester__username",), names_people=True),
    TextFilter("comment", "Comment"),
    TextFilter("bug", "Bug", fields=("bug_url",)),
    IdFilter("case", "Case", lookup="cell__runcaseversion__caseversion__case"),
    IdFilter("environment", "Environment", "0 means anywhere.", lookup="cell__environment_key"),
    MomentFilter("since", "Recorded at this moment or later", lookup="created_on__gte"),
    MomentFilter("until", "Recorded before this moment", lookup="created_on__lt"),
)
RESULTS = Listing(
    columns=(),
    filters=(
        *_RESULTS,
        IdFilter("cell", "Cell"),
        ChoiceFilter("review", "Review", choices=reports.REVIEW_OPTIONS),
        flag("older", "Recorded again since by the same tester", "latest__isnull"),
    ),
)
REVIEWS = Listing(columns=(), filters=(IdFilter("run", "Run"), *_RESULTS))
