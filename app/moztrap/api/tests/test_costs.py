"""What each endpoint asks of the database: pinned, and the same however much there is.

Reading costs the token, a count and the rows, and a query for each kind of thing that rows
are shown with. Writing costs the token, a query for the permissions, and the action.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from moztrap.accounts.models import User
from moztrap.api.tests.conftest import Everything, Program
from moztrap.api.tests.test_policies import EXPECTED
from moztrap.api.tests.test_schema import OPERATIONS
from moztrap.catalog.actions import create_product, create_version, delete_product
from moztrap.core.uploads import take_upload
from moztrap.environments.actions import create_category, create_element, create_profile
from moztrap.execution.actions import Verdict, activate_run, record_results, refresh_run
from moztrap.execution.models import Cell
from moztrap.library.actions import (
    StepText,
    add_cases,
    attach_files,
    create_case,
    create_suite,
    create_tag,
)
from moztrap.library.models import CaseVersion

READS = {
    "products/": 3,
    "products/{product}/": 2,
    "productversions/": 4,
    "productversions/{productversion}/": 3,
    "categories/": 3,
    "categories/{category}/": 2,
    "elements/": 3,
    "elements/{element}/": 2,
    "environments/": 4,
    "environments/{environment}/": 3,
    "profiles/": 4,
    "profiles/{profile}/": 3,
    "tags/": 3,
    "tags/{tag}/": 2,
    "cases/": 3,
    "cases/{case}/": 2,
    "caseversions/": 6,
    "caseversions/{caseversion}/": 5,
    "caseversions/{caseversion}/attachments/": 3,
    "attachments/{attachment}/": 2,
    "suites/": 3,
    "suites/{suite}/": 2,
    "suites/{suite}/cases/": 3,
    "suites/{suite}/cases/{case}/": 2,
    "users/": 3,
    "users/{user}/": 2,
    "runs/": 6,
    "runs/{run}/": 5,
    "runs/{run}/cases/": 3,
    "runs/{run}/cells/": 3,
    "runs/{run}/results/": 3,
    "results/{result}/": 3,
    "reviews/": 5,
    "deleted/": 16,
}
# Opens a file of the storage, which in tests is the database.
STREAMED = "attachments/{attachment}/content/"


@contextmanager
def counted() -> Iterator[CaptureQueriesContext]:
    with CaptureQueriesContext(connection) as queries:
        yield queries


def told(queries: CaptureQueriesContext) -> str:
    return "\n".join(each["sql"][:200] for each in queries.captured_queries)


def grow(everything: Everything) -> None:
    """Write ten times as much of everything."""
    bench, run = everything.bench, everything.run
    product, version = bench.version.product, bench.version
    tester = User.objects.get(username="tester")
    tags = [create_tag(by=None, name=f"tag {n}", product=product) for n in range(10)]
    category = create_category(by=None, name="Shell")
    elements = [create_element(by=None, category=category, name=f"sh {n}") for n in range(10)]
    create_profile(by=None, name="Shells", elements=elements)
    for number in range(10):
        create_product(by=None, name=f"Product {number}")
        delete_product(create_product(by=None, name=f"Gone {number}"), by=None)
        create_version(by=None, product=product, version=f"3.{number}")
        create_case(
            by=None,
            productversion=version,
            name=f"Case {number}",
            steps=[StepText("Press.")] * 10,
            tags=tags,
        )
        create_suite(by=None, product=product, name=f"Suite {number}")
        User.objects.create_user(f"person {number}", email=f"p{number}@people.test")
        activate_run(bench.run(f"Run {number}"), by=None)
    add_cases(bench.suite, by=None, caseversions=CaseVersion.objects.filter(case__product=product))
    uploads = [
        take_upload(ContentFile(b"Notes.", name=f"{n}.txt"), folder="attachments")
        for n in range(10)
    ]
    attach_files(bench.rows[0], by=None, uploads=uploads)
    refresh_run(run, by=None)
    cells = Cell.objects.filter(run=run).order_by("pk")
    verdicts = [Verdict(cell.pk, "failed", "No.", steps=((1, "failed"),)) for cell in cells]
    record_results(run, verdicts, by=tester)


def test_every_read_is_pinned() -> None:
    reads = [path for method, path in OPERATIONS if method == "get"]
    assert len(READS) + 1 == len(reads)


@pytest.mark.parametrize("path", READS)
def test_reading_costs_the_same_however_much_there_is(
    path: str, program: Program, everything: Everything, manager: User
) -> None:
    ask = program(manager)
    url = path.format(**everything.ids)
    ask("get", url)
    for step in (None, grow):
        if step is not None:
            step(everything)
        with counted() as queries:
            answer = ask("get", url, **({"limit": 1000} if "results" in url else {}))
        assert answer.status_code == 200
        assert len(queries) == READS[path], told(queries)


def test_sending_a_file_costs_the_same_whatever_its_length(
    program: Program, everything: Everything, manager: User
) -> None:
    ask = program(manager)
    url = STREAMED.format(**everything.ids)
    ask("get", url)
    with counted() as queries:
        answer = ask("get", url)
    assert answer.status_code == 200
    assert len(queries) == 3, told(queries)


# --- Writes --------------------------------------------------------------------------------

Body = Callable[[dict[str, int], "Rows"], Any]


class Rows:
    """Records of which a write names few or many."""

    def __init__(self, everything: Everything, number: int) -> None:
        ids, version = everything.ids, everything.bench.version
        product = version.product
        self.number = number
        texts = [
            create_case(by=None, productversion=version, name=f"Row {n}") for n in range(number)
        ]
        self.caseversions = [text.pk for text in texts]
        self.cases = [text.case_id for text in texts]
        self.tags = [create_tag(by=None, name=f"t{n}", product=product).pk for n in range(number)]
        self.suites = [
            create_suite(by=None, product=product, name=f"s{n}").pk for n in range(number)
        ]
        category = create_category(by=None, name="Many")
        elements = [create_element(by=None, category=category, name=f"e{n}") for n in range(number)]
        self.elements = [element.pk for element in elements]
        made = create_profile(by=None, name="Many", elements=elements)
        self.environments = list(made.environments.values_list("pk", flat=True))
        version.environments.add(*self.environments)
        other = create_category(by=None, name="Fresh")
        self.fresh = [
            create_element(by=None, category=other, name=f"f{n}").pk for n in range(number)
        ]
        self.many = made.pk
        self.steps = [{"instruction": f"Step {n}."} for n in range(number + 2)]
        self.cells = list(
            Cell.objects.filter(run=ids["run"]).values(
                "runcaseversion__caseversion__case", "environment"
            )
        )

    @property
    def verdicts(self) -> list[dict[str, Any]]:
        cells = (self.cells * self.number)[: self.number]
        return [
            {
                "case": cell["runcaseversion__caseversion__case"],
                "environment": cell["environment"],
                "status": "passed",
            }
            for cell in cells
        ]


# method, path, body, cost
WRITES: list[tuple[str, str, Body, int]] = [
    ("post", "products/", lambda ids, rows: {"name": "New"}, 7),
    ("patch", "products/{product}/", lambda ids, rows: {"name": "Old"}, 9),
    ("delete", "products/{product}/", lambda ids, rows: None, 18),
    (
        "post",
        "productversions/",
        lambda ids, rows: {
            "product": ids["product"],
            "version": "9",
            "environments": rows.environments,
            "copy_from": ids["productversion"],
        },
        38,
    ),
    (
        "patch",
        "productversions/{productversion}/",
        lambda ids, rows: {"environments": rows.environments},
        32,
    ),
    ("delete", "productversions/{productversion}/", lambda ids, rows: None, 20),
    (
        "post",
        "productversions/{second}/fill/",
        lambda ids, rows: {"source": ids["productversion"]},
        22,
    ),
    ("post", "categories/", lambda ids, rows: {"name": "New"}, 7),
    ("patch", "categories/{category}/", lambda ids, rows: {"name": "New"}, 9),
    ("delete", "categories/{category}/", lambda ids, rows: None, 7),
    ("post", "elements/", lambda ids, rows: {"category": ids["category"], "name": "New"}, 8),
    ("patch", "elements/{element}/", lambda ids, rows: {"name": "New"}, 10),
    ("delete", "elements/{element}/", lambda ids, rows: None, 7),
    ("post", "environments/", lambda ids, rows: {"elements": rows.elements}, 12),
    ("patch", "environments/{environment}/", lambda ids, rows: {"elements": rows.elements}, 16),
    ("delete", "environments/{environment}/", lambda ids, rows: None, 11),
    ("post", "profiles/", lambda ids, rows: {"name": "New", "elements": rows.fresh}, 19),
    ("patch", "profiles/{profile}/", lambda ids, rows: {"name": "New"}, 10),
    ("delete", "profiles/{profile}/", lambda ids, rows: None, 9),
    ("post", "profiles/{profile}/extend/", lambda ids, rows: {"elements": rows.fresh}, 15),
    ("post", "profiles/{many}/prune/", lambda ids, rows: {"environments": rows.environments}, 10),
    ("post", "tags/", lambda ids, rows: {"name": "new"}, 7),
    ("patch", "tags/{tag}/", lambda ids, rows: {"name": "new"}, 12),
    ("delete", "tags/{tag}/", lambda ids, rows: None, 9),
    ("post", "tags/{tag}/merge/", lambda ids, rows: {"into": rows.tags[0]}, 15),
    (
        "post",
        "cases/",
        lambda ids, rows: {
            "productversion": ids["productversion"],
            "name": "New",
            "steps": rows.steps,
            "tags": [f"t{n}" for n in range(rows.number)],
            "environments": rows.environments,
        },
        33,
    ),
    (
        "post",
        "cases/bulk/",
        lambda ids, rows: {
            "productversion": ids["productversion"],
            "cases": [
                {"name": f"New {n}", "steps": rows.steps[:2], "tags": ["loud"]}
                for n in range(rows.number)
            ],
        },
        24,
    ),
    (
        "post",
        "caseversions/",
        lambda ids, rows: {"case": rows.cases[0], "productversion": ids["second"]},
        28,
    ),
    (
        "patch",
        "caseversions/{caseversion}/",
        lambda ids, rows: {
            "steps": rows.steps,
            "tags": [f"t{n}" for n in range(rows.number)],
            "environments": rows.environments,
            "priority": 1,
        },
        40,
    ),
    ("delete", "caseversions/{caseversion}/", lambda ids, rows: None, 16),
    (
        "post",
        "caseversions/bulk/",
        lambda ids, rows: {
            "caseversions": rows.caseversions,
            "status": "draft",
            "priority": 1,
            "add_tags": [ids["tag"]],
            "suite": ids["suite"],
        },
        27,
    ),
    (
        "post",
        "caseversions/bulk-delete/",
        lambda ids, rows: {"caseversions": rows.caseversions},
        14,
    ),
    ("delete", "attachments/{attachment}/", lambda ids, rows: None, 13),
    ("post", "suites/", lambda ids, rows: {"product": ids["product"], "name": "New"}, 8),
    ("patch", "suites/{suite}/", lambda ids, rows: {"name": "New"}, 11),
    ("delete", "suites/{suite}/", lambda ids, rows: None, 9),
    ("post", "suites/{suite}/clone/", lambda ids, rows: None, 15),
    ("post", "suites/{suite}/cases/", lambda ids, rows: {"cases": rows.cases}, 12),
    (
        "put",
        "suites/{suite}/cases/",
        lambda ids, rows: {"cases": [*rows.cases, ids["case"]]},
        13,
    ),
    ("put", "suites/{suite}/cases/{case}/", lambda ids, rows: {"position": 2}, 14),
    ("delete", "suites/{suite}/cases/{case}/", lambda ids, rows: None, 10),
    (
        "post",
        "runs/",
        lambda ids, rows: {
            "productversion": ids["productversion"],
            "name": "New",
            "suites": rows.suites,
            "environments": rows.environments,
        },
        21,
    ),
    (
        "patch",
        "runs/{run}/",
        lambda ids, rows: {"suites": rows.suites, "environments": rows.environments},
        43,
    ),
    ("delete", "runs/{draft}/", lambda ids, rows: None, 9),
    ("post", "runs/{draft}/activate/", lambda ids, rows: None, 26),
    ("post", "runs/{run}/refresh/", lambda ids, rows: None, 21),
    ("post", "runs/{run}/deactivate/", lambda ids, rows: {}, 15),
    ("post", "runs/{run}/clone/", lambda ids, rows: None, 22),
    ("post", "runs/{series}/builds/", lambda ids, rows: {"build": "7"}, 39),
    ("post", "runs/{run}/assign/", lambda ids, rows: {"tester": ids["user"]}, 11),
    ("post", "runs/{run}/results/", lambda ids, rows: {"results": rows.verdicts}, 14),
    ("post", "reviews/", lambda ids, rows: {"results": [ids["result"]]}, 8),
]
# Refused, because it is in use: pinned like the others.
IN_USE = ("categories/{category}/", "elements/{element}/", "environments/{environment}/")


def test_every_write_is_pinned() -> None:
    # Apart from these two: `test_library` and `test_catalog` pin them.
    apart = {("attachment_list", "POST"), ("deleted_restore", "POST")}
    writes = [key for key in EXPECTED if key[1] != "GET" and key not in apart]
    assert len(WRITES) == len(writes)


@pytest.mark.parametrize(("method", "path", "body", "cost"), WRITES)
@pytest.mark.parametrize("number", [2, 20])
def test_writing_costs_the_same_however_much_is_written(
    number: int,
    method: str,
    path: str,
    body: Body,
    cost: int,
    program: Program,
    everything: Everything,
    manager: User,
) -> None:
    rows = Rows(everything, number)
    second = everything.bench.version.product.versions.get(version="2.0")
    ids = everything.ids | {"second": second.pk, "many": rows.many}
    ask = program(manager)
    url = path.format(**ids)
    data = body(ids, rows)
    # So that the day on which the token was last used is written already.
    ask("get", "products/")
    with counted() as queries:
        answer = ask(method, url, data)
    refused = method == "delete" and path in IN_USE
    assert answer.status_code in ((400,) if refused else (200, 201)), answer.content
    assert len(queries) == cost, told(queries)
