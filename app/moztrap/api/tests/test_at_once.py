"""Programs at the same record at the same moment, on a server that lets them."""

import pytest
from django.db import connection
from django.test import Client

from moztrap.accounts.models import User
from moztrap.api.actions import create_token
from moztrap.core.tests.test_at_once import at_once
from moztrap.execution.actions import activate_run
from moztrap.execution.models import Cell, Result
from moztrap.execution.tests.conftest import assert_counted, make_bench
from moztrap.library.models import CaseVersion

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor == "sqlite", reason="SQLite has one writer (make app-mariadb)"
    ),
]

# A program is told to try again when another was writing; three writers meet a few times.
MOST_TRIES = 20


@pytest.fixture
def secret(superuser: User) -> str:
    """A token of somebody who may do everything."""
    return create_token(by=superuser, name="test", scope="write", days=1)[1]


def ask(secret: str, method: str, path: str, body: object) -> int:
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    url = f"/api/v1/{path}"
    answer = getattr(client, method)(url, body, content_type="application/json", secure=True)
    return int(answer.status_code)


def test_one_of_two_editors_wins_and_the_other_is_told(secret: str) -> None:
    row = make_bench().rows[0]
    statuses: list[int] = []

    def edit(name: str) -> None:
        body = {"name": name, "tags": ["x"], "cc_version": row.cc_version}
        statuses.append(ask(secret, "patch", f"caseversions/{row.pk}/", body))

    assert at_once(lambda: edit("One"), lambda: edit("Two")) == [None, None]
    assert sorted(statuses) in ([200, 409], [200, 503])
    row.refresh_from_db()
    assert row.cc_version == 1
    assert list(row.tags.values_list("name", flat=True)) == ["x"]


def test_programs_that_record_at_once_lose_nothing(secret: str) -> None:
    bench = make_bench()
    run = activate_run(bench.run(), by=None)
    cells = list(
        Cell.objects.filter(run=run).values_list("runcaseversion__caseversion__case", "environment")
    )
    statuses: list[int] = []

    def record(status: str) -> None:
        for case, environment in cells:
            found = {"case": case, "environment": environment, "status": status, "comment": "Seen."}
            body = {"results": [found]}
            for _ in range(MOST_TRIES):
                said = ask(secret, "post", f"runs/{run.pk}/results/", body)
                if said != 503:
                    break
            statuses.append(said)

    jobs = [lambda status=status: record(status) for status in ("passed", "failed", "blocked")]
    assert at_once(*jobs) == [None] * 3
    assert statuses == [201] * 3 * len(cells)
    assert Result.objects.filter(latest=1).count() == len(cells)
    assert_counted(run)


def test_the_same_case_is_taken_into_a_version_once(secret: str, superuser: User) -> None:
    bench = make_bench()
    body = {"product": bench.version.product_id, "version": "2"}
    assert ask(secret, "post", "productversions/", body) == 201
    second = bench.version.product.versions.get(version="2")
    statuses: list[int] = []

    def take() -> None:
        wanted = {"case": bench.rows[0].case_id, "productversion": second.pk}
        statuses.append(ask(secret, "post", "caseversions/", wanted))

    assert at_once(take, take, take) == [None] * 3
    assert sorted(statuses) == [201, 409, 409]
    assert CaseVersion.objects.filter(productversion=second).count() == 1
