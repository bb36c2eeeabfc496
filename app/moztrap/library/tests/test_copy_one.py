"""A new case that begins as a copy of another."""

from collections.abc import Callable

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse

from moztrap.accounts.models import User
from moztrap.catalog.actions import update_version
from moztrap.catalog.models import ProductVersion
from moztrap.core.uploads import take_upload
from moztrap.environments.actions import create_category, create_element, create_environment
from moztrap.environments.models import Environment
from moztrap.library.actions import (
    StepText,
    append_cases,
    attach_files,
    create_suite,
    update_case,
)
from moztrap.library.actions.update_case import CaseText
from moztrap.library.models import CaseVersion, Suite
from moztrap.library.tests.test_case_pages import page_of

Browse = Callable[[User | None], Client]


@pytest.fixture
def environments(versions: list[ProductVersion]) -> list[Environment]:
    category = create_category(by=None, name="System")
    made = [
        create_environment(
            by=None, elements=[create_element(by=None, category=category, name=name)]
        )
        for name in ("Debian", "Windows")
    ]
    version = ProductVersion.objects.get(pk=versions[0].pk)
    update_version(
        version,
        by=None,
        cc_version=version.cc_version,
        name=version.version,
        codename="",
        environments=made,
    )
    return made


@pytest.fixture
def source(caseversion: CaseVersion, environments: list[Environment]) -> CaseVersion:
    """A case with a file, in a suite, and narrowed to one environment."""
    suite = create_suite(by=None, product=caseversion.case.product, name="Smoke")
    append_cases(suite, by=None, cases=[caseversion.case_id])
    taken = take_upload(ContentFile(b"Some text.", name="notes.txt"), folder="attachments")
    attach_files(caseversion, by=None, uploads=[taken])
    current = CaseVersion.objects.get(pk=caseversion.pk)
    text = CaseText(
        name=current.name,
        description="Wear ear plugs.",
        status=current.status,
        idprefix="BELL",
        priority=2,
        steps=[StepText("Press.", "It rings."), StepText("Let go.")],
        tags=list(current.tags.all()),
        environments=environments[:1],
    )
    return update_case(current, by=None, cc_version=current.cc_version, text=text)


def sent_back(page: object) -> dict[str, object]:
    """Return what a browser sends when nothing is changed in the form."""
    form = page.context["form"]  # type: ignore[attr-defined]
    data = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    data |= {field.html_name: field.value() for field in form.steps.management_form}
    for step in form.steps:
        data |= {
            field.html_name: field.value() for field in step if field.value() not in (None, False)
        }
    return data


def test_a_copy_is_offered_changed_and_saved(
    browse: Browse, creator: User, source: CaseVersion
) -> None:
    client = browse(creator)
    address = f"{reverse('library:case_create')}?from={source.pk}"
    assert address in client.get(page_of("case_in_version", source)).content.decode()
    page = client.get(address)
    assert "notes.txt" in page.content.decode()
    data = sent_back(page)
    assert data["name"] == "Copy of Ring the bell"
    client.post(address, data | {"name": "Ring it twice", "and_later": "on"})

    copies = CaseVersion.objects.filter(name="Ring it twice").order_by("productversion__order")
    assert [copy.productversion.version for copy in copies] == ["1.0", "2.0"]
    copy = copies[0]
    assert copy.case_id != source.case_id
    assert (copy.description, copy.case.idprefix, copy.case.priority) == (
        "Wear ear plugs.",
        "BELL",
        2,
    )
    assert list(copy.steps.values_list("instruction", "expected")) == list(
        source.steps.values_list("instruction", "expected")
    )
    assert [tag.name for tag in copy.tags.all()] == ["smoke"]
    assert list(copy.environments.all()) == list(source.environments.all())
    for each in copies:
        assert [file.name for file in each.attachments.all()] == ["notes.txt"]
    suite = Suite.objects.get()
    assert list(suite.suitecases.order_by("order").values_list("case", flat=True)) == [
        source.case_id,
        copy.case_id,
    ]
    source.refresh_from_db()
    assert source.name == "Ring the bell"


@pytest.mark.parametrize("value", ["x", "999", "9" * 40, ""])
def test_what_is_no_case_copies_nothing(
    browse: Browse, creator: User, versions: list[ProductVersion], value: str
) -> None:
    page = browse(creator).get(reverse("library:case_create"), {"from": value})
    assert page.status_code == 200
    assert page.context["form"]["name"].value() is None


def test_testers_are_offered_no_copy(browse: Browse, tester: User, source: CaseVersion) -> None:
    assert "?from=" not in browse(tester).get(page_of("case_in_version", source)).content.decode()
