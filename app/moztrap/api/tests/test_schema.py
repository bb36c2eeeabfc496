"""The description of the API: valid, complete, and drawn from what the endpoints do."""

import io
import json
from typing import Any

import pytest
from django.core.management import call_command
from drf_spectacular.management.commands.spectacular import Command

from moztrap.accounts.models import User
from moztrap.api.tests.conftest import Program
from moztrap.api.tests.test_policies import EXPECTED
from moztrap.api.views.schema import description
from moztrap.core.tests.test_access import ADDRESSES, ENDPOINTS

DOCUMENT: dict[str, Any] = json.loads(description())
OPERATIONS = [(method, path) for path, methods in DOCUMENT["paths"].items() for method in methods]


def operation(method: str, path: str) -> dict[str, Any]:
    found: dict[str, Any] = DOCUMENT["paths"][path][method]
    return found


def test_it_is_valid_and_raises_no_warning() -> None:
    call_command(
        Command(), validate=True, fail_on_warn=True, format="openapi-json", stdout=io.StringIO()
    )


def test_every_method_of_every_endpoint_is_in_it() -> None:
    assert len(DOCUMENT["paths"]) == len(ENDPOINTS) - 1
    # All but the document itself.
    assert len(OPERATIONS) == len(EXPECTED) - 1


def test_no_two_operations_are_called_alike() -> None:
    ids = [operation(*each)["operationId"] for each in OPERATIONS]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_each_says_what_it_does_takes_and_answers(method: str, path: str) -> None:
    told = operation(method, path)
    assert len(told["description"]) > 5
    answers = told["responses"]
    [success] = [status for status in answers if status < "300"]
    assert answers[success]["content"], "the body of the answer is described"
    expected = {"401", "403", "503"}
    if method != "get":
        expected |= {"400", "409"}
    if "{" in path:
        expected.add("404")
    assert expected <= set(answers)
    for status in set(answers) - {success}:
        assert answers[status]["content"], status
    if "requestBody" in told:
        assert {"413", "415"} <= set(answers)


def test_what_is_sent_is_described() -> None:
    for name in ENDPOINTS:
        view: Any = ADDRESSES[name].callback
        for method in view.view_class.bodies:
            # Found by the view's own declaration, so that none is forgotten.
            key = (name.removeprefix("api:"), method)
            assert key in EXPECTED, key
    bodies = [each for each in OPERATIONS if "requestBody" in operation(*each)]
    declared = sum(len(_view(name).bodies) for name in ENDPOINTS)
    assert len(bodies) == declared


def _view(name: str) -> Any:
    callback: Any = ADDRESSES[name].callback
    return callback.view_class


def test_filters_are_described(program: Program, tester: User) -> None:
    document = program(tester)("get", "openapi.json").json()
    runs = document["paths"]["/api/v1/runs/"]["get"]["parameters"]
    assert {"suite", "status", "limit", "offset", "sort"} <= {each["name"] for each in runs}
    assert document["openapi"].startswith("3.")
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    reads = document["paths"]["/api/v1/runs/"]["get"]["security"]
    writes = document["paths"]["/api/v1/runs/"]["post"]["security"]
    # Reading needs no token where a site allows anonymous access.
    assert (reads, writes) == ([{"token": []}, {}], [{"token": []}])
