"""What each read asks of the database: pinned, and the same however much there is.

Reading costs the token, a count and the rows, and a query for each kind of thing that rows
are shown with.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from moztrap.accounts.models import User
from moztrap.api.tests.conftest import Everything, Program
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
