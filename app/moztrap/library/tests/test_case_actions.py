"""Writing cases."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, transaction

from moztrap.accounts.models import User
from moztrap.catalog.actions import create_product, create_version
from moztrap.catalog.models import ProductVersion
from moztrap.core.actions import ActionError, ConcurrencyError, ConflictError, undelete_record
from moztrap.core.models import AuditEntry
from moztrap.environments.actions import create_category, create_element, create_environment
from moztrap.environments.models import Environment
from moztrap.library.actions import (
    CaseText,
    StepText,
    create_case,
    delete_caseversion,
    extend_case,
    mark_latest,
    update_case,
)
from moztrap.library.models import Case, CaseStep, CaseVersion, Tag


def text_of(caseversion: CaseVersion, **changes: Any) -> CaseText:
    values: dict[str, Any] = {
        "name": caseversion.name,
        "description": caseversion.description,
        "status": caseversion.status,
        "idprefix": caseversion.case.idprefix,
        "priority": caseversion.case.priority,
        "steps": [StepText(s.instruction, s.expected) for s in caseversion.steps.all()],
        "tags": list(caseversion.tags.all()),
    }
    return CaseText(**(values | changes))


def steps_of(caseversion: CaseVersion) -> list[tuple[int, str]]:
    return list(
        CaseStep.objects.filter(caseversion=caseversion).values_list("number", "instruction")
    )


@pytest.fixture
def environments(db: None) -> list[Environment]:
    category = create_category(by=None, name="System")
    return [
        create_environment(
            by=None, elements=[create_element(by=None, category=category, name=name)]
        )
        for name in ("Debian", "Windows")
    ]


def test_a_case_has_an_id_that_people_read(caseversion: CaseVersion) -> None:
    case = caseversion.case
    assert case.shown_id == f"BELL-{case.pk}"
    case.idprefix = ""
    assert case.shown_id == str(case.pk)


def test_it_inherits_the_environments_of_its_version(
    versions: list[ProductVersion], environments: list[Environment]
) -> None:
    versions[0].environments.set(environments)
    inherited = create_case(by=None, productversion=versions[0], name="Ring")
    assert set(inherited.environments.all()) == set(environments)
    assert not inherited.envs_narrowed
    chosen = create_case(
        by=None, productversion=versions[0], name="Ring", environments=environments[:1]
    )
    assert chosen.envs_narrowed


def test_a_step_that_keeps_its_number_keeps_its_row(caseversion: CaseVersion) -> None:
    rows = dict(caseversion.steps.values_list("number", "pk"))
    steps = [StepText("Press hard."), StepText("Let go."), StepText("Listen.")]
    update_case(caseversion, by=None, cc_version=0, text=text_of(caseversion, steps=steps))
    assert steps_of(caseversion) == [(1, "Press hard."), (2, "Let go."), (3, "Listen.")]
    assert caseversion.steps.get(number=2).pk == rows[2]
    update_case(caseversion, by=None, cc_version=1, text=text_of(caseversion, steps=steps[:1]))
    assert steps_of(caseversion) == [(1, "Press hard.")]


def test_of_two_writers_one_wins_and_no_step_of_the_other_is_left(
    caseversion: CaseVersion,
) -> None:
    update_case(caseversion, by=None, cc_version=0, text=text_of(caseversion, name="First"))
    lost = text_of(caseversion, name="Second", steps=[StepText("Gone.")], priority=4)
    with pytest.raises(ConcurrencyError):
        update_case(caseversion, by=None, cc_version=0, text=lost)
    caseversion = CaseVersion.objects.get()
    assert (caseversion.name, caseversion.case.priority) == ("First", 2)
    assert [number for number, _ in steps_of(caseversion)] == [1, 2]


def test_what_versions_share_changes_in_all(
    caseversion: CaseVersion, versions: list[ProductVersion]
) -> None:
    newer = extend_case(caseversion, by=None, productversion=versions[1])
    update_case(caseversion, by=None, cc_version=0, text=text_of(caseversion, name="Knock"))
    newer.refresh_from_db()
    assert (newer.name, newer.cc_version) == ("Knock", 1)
    text = text_of(caseversion, name="Knock", priority=1, description="Only here.")
    update_case(caseversion, by=None, cc_version=1, text=text)
    newer.refresh_from_db()
    assert (newer.description, newer.cc_version, newer.case.priority) == ("", 2, 1)


def test_history_names_what_changed_and_nothing_else(caseversion: CaseVersion) -> None:
    text = text_of(caseversion, description="Loud.", tags=[])
    update_case(caseversion, by=None, cc_version=0, text=text)
    entry = AuditEntry.objects.get(verb="update", model="library.caseversion")
    assert sorted(entry.details) == ["description", "tags"]
    assert not AuditEntry.objects.filter(verb="change steps").exists()


def test_choosing_environments_narrows(
    versions: list[ProductVersion], environments: list[Environment]
) -> None:
    versions[0].environments.set(environments)
    case = create_case(by=None, productversion=versions[0], name="Ring")
    case = update_case(case, by=None, cc_version=0, text=text_of(case, environments=environments))
    assert not case.envs_narrowed
    case = update_case(
        case, by=None, cc_version=1, text=text_of(case, environments=environments[:1])
    )
    assert case.envs_narrowed
    assert list(case.environments.all()) == environments[:1]


def test_extending_copies_the_text(
    caseversion: CaseVersion, versions: list[ProductVersion]
) -> None:
    newer = extend_case(caseversion, by=None, productversion=versions[1])
    assert steps_of(newer) == steps_of(caseversion)
    assert [tag.name for tag in newer.tags.all()] == ["smoke"]
    caseversion.refresh_from_db()
    assert (caseversion.latest, newer.latest) == (False, True)
    with pytest.raises(ConflictError, match="in this product version already"):
        extend_case(caseversion, by=None, productversion=versions[1])


def test_a_case_stays_in_its_product(caseversion: CaseVersion) -> None:
    gong = create_version(by=None, product=create_product(by=None, name="Gong"), version="1")
    with pytest.raises(ActionError, match="another product"):
        extend_case(caseversion, by=None, productversion=gong)


def test_deleting_the_newest_uncovers_the_older(
    caseversion: CaseVersion, versions: list[ProductVersion]
) -> None:
    newer = extend_case(caseversion, by=None, productversion=versions[1])
    delete_caseversion(newer, by=None)
    caseversion.refresh_from_db()
    assert caseversion.latest
    # Deleted rows do not stand in the way.
    assert extend_case(caseversion, by=None, productversion=versions[1]).latest


def test_the_last_version_takes_its_case_with_it_and_back(caseversion: CaseVersion) -> None:
    delete_caseversion(caseversion, by=None)
    assert not Case.objects.exists()
    undelete_record(Case.everything.get(), by=None)
    assert CaseVersion.objects.get() == caseversion


def test_marking_the_latest_costs_one_query_when_all_are_right(
    caseversion: CaseVersion, versions: list[ProductVersion], django_assert_num_queries: Any
) -> None:
    # the wrong ones 1
    with django_assert_num_queries(1):
        assert mark_latest(versions[0].product, by=None) == 0


def test_the_database_refuses_nonsense(caseversion: CaseVersion) -> None:
    for rows, change in (
        (Case.objects.all(), {"priority": 5}),
        (CaseVersion.objects.all(), {"status": "odd"}),
        (CaseStep.objects.filter(number=1), {"number": 2}),
        (CaseStep.objects.filter(number=1), {"number": 0}),
        (CaseStep.objects.filter(number=1), {"instruction": ""}),
    ):
        # MariaDB calls a failed check an operational error, SQLite one of integrity.
        with pytest.raises(DatabaseError, match=r"(?i)constraint|duplicate"), transaction.atomic():
            rows.update(**change)


def test_tags_are_unique_per_product_and_among_the_global(caseversion: CaseVersion) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Tag.everything.bulk_create([Tag(name="smoke", product=caseversion.case.product)])
    Tag.everything.bulk_create([Tag(name="smoke")])
    with pytest.raises(IntegrityError), transaction.atomic():
        Tag.everything.bulk_create([Tag(name="smoke")])


def test_people_need_the_permission(
    caseversion: CaseVersion, versions: list[ProductVersion], tester: User, creator: User
) -> None:
    with pytest.raises(PermissionDenied):
        create_case(by=tester, productversion=versions[0], name="Ring")
    assert create_case(by=creator, productversion=versions[0], name="Ring").created_by == creator
    with pytest.raises(PermissionDenied):
        update_case(caseversion, by=creator, cc_version=0, text=text_of(caseversion))
    with pytest.raises(PermissionDenied):
        delete_caseversion(caseversion, by=creator)
