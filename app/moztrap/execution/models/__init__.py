"""Runs, what is run in them, and what came of it."""

from moztrap.execution.models.buglink import BugLink
from moztrap.execution.models.cell import Cell, CellStatus
from moztrap.execution.models.result import Result, ResultStatus, Review
from moztrap.execution.models.run import Run, RunStatus
from moztrap.execution.models.runcaseversion import RunCaseVersion
from moztrap.execution.models.runsuite import RunSuite
from moztrap.execution.models.stepresult import StepResult
from moztrap.execution.models.tally import Tally

__all__ = [
    "BugLink",
    "Cell",
    "CellStatus",
    "Result",
    "ResultStatus",
    "Review",
    "Run",
    "RunCaseVersion",
    "RunStatus",
    "RunSuite",
    "StepResult",
    "Tally",
]
