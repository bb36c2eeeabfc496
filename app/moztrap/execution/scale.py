"""A library and runs as large as a big team's after years: rows made of rows, by the database."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.utils import timezone

from moztrap.accounts.models import User
from moztrap.catalog.actions import create_product, create_version
from moztrap.catalog.models import Product, ProductVersion
from moztrap.core.actions import ActionError, atomic
from moztrap.environments.actions import create_category, create_element, create_environment
from moztrap.environments.models import Environment
from moztrap.execution.actions import RunPlan, activate_run, create_run
from moztrap.execution.actions.count_cells import count_cells
from moztrap.execution.models import Run
from moztrap.execution.sql import execute
from moztrap.library.actions import create_suite
from moztrap.library.models import Suite

PREFIX = "Scale"
_ENVIRONMENTS = 10
_TESTERS = 50
_DIGITS = "(" + " UNION ALL ".join(f"SELECT {digit} AS n" for digit in range(10)) + ")"

# Of twenty verdicts seventeen are good ones.
_STATUS = """CASE WHEN {id} % 20 = 0 THEN 'failed' WHEN {id} % 20 = 7 THEN 'blocked'
    WHEN {id} % 20 = 13 THEN 'invalid' ELSE 'passed' END"""


@dataclass(frozen=True)
class Size:
    """How much to write."""

    products: int
    cases_per_product: int
    versions_per_product: int
    steps_per_version: float
    runs: int

    @classmethod
    def of(cls, part: float) -> "Size":
        """Return a part of the whole: 20,000 cases, 250,000 texts, 5,000,000 results."""
        cases = max(10, int(5000 * part))
        return cls(4, cases, 12 if part < 1 else 13, 3.2, max(1, int(100 * min(1, part * 2))))


def seed_scale(size: Size, said: Callable[[str], None]) -> None:
    """Write it; each product and each run is a transaction, and tells when it is done."""
    if Product.everything.filter(name__startswith=PREFIX).exists():
        raise ActionError(f"There is a product “{PREFIX} …” already; this is done once.")
    environments = _environments()
    testers = _testers()
    versions: list[ProductVersion] = []
    suites: dict[int, Suite] = {}
    for number in range(size.products):
        product, suite, newest = _write_product(number, size, environments)
        suites[product.pk] = suite
        versions.append(newest)
        said(f"{product}: {size.cases_per_product:,} cases in {size.versions_per_product} versions")
    for number in range(size.runs + 1):
        version = versions[number % len(versions)]
        # The last one is open and empty, for whoever tests.
        done = number < size.runs
        run, results = _write_run(number, version, suites[version.product_id], testers, done=done)
        said(f"{run}: {results:,} results")


@atomic()
def _environments() -> list[Environment]:
    category = create_category(by=None, name=f"{PREFIX} platform")
    return [
        create_environment(
            by=None,
            elements=[create_element(by=None, category=category, name=f"Platform {number}")],
        )
        for number in range(_ENVIRONMENTS)
    ]


@atomic()
def _testers() -> list[int]:
    """Make accounts that nobody can log in with."""
    people = [
        User.objects.create_user(
            f"scale-{number}", email=f"scale-{number}@scale.example", is_active=False
        )
        for number in range(_TESTERS)
    ]
    return [person.pk for person in people]


def _numbers(most: int) -> str:
    """Return a table of the numbers from 0, as a part of a statement."""
    places = len(str(max(1, most - 1)))
    value = " + ".join(f"d{place}.n * {10**place}" for place in range(places))
    tables = ", ".join(f"{_DIGITS} d{place}" for place in range(places))
    return f"(SELECT {value} AS n FROM {tables}) numbers"  # noqa: S608


@atomic()
def _write_product(
    number: int, size: Size, environments: Iterable[Environment]
) -> tuple[Product, Suite, ProductVersion]:
    product = create_product(by=None, name=f"{PREFIX} {number + 1}")
    versions = [
        create_version(by=None, product=product, version=f"{each + 1}.0", environments=environments)
        for each in range(size.versions_per_product)
    ]
    now = timezone.now()
    execute(
        f"""
        INSERT INTO library_case
            (created_on, modified_on, cc_version, product_id, idprefix, priority)
        SELECT %s, %s, 0, %s, 'SCALE', n %% 4 + 1 FROM {_numbers(size.cases_per_product)}
        WHERE n < %s
        """,  # noqa: S608
        (now, now, product.pk, size.cases_per_product),
    )
    for version in versions:
        _write_texts(version, size, latest=version is versions[-1])
    suite = create_suite(by=None, product=product, name="All of it")
    execute(
        """
        INSERT INTO library_suitecase (suite_id, case_id, `order`)
        SELECT %s, id, id FROM library_case WHERE product_id = %s
        """,
        (suite.pk, product.pk),
    )
    return product, suite, versions[-1]


def _write_texts(version: ProductVersion, size: Size, *, latest: bool) -> None:
    now = timezone.now()
    execute(
        """
        INSERT INTO library_caseversion
            (created_on, modified_on, cc_version, case_id, productversion_id, name, description,
             status, envs_narrowed, latest)
        SELECT %s, %s, 0, id, %s, 'What happens in one situation of many',
               'Written by a machine, to see how **many** there can be.', 'active', 0, %s
        FROM library_case WHERE product_id = %s
        """,
        (now, now, version.pk, latest, version.product_id),
    )
    execute(
        """
        INSERT INTO library_caseversion_environments (caseversion_id, environment_id)
        SELECT cv.id, pe.environment_id FROM library_caseversion cv
        JOIN catalog_productversion_environments pe
            ON pe.productversion_id = cv.productversion_id
        WHERE cv.productversion_id = %s
        """,
        (version.pk,),
    )
    whole, rest = divmod(round(size.steps_per_version * 10), 10)
    execute(
        f"""
        INSERT INTO library_casestep (caseversion_id, number, instruction, expected)
        SELECT cv.id, n + 1, 'Do what the situation asks for.', 'It answers as it should.'
        FROM library_caseversion cv, {_DIGITS} digits
        WHERE cv.productversion_id = %s AND (n < %s OR (n = %s AND cv.id %% 10 < %s))
        """,  # noqa: S608
        (version.pk, whole, whole, rest),
    )


@atomic()
def _write_run(
    number: int, version: ProductVersion, suite: Suite, testers: list[int], *, done: bool
) -> tuple[Run, int]:
    plan = RunPlan(name=f"{PREFIX} round {number + 1}", suites=[suite], build=str(number + 1))
    run = create_run(by=None, productversion=version, plan=plan)
    run = activate_run(run, by=None)
    if not done:
        return run, 0
    first = testers[0]
    status = _STATUS.format(id="c.id").replace("%", "%%")
    results = execute(
        f"""
        INSERT INTO execution_result
            (run_id, cell_id, tester_id, created_on, status, comment, bug_url, duration, latest,
             review, review_comment)
        SELECT c.run_id, c.id, %s + c.id %% {len(testers)}, %s, {status},
               CASE WHEN c.id %% 20 IN (0, 7, 13) THEN 'It does not.' ELSE '' END, '',
               c.id %% 300, 1,
               CASE WHEN c.id %% 400 IN (0, 7, 13) THEN 'pending'
                    WHEN c.id %% 20 IN (0, 7, 13) THEN 'reviewed' ELSE '' END, ''
        FROM execution_cell c WHERE c.run_id = %s
        """,  # noqa: S608
        (first, timezone.now(), run.pk),
    )
    decided = "SELECT {} FROM execution_result r WHERE r.cell_id = execution_cell.id"
    execute(
        f"""
        UPDATE execution_cell SET
            result_id = ({decided.format("r.id")}), status = ({decided.format("r.status")}),
            tester_id = ({decided.format("r.tester_id")})
        WHERE run_id = %s
        """,  # noqa: S608
        (run.pk,),
    )
    count_cells(run)
    return run, results
