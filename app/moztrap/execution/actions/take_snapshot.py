"""Bring what a run knows by itself up to date with suites, cases and environments."""

from dataclasses import dataclass

from django.utils import timezone

from moztrap.execution.actions.count_cells import count_cells
from moztrap.execution.models import Cell, Run, RunCaseVersion
from moztrap.execution.sql import execute, insert_selected

# Case versions of this run's product version that its live, active suites hold: the first
# place of a case counts, and places are numbered through.
_WANTED = """
    SELECT rs.run_id, cv.id,
           ROW_NUMBER() OVER (ORDER BY MIN(rs.`order` * 1000000000 + sc.`order`), cv.id), NULL
    FROM execution_runsuite rs
    JOIN library_suite s
        ON s.id = rs.suite_id AND s.deleted_on IS NULL AND s.status = 'active'
    JOIN library_suitecase sc ON sc.suite_id = s.id
    JOIN library_case c ON c.id = sc.case_id AND c.deleted_on IS NULL
    JOIN library_caseversion cv
        ON cv.case_id = c.id AND cv.productversion_id = %s
        AND cv.deleted_on IS NULL AND cv.status = 'active'
    WHERE rs.run_id = %s AND {runs_here}
    GROUP BY rs.run_id, cv.id
"""
# A case without environments of its own runs in all of the run's.
_SHARES_ONE = """(
    EXISTS (
        SELECT 1 FROM library_caseversion_environments ce
        JOIN execution_run_environments re
            ON re.environment_id = ce.environment_id AND re.run_id = rs.run_id
        WHERE ce.caseversion_id = cv.id
    ) OR NOT EXISTS (
        SELECT 1 FROM library_caseversion_environments ce WHERE ce.caseversion_id = cv.id
    )
)"""
_RUNS_IN = """(
    EXISTS (
        SELECT 1 FROM library_caseversion_environments ce
        WHERE ce.caseversion_id = rcv.caseversion_id AND ce.environment_id = re.environment_id
    ) OR NOT EXISTS (
        SELECT 1 FROM library_caseversion_environments ce
        WHERE ce.caseversion_id = rcv.caseversion_id
    )
)"""
_CELLS = f"""
    SELECT rcv.run_id, rcv.id, re.environment_id, 0, 'pending'
    FROM execution_runcaseversion rcv
    JOIN execution_run_environments re ON re.run_id = rcv.run_id
    WHERE rcv.run_id = %s AND rcv.withdrawn_on IS NULL AND {_RUNS_IN}
"""  # noqa: S608
_CELLS_ANYWHERE = """
    SELECT rcv.run_id, rcv.id, NULL, 0, 'pending'
    FROM execution_runcaseversion rcv
    WHERE rcv.run_id = %s AND rcv.withdrawn_on IS NULL
"""
_WITHDRAW = f"""
    UPDATE execution_cell SET is_withdrawn = 1
    WHERE run_id = %s AND is_withdrawn = 0 AND NOT EXISTS (
        SELECT 1 FROM execution_runcaseversion rcv
        JOIN execution_run_environments re ON re.run_id = rcv.run_id
        WHERE rcv.id = execution_cell.runcaseversion_id AND rcv.withdrawn_on IS NULL
        AND re.environment_id = execution_cell.environment_id AND {_RUNS_IN}
    )
"""  # noqa: S608
_WITHDRAW_ANYWHERE = """
    UPDATE execution_cell SET is_withdrawn = 1
    WHERE run_id = %s AND is_withdrawn = 0 AND (
        environment_id IS NOT NULL OR NOT EXISTS (
            SELECT 1 FROM execution_runcaseversion rcv
            WHERE rcv.id = execution_cell.runcaseversion_id AND rcv.withdrawn_on IS NULL
        )
    )
"""


@dataclass(frozen=True)
class Snapshot:
    """What a run holds after its snapshot was taken."""

    cases: int
    cells: int


def take_snapshot(run: Run) -> Snapshot:
    """Add, order, bring back and withdraw the cases and cells of a run that the caller holds.

    A constant number of statements, whatever the size. Nothing is deleted: what is not
    wanted any more is withdrawn and keeps its results.
    """
    has_environments = run.environments.exists()
    rows = RunCaseVersion.objects.filter(run=run)
    # Who is wanted again comes back with the next statement; who is not keeps the day.
    rows.wanted().update(withdrawn_on=timezone.now())
    insert_selected(
        RunCaseVersion,
        ("run_id", "caseversion_id", "order", "withdrawn_on"),
        _WANTED.format(runs_here=_SHARES_ONE if has_environments else "1 = 1"),
        (run.productversion_id, run.pk),
        conflict=("run_id", "caseversion_id"),
        update=("order", "withdrawn_on"),
    )
    execute(_WITHDRAW if has_environments else _WITHDRAW_ANYWHERE, (run.pk,))
    insert_selected(
        Cell,
        ("run_id", "runcaseversion_id", "environment_id", "is_withdrawn", "status"),
        _CELLS if has_environments else _CELLS_ANYWHERE,
        (run.pk,),
        conflict=("runcaseversion_id", "environment_key"),
        update=("is_withdrawn",),
    )
    return Snapshot(cases=rows.wanted().count(), cells=count_cells(run))
