"""Importing: all of it, once, and without treading on what people wrote here."""

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext

from moztrap.accounts.models import User
from moztrap.catalog.models import Product, ProductVersion
from moztrap.core.models import AuditEntry
from moztrap.environments.models import Category, Element, Environment
from moztrap.library.actions import CaseText, StepText, delete_caseversion, update_case
from moztrap.library.actions.import_cases import Target, import_cases, plan_import
from moztrap.library.importing.parse import read_sources
from moztrap.library.importing.records import Source
from moztrap.library.importing.report import Line, Report
from moztrap.library.models import Case, CaseStep, CaseVersion, Tag
from moztrap.library.tests.source import case, environment, page, step, tag, write

pytestmark = pytest.mark.django_db
TARGET = Target("Bell", "2.6")


def source_of(tmp_path: Path, *cases: dict[str, Any]) -> Source:
    return read_sources([write(tmp_path / "page.json", page(*cases))])


def run(tmp_path: Path, *cases: dict[str, Any], target: Target = TARGET) -> Report:
    return import_cases(source_of(tmp_path, *cases), target, by=None)


def line(report: Report, name: str) -> Line:
    return next(each for each in report.lines if each.name == name)


def edit(name: str) -> CaseVersion:
    caseversion = CaseVersion.objects.get()
    text = CaseText(
        name=name,
        description="",
        status="active",
        idprefix="",
        priority=2,
        steps=[StepText("Ours.")],
        tags=[],
    )
    return update_case(caseversion, by=None, cc_version=caseversion.cc_version, text=text)


def test_it_writes_everything(tmp_path: Path) -> None:
    report = run(
        tmp_path,
        case(1, priority="None", tags=[tag(1, "smoke"), tag(2, "all", product=None)]),
        case(
            2,
            name="Case 1",
            status="disabled",
            steps=[step(1, "Do."), step(2, "Then.", "So.")],
            environments=[environment(161, 32), environment(7, 40, 41)],
        ),
    )
    product, version = Product.objects.get(), ProductVersion.objects.get()
    assert (product.name, version.version, version.latest) == ("Bell", "2.6", True)
    first, second = CaseVersion.objects.order_by("case__origin")
    assert (first.name, second.name) == ("Case 1", "Case 1")
    assert (first.case.priority, second.case.priority) == (None, 2)
    assert (first.status, second.status) == ("active", "disabled")
    assert first.latest
    assert first.case.origin == "moztrap/case/1001"
    assert [s.expected for s in second.steps.all()] == ["", "So."]
    assert {(t.name, t.product) for t in first.tags.all()} == {("smoke", product), ("all", None)}
    assert sorted(map(str, second.environments.all())) == [
        "Environment 161: Element 32",
        "Environment 7: Element 40 / Element 41",
    ]
    assert (first.envs_narrowed, second.envs_narrowed) == (True, False)
    assert version.environments.count() == 2
    assert Category.objects.get().name == "Imported from moztrap"
    assert line(report, "cases") == Line("cases", 2, created=2)
    assert line(report, "elements") == Line("elements", 3, created=3)
    assert AuditEntry.objects.get(verb="import").object_id == str(version.pk)


def test_a_second_import_changes_nothing(tmp_path: Path) -> None:
    cases = [case(1), case(2)]
    run(tmp_path, *cases)
    models = (Product, ProductVersion, Case, CaseVersion, CaseStep, Tag, Environment, Element)
    tables = (*models, AuditEntry, CaseVersion.tags.through, CaseVersion.environments.through)
    before = [list(model._base_manager.order_by("pk").values()) for model in tables]
    report = run(tmp_path, *cases)
    assert report.changed == 0
    assert line(report, "cases").unchanged == 2
    assert [list(model._base_manager.order_by("pk").values()) for model in tables] == before


def test_it_takes_over_what_changed_at_the_source(tmp_path: Path) -> None:
    run(tmp_path, case(1, steps=[step(1, "A."), step(2, "B."), step(3, "C.")]), case(2))
    kept = CaseStep.objects.get(instruction="A.").pk
    changed = case(
        1,
        name="Renamed",
        priority="1",
        steps=[step(1, "A."), step(2, "B!")],
        tags=[tag(9, "new")],
        environments=[environment(8, 33)],
    )
    report = run(tmp_path, changed, case(2))
    assert line(report, "cases") == Line("cases", 2, updated=1, unchanged=1)
    caseversion = CaseVersion.objects.get(case__origin="moztrap/case/1001")
    assert (caseversion.name, caseversion.case.priority) == ("Renamed", 1)
    assert (caseversion.cc_version, caseversion.case.cc_version) == (1, 1)
    assert [s.instruction for s in caseversion.steps.all()] == ["A.", "B!"]
    assert caseversion.steps.all()[0].pk == kept
    assert [t.name for t in caseversion.tags.all()] == ["new"]
    assert [str(e) for e in caseversion.environments.all()] == ["Environment 8: Element 33"]
    assert run(tmp_path, changed, case(2)).changed == 0


