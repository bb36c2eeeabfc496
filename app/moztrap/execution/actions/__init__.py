"""Writes of runs and results."""

from moztrap.execution.actions.activate_run import activate_run, deactivate_run, refresh_run
from moztrap.execution.actions.assign_cells import assign_cells
from moztrap.execution.actions.create_run import RunPlan, clone_run, create_run
from moztrap.execution.actions.record_results import EXPLAINED, Verdict, record_results
from moztrap.execution.actions.review_results import review_results
from moztrap.execution.actions.send_back import send_back_results
from moztrap.execution.actions.skip_case import skip_case, unskip_case
from moztrap.execution.actions.start_build import start_build
from moztrap.execution.actions.update_run import delete_run, update_run

__all__ = [
    "EXPLAINED",
    "RunPlan",
    "Verdict",
    "activate_run",
    "assign_cells",
    "clone_run",
    "create_run",
    "deactivate_run",
    "delete_run",
    "record_results",
    "refresh_run",
    "review_results",
    "send_back_results",
    "skip_case",
    "start_build",
    "unskip_case",
    "update_run",
]
