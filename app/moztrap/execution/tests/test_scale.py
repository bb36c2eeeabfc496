"""The library that speed is measured with, in small."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from moztrap.execution.models import Cell, Result, Run
from moztrap.execution.scale import Size
from moztrap.execution.tests.conftest import assert_counted
from moztrap.library.models import Case, CaseStep, CaseVersion


def test_it_is_what_actions_would_have_written(db: None) -> None:
    call_command("seed_scale", part=0.002, stdout=StringIO())
    size = Size.of(0.002)
    assert Case.objects.count() == size.products * size.cases_per_product
    assert CaseVersion.objects.count() == Case.objects.count() * size.versions_per_product
    assert CaseVersion.objects.newest_of_each_case().count() == Case.objects.count()
    assert not CaseVersion.objects.with_wrong_latest().exists()
    assert CaseStep.objects.count() > 3 * CaseVersion.objects.count()
    done, open_run = Run.objects.order_by("pk")
    assert Result.objects.count() == Cell.objects.filter(run=done).count() == 100
    assert open_run.progress.pending == open_run.progress.total == 100
    assert done.progress.is_complete
    for cell in Cell.objects.filter(run=done).select_related("result"):
        assert (cell.status, cell.tester_id) == (cell.result.status, cell.result.tester_id)
    for run in (done, open_run):
        assert_counted(run)
    with pytest.raises(CommandError, match="done once"):
        call_command("seed_scale", part=0.002, stdout=StringIO())


@pytest.mark.parametrize("part", ["0", "-1", "2"])
def test_a_part_is_a_part(db: None, part: str) -> None:
    with pytest.raises(CommandError, match="above 0 and up to 1"):
        call_command("seed_scale", f"--part={part}")
