"""Categories, elements, environments and profiles, written by programs."""

import pytest

from moztrap.accounts.models import User
from moztrap.api.tests.conftest import Ask, Everything, Program
from moztrap.environments.models import Environment
from moztrap.execution.tests.conftest import Bench


@pytest.fixture
def ask(program: Program, manager: User) -> Ask:
    """A program of a manager."""
    return program(manager)


@pytest.fixture
def elements(ask: Ask) -> dict[str, int]:
    """Two browsers and three systems, by name."""
    made = {}
    for category, names in {"Browser": ("Lynx", "Links"), "System": ("A", "B", "C")}.items():
        held = ask("post", "categories/", {"name": category}).json()["id"]
        for name in names:
            body = {"category": held, "name": name}
            made[name] = ask("post", "elements/", body).json()["id"]
    return made


def test_a_matrix_is_generated_and_pruned(ask: Ask, elements: dict[str, int]) -> None:
    body = {"name": "All", "elements": list(elements.values())}
    answer = ask("post", "profiles/", body)
    profile = answer.json()
    assert (answer.status_code, len(profile["environments"])) == (201, 6)
    shown = ask("get", f"environments/{profile['environments'][0]}/").json()
    assert len(shown["elements"]) == 2
    path = f"profiles/{profile['id']}/"
    last = profile["environments"][-2:]
    assert ask("post", f"{path}prune/", {"environments": last}).json() == {"count": 2}
    assert len(ask("get", path).json()["environments"]) == 4
    # They stay where they are used.
    assert Environment.objects.count() == 6
    one = {"elements": [elements["A"], elements["B"]], "combine": False}
    assert ask("post", f"{path}extend/", one).json() == {"count": 1}
    again = {"elements": [elements["A"], elements["Lynx"]]}
    assert ask("post", f"{path}extend/", again).json()["count"] in (0, 1)
    # Nothing is made that is there.
    assert Environment.objects.count() == 7


def test_a_matrix_beyond_reason_is_refused_by_field(ask: Ask) -> None:
    elements = []
    for letter in "ABC":
        held = ask("post", "categories/", {"name": letter}).json()["id"]
        for number in range(8):
            body = {"category": held, "name": f"{letter}{number}"}
            elements.append(ask("post", "elements/", body).json()["id"])
    answer = ask("post", "profiles/", {"name": "All", "elements": elements})
    assert answer.status_code == 400
    assert "512 combinations" in answer.json()["elements"][0]
    assert not Environment.objects.exists()


def test_an_environment_is_made_changed_and_deleted(ask: Ask, elements: dict[str, int]) -> None:
    body = {"name": "Ana's desk", "elements": [elements["A"], elements["Lynx"]]}
    made = ask("post", "environments/", body).json()
    path = f"environments/{made['id']}/"
    renamed = ask("patch", path, {"name": "", "cc_version": made["cc_version"]}).json()
    assert (renamed["name"], len(renamed["elements"])) == ("", 2)
    assert ask("patch", path, {"name": "x", "cc_version": 0}).status_code == 409
    moved = ask("patch", path, {"elements": [elements["B"]]}).json()
    assert [each["name"] for each in moved["elements"]] == ["B"]
    assert ask("patch", path, {"elements": []}).status_code == 400
    gone = ask("delete", path).json()
    assert ask("get", path).status_code == 404
    assert ask("post", "deleted/restore/", {"deleted_on": gone["deleted_on"]}).status_code == 200
    assert ask("get", path).status_code == 200


def test_what_is_in_use_stays(ask: Ask, everything: Everything) -> None:
    for kind in ("category", "element", "environment"):
        plural = {"category": "categories"}.get(kind, f"{kind}s")
        answer = ask("delete", f"{plural}/{everything.ids[kind]}/")
        assert answer.status_code == 400
        assert "is in use by" in answer.json()["detail"]
        assert ask("get", f"{plural}/{everything.ids[kind]}/").status_code == 200
    assert ask("delete", f"profiles/{everything.ids['profile']}/").status_code == 200


def test_elements_are_renamed_and_moved(ask: Ask, elements: dict[str, int]) -> None:
    path = f"elements/{elements['Lynx']}/"
    before = ask("get", path).json()
    system = ask("get", f"elements/{elements['A']}/").json()["category"]
    assert ask("patch", path, {"name": "Lynx 3"}).json()["category"] == before["category"]
    assert ask("patch", path, {"category": system}).json()["category"] == system
    taken = ask("patch", path, {"name": "B"})
    assert taken.status_code == 409
    category = f"categories/{system}/"
    assert ask("patch", category, {"name": "OS"}).json()["name"] == "OS"


def test_profiles_are_renamed(ask: Ask, everything: Everything) -> None:
    path = f"profiles/{everything.ids['profile']}/"
    assert ask("patch", path, {"name": "Ours", "cc_version": 0}).json()["name"] == "Ours"
    assert ask("patch", path, {"name": "Theirs", "cc_version": 0}).status_code == 409


def test_environments_are_found_by_what_they_hold_and_by_what_holds_them(
    ask: Ask, everything: Everything, bench: Bench
) -> None:
    ids = everything.ids

    def found(**query: object) -> list[int]:
        rows = ask("get", "environments/", **query).json()["results"]
        return [row["id"] for row in rows]

    assert found(has_element=ids["element"]) == [ids["environment"]]
    assert found(profile=ids["profile"]) == [ids["environment"]]
    assert len(found(productversion=bench.version.pk)) == 2
    assert found(productversion=999) == []
