"""The sample library."""

from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from moztrap.catalog.actions import delete_product
from moztrap.catalog.models import Product, ProductVersion
from moztrap.core.actions import BusyError
from moztrap.core.models import AuditEntry
from moztrap.environments.models import Environment, Profile
from moztrap.library.management.commands.seed_sample import Command
from moztrap.library.models import Attachment, Case, CaseStep, CaseVersion, Suite
from moztrap.library.sample import load_sample

pytestmark = pytest.mark.django_db


def seed() -> str:
    out = StringIO()
    call_command("seed_sample", stdout=out, no_color=True)
    return out.getvalue()


def test_it_is_a_believable_library() -> None:
    assert seed() == "Postbox: 25 cases.\nShelfmark: 20 cases.\n4 runs of their cases.\n"
    assert ProductVersion.objects.filter(latest=True).count() == 2
    assert [v.version for v in ProductVersion.objects.newest_first()] == [
        *("3.1b1", "3.0", "2.9"),
        *("1.5", "1.4"),
    ]
    assert Case.objects.count() == CaseVersion.objects.newest_of_each_case().count() == 45
    assert not Case.objects.filter(versions__isnull=True).exists()
    assert set(CaseVersion.objects.values_list("status", flat=True)) == {
        *("active", "draft", "disabled"),
    }
    changed = CaseVersion.objects.filter(name="Write without a network")
    assert sorted(each.steps.count() for each in changed) == [2, 3]
    # Profiles are made of environments that are there.
    assert Environment.objects.count() == 6
    profiles = Profile.objects.for_list().order_by("name")
    assert [p.environment_count for p in profiles] == [2, 3]
    suites = Suite.objects.for_list().order_by("name")
    assert [suite.name for suite in suites] == ["All the rest", "At the desk", "Fees", "Smoke"]
    assert all(suite.case_count for suite in suites)
    assert {a.name for a in Attachment.objects.all()} == {"which-files.txt", "scan-codes.csv"}


def test_a_second_run_changes_nothing() -> None:
    seed()
    # The audit log and the tables of many-to-many relations included.
    models = apps.get_models(include_auto_created=True)
    assert {AuditEntry, CaseStep, CaseVersion.tags.through} <= set(models)
    before = [list(model._base_manager.order_by("pk").values()) for model in models]
    assert seed().endswith("Nothing to do.\n")
    assert [list(model._base_manager.order_by("pk").values()) for model in models] == before


def test_a_refused_write_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise BusyError("Somebody else was writing.")

    monkeypatch.setattr(f"{Command.__module__}.seed_sample", refuse)
    with pytest.raises(CommandError, match=r"Nothing was written\. Somebody else"):
        seed()


def test_what_people_deleted_does_not_come_back() -> None:
    seed()
    delete_product(Product.objects.get(name="Postbox"), by=None)
    seed()
    assert [product.name for product in Product.objects.all()] == ["Shelfmark"]


def test_its_words_fit_together() -> None:
    sample = load_sample()
    elements = {name for names in sample.environments.values() for name in names}
    assert {name for names in sample.combinations for name in names} <= elements
    assert {name for names in sample.profiles.values() for name in names} <= elements
    for product in sample.products:
        versions = [version for version, _ in product.versions]
        for case in product.cases:
            assert set(case.tags) <= sample.tags.keys() | product.tags.keys(), case.name
            assert {case.since, *case.later} <= set(versions), case.name
            assert case.steps, case.name
