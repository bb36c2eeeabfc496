"""What lists can be asked: what the original declared, and nothing that is not understood."""

from typing import Any

import pytest

from moztrap.accounts.models import User
from moztrap.api.tests.conftest import Ask, Everything, Program


@pytest.fixture
def ask(program: Program, tester: User) -> Ask:
    """A program of a tester that reads."""
    return program(tester, "read")


# The filters that the original declared, resource by resource, by the names they have here.
DECLARED: dict[str, dict[str, tuple[Any, int]]] = {
    "products/": {"name": ("bel", 1), "name_is": ("bell", 1)},
    "productversions/": {
        "product": ("{product}", 2),
        "version": ("1.", 1),
        "version_is": ("1.0", 1),
        "product_name": ("bell", 2),
        "latest": ("yes", 1),
        "environment": ("{environment}", 2),
    },
    "profiles/": {"name": ("all", 1), "name_is": ("all", 0)},
    "categories/": {"name": ("o", 1), "name_is": ("os", 1)},
    "elements/": {"name": ("deb", 1), "category": ("{category}", 2), "category_name": ("os", 2)},
    "environments/": {"has_element": ("{element}", 1), "profile": ("{profile}", 1)},
    "tags/": {"name": ("lou", 1), "product": ("{product}", 1), "name_is": ("LOUD", 1)},
    "cases/": {
        "product": ("{product}", 3),
        "suite": ("{suite}", 3),
        "idprefix": ("bell", 3),
        "priority": ("none", 3),
    },
    "caseversions/": {
        "version": ("{productversion}", 3),
        "case": ("{case}", 2),
        "in_suite": ("{suite}", 6),
        "has_tag": ("{tag}", 1),
        "in_environment": ("{environment}", 6),
        "name": ("mute", 2),
        "name_is": ("mute the bell", 2),
        "status": ("active", 6),
        "description": ("x", 0),
        "step": ("rings", 6),
        "creator": ("tester", 0),
        "modifier": ("tester", 0),
        "latest": ("yes", 3),
    },
    "suites/": {
        "name": ("all", 1),
        "product": ("{product}", 1),
        "status": ("active", 1),
        "creator": ("tester", 0),
        "case": ("{case}", 1),
    },
    "suites/{suite}/cases/": {"case": ("{case}", 1)},
    "runs/": {
        "version": ("{productversion}", 3),
        "version_is": ("1.0", 3),
        "product_name": ("bell", 3),
        "status": ("active", 2),
        "has_suite": ("{suite}", 3),
        "kind": ("series", 1),
        "in_environment": ("{environment}", 3),
    },
    "runs/{run}/cases/": {
        "name": ("mute", 1),
        "caseversion": ("{caseversion}", 1),
        "case": ("{case}", 1),
        "status": ("failed", 1),
    },
    "runs/{run}/cells/": {
        "status": ("failed", 2),
        "case": ("{case}", 2),
        "environment": ("{environment}", 3),
        "withdrawn": ("no", 6),
        "free": ("yes", 6),
    },
    "runs/{run}/results/": {
        "status": ("failed", 2),
        "case": ("{case}", 2),
        "since": ("2020-01-01T00:00:00Z", 2),
        "until": ("2020-01-01T00:00:00Z", 0),
        "tester": ("tester", 2),
        "older": ("no", 2),
        "review": ("pending", 2),
    },
    "users/": {"username": ("test", 1), "username_is": ("TESTER", 1)},
}


@pytest.mark.parametrize(
    ("path", "name"), [(path, name) for path, filters in DECLARED.items() for name in filters]
)
def test_a_declared_filter_narrows(ask: Ask, everything: Everything, path: str, name: str) -> None:
    value, expected = DECLARED[path][name]
    answer = ask("get", path.format(**everything.ids), **{name: value.format(**everything.ids)})
    assert answer.status_code == 200, answer.content
    assert len(answer.json()["results"]) == expected


@pytest.mark.parametrize(
    ("path", "query", "field", "said"),
    [
        ("runs/", {"statsu": "active"}, "statsu", "There is no such parameter here; there are"),
        ("runs/", {"status": "great"}, "status", "there are draft, active, disabled."),
        ("runs/", {"product": "Bell"}, "product", "This is the number of a record."),
        ("runs/", {"product": ""}, "product", "This is the number of a record."),
        ("tags/", {"product": "x"}, "product", "number of a record or “global”."),
        ("cases/", {"suite": "9" * 19}, "suite", "This is the number of a record."),
        ("cases/", {"suite": ["1"] * 50 + [str(i) for i in range(101)]}, "suite", "at most 100"),
        ("products/", {"name": "x" * 201}, "name", "at most 200 characters"),
        ("products/", {"name": "\x00"}, "name", "at most 200 characters"),
        ("products/", {"limit": "many"}, "limit", "a whole number, from 1 on"),
        ("products/", {"limit": "0"}, "limit", "a whole number, from 1 on"),
        ("products/", {"offset": "-1"}, "offset", "a whole number, from 0 on"),
        ("products/", {"sort": "description"}, "sort", "Sort by id, name, modified_on"),
        ("users/", {"password__startswith": "x"}, "password__startswith", "no such parameter"),
        ("runs/1/results/", {"since": "yesterday"}, "since", "2026-01-31T12:00:00Z"),
        ("runs/1/results/", {"since": "2026-02-31T00:00Z"}, "since", "2026-01-31T12:00:00Z"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(
    ask: Ask, path: str, query: dict[str, Any], field: str, said: str
) -> None:
    answer = ask("get", path, **query)
    assert answer.status_code == 400
    assert said in answer.json()[field][0]


def test_several_values_mean_either_and_several_filters_both(
    ask: Ask, everything: Everything
) -> None:
    rows = everything.bench.rows
    both = ask("get", "caseversions/", case=[rows[0].case_id, rows[1].case_id]).json()
    assert both["count"] == 4
    one = ask("get", "caseversions/", case=[rows[0].case_id, rows[1].case_id], name="mute").json()
    assert one["count"] == 2
    # Of a text, every word must occur.
    assert ask("get", "caseversions/", name=["bell", "ring"]).json()["count"] == 2


def test_products_beyond_those_of_a_page_are_found(
    ask: Ask, everything: Everything, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("moztrap.core.listing.picks.MOST_FOUND", 0)
    assert ask("get", "caseversions/", product=everything.ids["product"]).json()["count"] == 6
    assert ask("get", "caseversions/", product=999).json()["count"] == 0


def test_lists_are_sorted_and_cut(ask: Ask, everything: Everything) -> None:
    def names(**query: Any) -> list[str]:
        return [row["name"] for row in ask("get", "elements/", **query).json()["results"]]

    assert names(sort="name") == ["Debian", "Windows"]
    assert names(sort="-name") == ["Windows", "Debian"]
    assert names(sort="-name", limit=1, offset=1) == ["Debian"]
    assert names() == ["Windows", "Debian"]
    first = ask("get", "elements/", limit=1).json()
    assert (first["count"], first["previous"]) == (2, None)
    assert "offset=1" in first["next"]
    stream = ask("get", f"runs/{everything.ids['run']}/results/", limit=1).json()
    assert "cursor=" in stream["next"]
    assert "count" not in stream


def test_anonymous_readers_do_not_search_for_people(
    program: Program, everything: Everything, settings: Any
) -> None:
    settings.ALLOW_ANONYMOUS_ACCESS = True
    ask = program(None)
    assert ask("get", "runs/").status_code == 200
    refused = ask("get", "runs/", creator="tester")
    assert refused.status_code == 400
    assert "creator" not in refused.json()["creator"][0]
