"""Somebody edits a case on a page while it is being imported."""

from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.db import connection, connections

from moztrap.core.actions import ConcurrencyError
from moztrap.library.actions import CaseText, StepText, update_case
from moztrap.library.importing.plan import Plan, make_plan
from moztrap.library.models import CaseVersion
from moztrap.library.tests.source import case
from moztrap.library.tests.test_import_cases import run

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor == "sqlite", reason="SQLite has one writer (make app-mariadb)"
    ),
]


class Editor(Thread):
    """Somebody who opened a case before the import, and saves it during the import."""

    def __init__(self, row: CaseVersion) -> None:
        super().__init__()
        self.row = row
        self.refused = False

    def run(self) -> None:
        text = CaseText("Ours", "", "active", "", 2, [StepText("Ours.")], [])
        try:
            update_case(self.row, by=None, cc_version=self.row.cc_version, text=text)
        except ConcurrencyError:
            self.refused = True
        finally:
            connections.close_all()


def test_an_edit_between_plan_and_write_is_not_overwritten_in_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tmp_path, case(1))
    editor = Editor(CaseVersion.objects.select_related("case").get())

    def plan_then_edit(*args: Any, **kwargs: Any) -> Plan:
        plan = make_plan(*args, **kwargs)
        editor.start()
        # Long enough to save, if nothing keeps the editor waiting.
        editor.join(timeout=1)
        return plan

    monkeypatch.setattr("moztrap.library.actions.import_cases.make_plan", plan_then_edit)
    run(tmp_path, case(1, name="Theirs"))
    editor.join(timeout=10)
    assert not editor.is_alive()
    # Whoever is second learns of the first.
    assert editor.refused
    assert CaseVersion.objects.get().name == "Theirs"
