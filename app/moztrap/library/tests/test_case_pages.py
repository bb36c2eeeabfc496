"""Pages of one case: shown, written, edited by two, deleted."""

from collections.abc import Callable
from typing import Any

from django.test import Client
from django.urls import reverse

from moztrap.accounts.models import User
from moztrap.catalog.models import ProductVersion
from moztrap.environments.actions import create_category, create_element, create_environment
from moztrap.library.actions import create_tag, extend_case
from moztrap.library.models import CaseVersion, Tag

Browse = Callable[[User | None], Client]


def posted(*steps: tuple[Any, str, str], initial: int = 0, **values: Any) -> dict[str, Any]:
    """What a browser sends: each step is position, instruction, expected result."""
    data: dict[str, Any] = {
        "name": "Ring the bell",
        "description": "",
        "status": "active",
        "idprefix": "BELL",
        "priority": "2",
        "tags": "smoke",
        "steps-TOTAL_FORMS": len(steps),
        "steps-INITIAL_FORMS": initial,
    }
    for index, (position, instruction, expected) in enumerate(steps):
        data[f"steps-{index}-position"] = position
        data[f"steps-{index}-instruction"] = instruction
        data[f"steps-{index}-expected"] = expected
    return data | values


def page_of(name: str, caseversion: CaseVersion) -> str:
    return reverse(f"library:{name}", args=[caseversion.case_id, caseversion.productversion_id])


def steps_of(caseversion: CaseVersion) -> list[tuple[int, str, str]]:
    return list(caseversion.steps.values_list("number", "instruction", "expected"))


def test_a_case_shows_all_there_is(
    browse: Browse, tester: User, caseversion: CaseVersion, versions: list[ProductVersion]
) -> None:
    Tag.objects.update(description="Wear **ear plugs**.")
    extend_case(caseversion, by=None, productversion=versions[1])
    client = browse(tester)
    page = client.get(page_of("case_in_version", caseversion)).content.decode()
    assert "It rings." in page
    assert "<strong>ear plugs</strong>" in page
    assert f"BELL-{caseversion.case_id}" in page
    assert "the system created" in page
    assert reverse("library:case_in_version", args=[caseversion.case_id, versions[1].pk]) in page
    newest = client.get(reverse("library:case", args=[caseversion.case_id]))
    assert newest.context["caseversion"].productversion == versions[1]
    assert client.get(reverse("library:case", args=[999])).status_code == 404


def test_its_cost_does_not_grow_with_steps(
    browse: Browse, manager: User, caseversion: CaseVersion, django_assert_num_queries: Any
) -> None:
    client = browse(manager)
    url = page_of("case_edit", caseversion)
    steps = [(n, f"Step {n}", "") for n in range(1, 40)]
    assert client.post(url, posted(*steps, cc_version="0")).status_code == 302
    client.get(page_of("case_in_version", caseversion))
    # person 1, permissions 2 (own, and of roles), the case 1, steps 1, tags 1, environments 1,
    # attachments 1, suites 1, versions of the product 1, those the case is in 1, history 1
    with django_assert_num_queries(12):
        client.get(page_of("case_in_version", caseversion))


def test_a_case_is_written(browse: Browse, creator: User, versions: list[ProductVersion]) -> None:
    create_tag(by=None, name="smoke", product=versions[0].product)
    create_tag(by=None, name="music, search")
    client = browse(creator)
    url = reverse("library:case_create")
    page = client.get(url, {"version": versions[1].pk}).content.decode()
    assert f'<option value="{versions[1].pk}" selected>' in page
    answer = client.post(
        url,
        posted(
            ("", "Last.", ""),
            (2, "Second.", "Yes."),
            (1, "First.\r\n\r\nAnd more.", ""),
            ("", "", ""),
            productversion=versions[1].pk,
            tags='SMOKE, "music, search"',
        ),
    )
    caseversion = CaseVersion.objects.get()
    assert answer.headers["Location"] == page_of("case_in_version", caseversion)
    assert caseversion.created_by == creator
    assert steps_of(caseversion) == [
        (1, "First.\n\nAnd more.", ""),
        (2, "Second.", "Yes."),
        (3, "Last.", ""),
    ]
    assert sorted(tag.name for tag in caseversion.tags.all()) == ["music, search", "smoke"]


def test_new_tags_need_the_permission(
    browse: Browse, creator: User, manager: User, versions: list[ProductVersion]
) -> None:
    data = posted(productversion=versions[0].pk, tags="brand new")
    answer = browse(creator).post(reverse("library:case_create"), data)
    assert answer.status_code == 422
    assert "There is no tag “brand new”" in answer.content.decode()
    assert not CaseVersion.objects.exists()
    assert browse(manager).post(reverse("library:case_create"), data).status_code == 302
    assert Tag.objects.get().product == versions[0].product


