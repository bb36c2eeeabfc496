"""What each write asks of the database: pinned, and the same however much is written.

It costs the token, a query for the permissions, and the action.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import pytest
from django.db import connection, transaction

from moztrap.accounts.models import User
from moztrap.api.tests.conftest import Everything, Program
from moztrap.api.tests.test_policies import EXPECTED
from moztrap.api.tests.test_read_costs import counted, told
from moztrap.environments.actions import create_category, create_element, create_profile
from moztrap.environments.models import Element, Environment
from moztrap.execution.models import Cell
from moztrap.library.actions import create_case, create_suite, create_tag
from moztrap.library.models import CaseVersion

Body = Callable[[dict[str, int], "Rows"], Any]


class Rows:
    """Records of which a write names few or many; written when they are named."""

    def __init__(self, everything: Everything, number: int) -> None:
        self.number = number
        self.run = everything.run
        self.version = everything.bench.version
        self.steps = [{"instruction": f"Step {n}."} for n in range(number + 2)]

    @cached_property
    def texts(self) -> list[CaseVersion]:
        return [
            create_case(by=None, productversion=self.version, name=f"Row {n}")
            for n in range(self.number)
        ]

    @property
    def caseversions(self) -> list[int]:
        return [text.pk for text in self.texts]

    @property
    def cases(self) -> list[int]:
        return [text.case_id for text in self.texts]

    @cached_property
    def tags(self) -> list[int]:
        product = self.version.product
        made = [create_tag(by=None, name=f"t{n}", product=product) for n in range(self.number)]
        return [tag.pk for tag in made]

    @property
    def tag_names(self) -> list[str]:
        return [f"t{n}" for n, _ in enumerate(self.tags)]

    @cached_property
    def suites(self) -> list[int]:
        product = self.version.product
        made = [create_suite(by=None, product=product, name=f"s{n}") for n in range(self.number)]
        return [suite.pk for suite in made]

    @cached_property
    def elements(self) -> list[int]:
        category = create_category(by=None, name="Many")
        made = [
            create_element(by=None, category=category, name=f"e{n}") for n in range(self.number)
        ]
        return [element.pk for element in made]

    @cached_property
    def many(self) -> int:
        """A profile of as many environments."""
        elements = Element.objects.filter(pk__in=self.elements)
        return create_profile(by=None, name="Many", elements=elements).pk

    @cached_property
    def environments(self) -> list[int]:
        made = Environment.objects.filter(profiles=self.many)
        self.version.environments.add(*made)
        return [environment.pk for environment in made]

    @property
    def verdicts(self) -> list[dict[str, Any]]:
        cells = Cell.objects.filter(run=self.run)
        pairs = list(cells.values_list("runcaseversion__caseversion__case", "environment"))
        return [
            {"case": case, "environment": environment, "status": "passed"}
            for case, environment in (pairs * self.number)[: self.number]
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
        lambda ids, rows: {"source": ids["productversion"]} if rows.cases else None,
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
    ("post", "profiles/", lambda ids, rows: {"name": "New", "elements": rows.elements}, 19),
    ("patch", "profiles/{profile}/", lambda ids, rows: {"name": "New"}, 10),
    ("delete", "profiles/{profile}/", lambda ids, rows: None, 9),
    ("post", "profiles/{profile}/extend/", lambda ids, rows: {"elements": rows.elements}, 15),
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
            "tags": rows.tag_names,
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
            "tags": rows.tag_names,
            "environments": rows.environments,
            "priority": 1,
        },
        40,
    ),
    ("delete", "caseversions/{caseversion}/", lambda ids, rows: None, 15),
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
    (
        "post",
        "reviews/send-back/",
        lambda ids, rows: {"results": [ids["result"]], "comment": "Again."},
        20,
    ),
]
# Refused, because it is in use: pinned like the others.
IN_USE = ("categories/{category}/", "elements/{element}/", "environments/{environment}/")
# MySQL does not change rows of a table that the same statement reads, so that Django asks for
# their keys beforehand: once for each table, however many they are.
KEYS_BEFOREHAND = {
    ("delete", "products/{product}/"): 3,
    ("delete", "productversions/{productversion}/"): 1,
}


def test_every_write_is_pinned() -> None:
    # Apart from these two: `test_library` and `test_catalog` pin them.
    apart = {("attachment_list", "POST"), ("deleted_restore", "POST")}
    writes = [key for key in EXPECTED if key[1] != "GET" and key not in apart]
    assert len(WRITES) == len(writes)


@pytest.mark.parametrize(("method", "path", "body", "cost"), WRITES)
def test_writing_costs_the_same_however_much_is_written(
    method: str,
    path: str,
    body: Body,
    cost: int,
    program: Program,
    everything: Everything,
    manager: User,
) -> None:
    second = everything.bench.version.product.versions.get(version="2.0")
    if not connection.features.update_can_self_select:
        cost += KEYS_BEFOREHAND.get((method, path), 0)
    ask = program(manager)
    # So that the day on which the token was last used is written already.
    ask("get", "products/")
    for number in (2, 20):
        with transaction.atomic():
            rows = Rows(everything, number)
            ids = everything.ids | {"second": second.pk}
            if "{many}" in path:
                ids["many"] = rows.many
            data = body(ids, rows)
            with counted() as queries:
                answer = ask(method, path.format(**ids), data)
            refused = method == "delete" and path in IN_USE
            assert answer.status_code in ((400,) if refused else (200, 201)), answer.content
            assert len(queries) == cost, (number, told(queries))
            transaction.set_rollback(True)