def test_what_was_edited_here_is_kept(tmp_path: Path) -> None:
    run(tmp_path, case(1))
    edit("Ours")
    assert line(run(tmp_path, case(1)), "cases").unchanged == 1
    report = run(tmp_path, case(1, name="Theirs"))
    assert line(report, "cases").edited_here == 1
    assert "--overwrite" in report.notes[-1]
    assert CaseVersion.objects.get().name == "Ours"


def test_it_overwrites_edits_when_told_to(tmp_path: Path) -> None:
    run(tmp_path, case(1))
    edit("Ours")
    target = Target("Bell", "2.6", overwrite=True)
    assert line(run(tmp_path, case(1, name="Theirs"), target=target), "cases").updated == 1
    assert CaseVersion.objects.get().name == "Theirs"
    assert run(tmp_path, case(1, name="Theirs"), target=target).changed == 0


def test_what_was_deleted_here_stays_deleted(tmp_path: Path) -> None:
    run(tmp_path, case(1))
    delete_caseversion(CaseVersion.objects.get(), by=None)
    report = run(tmp_path, case(1, name="Theirs"))
    assert line(report, "cases").deleted_here == 1
    assert not CaseVersion.objects.exists()


def test_another_version_of_the_product_shares_the_cases(tmp_path: Path) -> None:
    run(tmp_path, case(1))
    run(tmp_path, case(1, name="Newer name"), case(2), target=Target("Bell", "2.10"))
    assert Case.objects.count() == 2
    shared = CaseVersion.objects.filter(case__origin="moztrap/case/1001")
    assert dict(shared.values_list("productversion__version", "latest")) == {
        "2.6": False,
        "2.10": True,
    }
    # A case has one name in all versions.
    assert set(shared.values_list("name", flat=True)) == {"Newer name"}
    assert Environment.objects.count() == 1


def test_another_site_has_ids_of_its_own(tmp_path: Path) -> None:
    run(tmp_path, case(1))
    run(tmp_path, case(1), target=Target("Bell", "2.6", source_name="elsewhere"))
    assert Case.objects.count() == 2
    assert Category.objects.count() == 2


def test_tags_that_differ_in_nothing_but_case_are_one(tmp_path: Path) -> None:
    report = run(tmp_path, case(1, tags=[tag(1, "Dialer"), tag(2, "dialer "), tag(3, "dialér")]))
    assert [t.name for t in CaseVersion.objects.get().tags.all()] == ["Dialer"]
    assert line(report, "tags") == Line("tags", 1, created=1)
    assert any("2 of the source's 3 tags" in note for note in report.notes)


def test_existing_tags_are_found_and_keep_their_description(tmp_path: Path) -> None:
    product = Product.objects.create(name="Bell")
    ours = Tag.objects.create(name="SMOKE", product=product, description="Ours.")
    Tag.objects.create(name="smoke")
    run(tmp_path, case(1, tags=[tag(1, "smoke", description="Theirs.")]))
    assert CaseVersion.objects.get().tags.get() == ours
    assert Tag.objects.count() == 2


def test_a_failure_in_the_middle_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr("moztrap.library.actions.import_cases.mark_latest", fail)
    with pytest.raises(RuntimeError):
        run(tmp_path, case(1))
    assert not Product.everything.exists()
    assert not Tag.everything.exists()
    assert not Environment.everything.exists()


def test_planning_writes_nothing_and_says_the_same(tmp_path: Path) -> None:
    source = source_of(tmp_path, case(1), case(2))
    planned = plan_import(source, TARGET)
    assert not Product.everything.exists()
    assert planned == import_cases(source, TARGET, by=None)
    again = plan_import(source, TARGET)
    assert again.changed == 0
    assert again == import_cases(source, TARGET, by=None)


def test_missing_pages_are_noted(tmp_path: Path) -> None:
    source = read_sources([write(tmp_path / "page.json", page(case(1), total=900))])
    report = import_cases(source, TARGET, by=None)
    assert "announced 900 cases; these files hold 1" in report.notes[0]


def test_people_need_the_permission(tmp_path: Path, creator: User) -> None:
    with pytest.raises(PermissionDenied):
        import_cases(source_of(tmp_path, case(1)), TARGET, by=creator)


def test_queries_do_not_grow_with_the_cases(tmp_path: Path) -> None:
    counts = []
    for number in (1, 30):
        cases = [case(i, case=f"/api/v1/case/{i}/") for i in range(1, number + 1)]
        source = source_of(tmp_path, *cases)
        target = Target(f"Bell {number}", "1", source_name=f"site {number}")
        with CaptureQueriesContext(connection) as queries:
            import_cases(source, target, by=None)
        counts.append(len(queries))
    assert counts[0] == counts[1] < 60


@pytest.mark.skipif(connection.vendor == "sqlite", reason="collations of MariaDB and MySQL")
def test_tags_that_the_database_takes_for_one_are_one(tmp_path: Path) -> None:
    names = ("brod", "brød", "łodz", "lodz", "aero", "ærø")
    cases = [case(n, tags=[tag(n, name)]) for n, name in enumerate(names, start=1)]
    report = run(tmp_path, *cases)
    assert line(report, "tags").created == Tag.objects.count()
    assert CaseVersion.objects.filter(tags__name="brød").count() == 2
    assert not run(tmp_path, *cases).changed
    assert run(tmp_path, *cases, case(9, tags=[tag(9, "brød")])).changed
