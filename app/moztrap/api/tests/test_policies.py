"""Who may do what at each endpoint: one table, and everybody who walks it.

An endpoint or a method that the table does not name fails `test_the_table_names_them_all`.
"""

from typing import Any

import pytest

from moztrap.accounts.models import User
from moztrap.api.tests.conftest import Program
from moztrap.core.policies import LOGGED_IN, READ, may
from moztrap.core.testing import CAST, MakePerson
from moztrap.core.tests.test_access import ADDRESSES, ENDPOINTS, address

_PRODUCTS, _CASES, _SUITES = "manage_products", "manage_cases", "manage_suites"
_ENVIRONMENTS, _TAGS, _RUNS = "manage_environments", "manage_tags", "manage_runs"
_DELETERS = (_CASES, _ENVIRONMENTS, _PRODUCTS, _RUNS, _SUITES, _TAGS)


def _crud(name: str, permission: str) -> dict[tuple[str, str], Any]:
    return {
        (f"{name}_list", "GET"): READ,
        (f"{name}_list", "POST"): permission,
        (name, "GET"): READ,
        (name, "PATCH"): permission,
        (name, "DELETE"): permission,
    }


EXPECTED: dict[tuple[str, str], Any] = {
    ("schema", "GET"): READ,
    **_crud("product", _PRODUCTS),
    **_crud("productversion", _PRODUCTS),
    ("productversion_fill", "POST"): _PRODUCTS,
    **_crud("category", _ENVIRONMENTS),
    **_crud("element", _ENVIRONMENTS),
    **_crud("environment", _ENVIRONMENTS),
    **_crud("profile", _ENVIRONMENTS),
    ("profile_extend", "POST"): _ENVIRONMENTS,
    ("profile_prune", "POST"): _ENVIRONMENTS,
    **_crud("tag", _TAGS),
    ("tag_merge", "POST"): _TAGS,
    ("case_list", "GET"): READ,
    ("case_list", "POST"): "create_cases",
    ("case", "GET"): READ,
    ("case_bulk", "POST"): "create_cases",
    ("caseversion_list", "GET"): READ,
    ("caseversion_list", "POST"): "create_cases",
    ("caseversion", "GET"): READ,
    ("caseversion", "PATCH"): _CASES,
    ("caseversion", "DELETE"): _CASES,
    ("caseversion_bulk", "POST"): (_CASES, "manage_suite_cases"),
    ("caseversion_bulk_delete", "POST"): _CASES,
    ("attachment_list", "GET"): READ,
    ("attachment_list", "POST"): _CASES,
    ("attachment", "GET"): READ,
    ("attachment", "DELETE"): _CASES,
    ("attachment_content", "GET"): LOGGED_IN,
    **_crud("suite", _SUITES),
    ("suite_clone", "POST"): _SUITES,
    ("suitecase_list", "GET"): READ,
    ("suitecase_list", "POST"): "manage_suite_cases",
    ("suitecase_list", "PUT"): "manage_suite_cases",
    ("suitecase", "GET"): READ,
    ("suitecase", "PUT"): "manage_suite_cases",
    ("suitecase", "DELETE"): "manage_suite_cases",
    ("user_list", "GET"): LOGGED_IN,
    ("user", "GET"): LOGGED_IN,
    **_crud("run", _RUNS),
    ("run_activate", "POST"): _RUNS,
    ("run_refresh", "POST"): _RUNS,
    ("run_deactivate", "POST"): _RUNS,
    ("run_clone", "POST"): _RUNS,
    ("run_build", "POST"): "execute",
    ("run_assign", "POST"): _RUNS,
    ("runcase_list", "GET"): READ,
    ("cell_list", "GET"): READ,
    ("result_list", "GET"): READ,
    ("result_list", "POST"): "execute",
    ("result", "GET"): READ,
    ("review_list", "GET"): "review_results",
    ("review_list", "POST"): "review_results",
    ("review_send_back", "POST"): "review_results",
    ("deleted_list", "GET"): _DELETERS,
    ("deleted_restore", "POST"): _DELETERS,
}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# Nothing has been created yet: a record is not there, and an empty body is incomplete.
PASSED = (200, 400, 404, 415)
WALKED = [(name, method) for name in ENDPOINTS for method in METHODS]


def permissions(name: str, method: str) -> tuple[str, ...]:
    found = EXPECTED.get((name.removeprefix("api:"), method), ())
    return (found,) if isinstance(found, str) else found


def send(ask: Any, name: str, method: str) -> int:
    answer = ask(method.lower(), address(name), **({"data": {}} if method != "GET" else {}))
    return int(answer.status_code)


def test_the_table_names_them_all() -> None:
    served = set()
    for name in ENDPOINTS:
        view: Any = ADDRESSES[name].callback
        offered = {each.upper() for each in view.view_class.http_method_names}
        served |= {
            (name.removeprefix("api:"), method)
            for method in METHODS
            if method in offered and hasattr(view.view_class, method.lower())
        }
    assert served == set(EXPECTED)


def test_without_a_token_nothing_opens(program: Program) -> None:
    ask = program(None)
    for name, method in WALKED:
        assert send(ask, name, method) == 401, (name, method)


def test_anonymous_mode_opens_reading_alone(program: Program, settings: Any) -> None:
    settings.ALLOW_ANONYMOUS_ACCESS = True
    ask = program(None)
    for name, method in WALKED:
        if method == "GET" and permissions(name, method) == (READ,):
            expected: tuple[int, ...] = (200, 404)
        elif method == "GET" and not permissions(name, method):
            # There is no such method, which is no secret.
            expected = (405,)
        else:
            expected = (401,)
        assert send(ask, name, method) in expected, (name, method)


@pytest.mark.parametrize("member", [*CAST, "superuser"])
@pytest.mark.parametrize("scope", ["read", "record", "write"])
def test_everybody_gets_what_their_role_and_their_token_allow(
    member: str, scope: str, program: Program, make_person: MakePerson
) -> None:
    if member == "superuser":
        person = make_person("root", is_superuser=True)
    else:
        person = make_person(member, CAST[member])
    ask = program(person, scope)
    for name, method in [(f"api:{name}", method) for name, method in EXPECTED]:
        needed = permissions(name, method)
        status = send(ask, name, method)
        in_scope = method == "GET" or scope == "write"
        in_scope = in_scope or (scope == "record" and needed == ("execute",))
        if in_scope and any(may(person, each) for each in needed):
            assert status in PASSED, (name, method, status)
        else:
            assert status == 403, (name, method, status)


def test_nobody_finds_a_method_that_is_not_there(program: Program, superuser: User) -> None:
    ask = program(superuser)
    for name, method in WALKED:
        if not permissions(name, method):
            assert send(ask, name, method) == 405, (name, method)


def test_other_methods_are_refused_or_read(program: Program, superuser: User) -> None:
    ask = program(superuser)
    for name in ENDPOINTS:
        assert ask("options", address(name)).status_code == 405, name
        assert ask("head", address(name)).status_code in (200, 404, 405), name


def test_a_token_of_somebody_switched_off_opens_nothing(
    program: Program, make_person: MakePerson
) -> None:
    person = make_person("gone", "Admin")
    ask = program(person)
    person.is_active = False
    person.save(update_fields=["is_active"])
    for name, method in WALKED:
        assert send(ask, name, method) == 401, (name, method)
