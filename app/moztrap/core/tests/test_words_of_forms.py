"""What forms say for nothing chosen, and which fields they call optional."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from moztrap.accounts.models import User
from moztrap.execution.actions import activate_run
from moztrap.execution.models import Cell
from moztrap.execution.tests.conftest import make_bench
from moztrap.library.models import Case

Browse = Callable[[User | None], Client]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("library:case_create", "Choose…"),
        ("library:case_enter", "Choose…"),
        ("library:case_import", "Choose…"),
        ("library:suite_create", "Choose…"),
        ("environments:element_create", "Choose…"),
        ("library:tag_create", "all products"),
    ],
)
def test_nothing_chosen_has_a_name(browse: Browse, superuser: User, name: str, said: str) -> None:
    page = browse(superuser).get(reverse(name)).content.decode()
    assert f'<option value="" selected>{said}</option>' in page
    assert "-----" not in page


def test_a_tester_reads_when_a_comment_is_needed(browse: Browse, superuser: User) -> None:
    run = activate_run(make_bench().run(), by=None)
    cell = Cell.objects.filter(run=run).select_related("runcaseversion__caseversion")[0]
    address = reverse("execution:execute", args=[run.pk, cell.environment_id])
    client = browse(superuser)
    page = client.get(address, {"open": cell.pk}).content.decode()
    assert "What happened</label>" in page
    assert "Needed unless it passes." in page
    # Without a known bug, there is no other one.
    assert "Another bug" not in page
    assert "Bug <span" in page
    case = Case.objects.get(pk=cell.runcaseversion.caseversion.case_id)
    case.buglinks.create(url="https://bugs.example/1")
    assert "Another bug <span" in client.get(address, {"open": cell.pk}).content.decode()
