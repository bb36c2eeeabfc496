"""Variables that are missing, misspelt or of the wrong type are named by preflight."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from tests.helpers import plugins  # noqa: F401  # makes our shared code importable
from tests.helpers.preflight_inventory import make_inventory

from ansible.module_utils.moztrap.preflight import specs  # isort: skip
from ansible.module_utils.moztrap.preflight.inventory import Value  # isort: skip
from ansible.module_utils.moztrap.preflight.problems import tell  # isort: skip

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def specification() -> specs.Specification:
    return specs.read(PROJECT)


def test_every_role_says_on_which_hosts_it_runs(specification: specs.Specification) -> None:
    assert set(specification.roles) <= set(specs.ROLE_GROUPS)


def test_misspelt_variables_are_named_with_a_suggestion(
    specification: specs.Specification,
) -> None:
    inventory = make_inventory({"moztrap_server_nmae": "x", "unrelated_thing": 1})
    found = list(specs.unknown_variables(inventory, specification))
    assert [problem.subject for problem in found] == ["moztrap_server_nmae"]
    assert "moztrap_server_name" in found[0].fix


def test_wrong_types_and_choices_are_named(specification: specs.Specification) -> None:
    inventory = make_inventory(
        {"moztrap_web_processes": "many", "moztrap_registration": "everybody"}
    )
    found = {
        problem.subject: problem
        for problem in specs.missing_and_mistyped(inventory, specification)
        if problem.what.partition(" ")[0] != "is"
    }
    assert "many" in found["moztrap_web_processes"].what
    assert "open, domains, closed" in found["moztrap_registration"].fix


def test_a_secret_of_the_wrong_type_is_not_told(specification: specs.Specification) -> None:
    name = "moztrap_secret_key_fallbacks"
    inventory = make_inventory({name: {"correct": "horse"}})
    found = [p for p in specs.missing_and_mistyped(inventory, specification) if p.subject == name]
    assert [problem.what for problem in found] == ["has the wrong type; it must be list"]
    assert "horse" not in tell(found, own="main.yml")


@pytest.mark.parametrize(
    ("source", "fix"),
    [
        ("vault_moztrap_secret_key", "or set vault_moztrap_secret_key in group_vars/all/vault.yml"),
        ("my_key", "Set my_key in the inventory's group_vars/all."),
    ],
)
def test_what_a_variable_leads_to_is_named_where_it_is_missing(
    specification: specs.Specification, source: str, fix: str
) -> None:
    [host] = make_inventory().hosts.values()

    def get(name: str) -> Value:
        if name == "moztrap_secret_key":
            return Value(error=f"'{source}' is undefined", where="main.yml:3", source=source)
        return host.get(name)

    inventory = make_inventory()
    blind = dataclasses.replace(inventory, hosts={"one": dataclasses.replace(host, get=get)})
    found = [
        problem
        for problem in specs.missing_and_mistyped(blind, specification)
        if problem.subject == source
    ]
    assert len(found) == 1
    assert "is undefined" in found[0].what
    assert fix in found[0].fix
    assert found[0].where == "main.yml:3"


def test_missing_variables_are_named(specification: specs.Specification) -> None:
    inventory = make_inventory()
    found = [p.subject for p in specs.missing_and_mistyped(inventory, specification)]
    assert "moztrap_admin_username" in found