def test_a_step_that_expects_something_of_nothing_is_refused(
    browse: Browse, creator: User, versions: list[ProductVersion]
) -> None:
    data = posted((1, "", "Noise."), productversion=versions[0].pk, tags="")
    answer = browse(creator).post(reverse("library:case_create"), data)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Say what to do before what is expected of it." in page
    assert "Noise." in page


def test_more_steps_are_offered_without_saving(
    browse: Browse, creator: User, versions: list[ProductVersion]
) -> None:
    data = posted((1, "Press.", ""), name="", tags="unknown", add_steps="1")
    answer = browse(creator).post(reverse("library:case_create"), data)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert page.count('aria-label="Step ') == 4
    assert "Press." in page
    assert "This field is required" not in page
    assert not CaseVersion.objects.exists()


def test_steps_are_moved_changed_and_removed(
    browse: Browse, manager: User, caseversion: CaseVersion
) -> None:
    client = browse(manager)
    url = page_of("case_edit", caseversion)
    assert 'value="smoke"' in client.get(url).content.decode()
    steps = [(3, "Press.", "It rings."), (1, "Let go.", ""), (2, "Listen.", "")]
    data = posted(*steps, initial=2, cc_version="0") | {"steps-0-remove": "on"}
    assert client.post(url, data).status_code == 302
    assert steps_of(caseversion) == [(1, "Let go.", ""), (2, "Listen.", "")]


def test_a_conflict_keeps_what_was_typed_and_shows_the_other(
    browse: Browse, manager: User, admin: User, caseversion: CaseVersion
) -> None:
    url = page_of("case_edit", caseversion)
    theirs = posted((1, "Their step.", "Their result."), cc_version="0", priority="1")
    assert browse(admin).post(url, theirs).status_code == 302
    mine = posted((1, "My step.", ""), cc_version="0", name="My name")
    answer = browse(manager).post(url, mine)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Someone else saved this test case" in page
    # Both stand on this very page.
    assert "another tab" not in page
    for words in ("1. Their step.", "→ Their result.", "My step.", "My name"):
        assert words in page
    assert 'name="cc_version" value="1"' in page
    assert CaseVersion.objects.get().name == "Ring the bell"
    assert browse(manager).post(url, mine | {"cc_version": "1"}).status_code == 302
    assert steps_of(caseversion) == [(1, "My step.", "")]


def test_environments_are_narrowed(browse: Browse, manager: User, caseversion: CaseVersion) -> None:
    category = create_category(by=None, name="OS")
    element = create_element(by=None, category=category, name="Debian")
    environment = create_environment(by=None, elements=[element])
    other = create_environment(by=None, elements=[element], name="Lab")
    caseversion.productversion.environments.add(environment, other)
    url = page_of("case_edit", caseversion)
    client = browse(manager)
    assert "Debian" in client.get(url).content.decode()
    client.post(url, posted(cc_version="0", environments=[environment.pk]))
    caseversion.refresh_from_db()
    assert caseversion.envs_narrowed
    assert list(caseversion.environments.all()) == [environment]


def test_a_case_is_taken_into_another_version(
    browse: Browse, creator: User, caseversion: CaseVersion, versions: list[ProductVersion]
) -> None:
    url = reverse("library:case_extend", args=[caseversion.case_id, versions[1].pk])
    client = browse(creator)
    assert client.get(url).status_code == 405
    page = client.post(url, follow=True).content.decode()
    assert "Added to Bell 2.0, with the text of Bell 1.0." in page
    page = client.post(url, follow=True).content.decode()
    assert "in this product version already" in page
    assert CaseVersion.objects.count() == 2


def test_deleting_asks_first(browse: Browse, manager: User, caseversion: CaseVersion) -> None:
    url = page_of("case_delete", caseversion)
    client = browse(manager)
    assert "the case disappears with it" in client.get(url).content.decode()
    assert client.post(url).status_code == 302
    assert not CaseVersion.objects.exists()
    assert client.post(url).status_code == 404


def test_buttons_and_pages_are_for_those_who_may(
    browse: Browse, tester: User, creator: User, caseversion: CaseVersion
) -> None:
    edit = page_of("case_edit", caseversion)
    page = browse(tester).get(page_of("case_in_version", caseversion)).content.decode()
    assert edit not in page
    assert "/add/" not in page
    for name in ("case_edit", "case_delete"):
        assert browse(creator).get(page_of(name, caseversion)).status_code == 403
    assert browse(tester).get(reverse("library:case_create")).status_code == 403
