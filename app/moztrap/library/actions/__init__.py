"""Writes of cases, their versions, suites and tags."""

from moztrap.library.actions.bulk_edit import (
    BulkChange,
    bulk_delete,
    bulk_edit,
    preview_bulk_edit,
)
from moztrap.library.actions.copy_cases import copy_cases, missing_cases
from moztrap.library.actions.create_case import create_case
from moztrap.library.actions.create_suite import clone_suite, create_suite
from moztrap.library.actions.create_tag import create_tag
from moztrap.library.actions.delete_caseversion import delete_caseversion
from moztrap.library.actions.delete_tag import delete_tag
from moztrap.library.actions.enter_cases import Entry, EntryPlan, enter_cases, plan_entry
from moztrap.library.actions.extend_case import extend_case
from moztrap.library.actions.fill_suite import add_cases, remove_cases
from moztrap.library.actions.mark_latest import mark_latest
from moztrap.library.actions.merge_tags import merge_tags
from moztrap.library.actions.order_suite import move_cases
from moztrap.library.actions.place_case import place_case
from moztrap.library.actions.place_cases import append_cases, arrange_cases
from moztrap.library.actions.undelete_batch import undelete_batch
from moztrap.library.actions.update_case import CaseText, update_case
from moztrap.library.actions.update_suite import delete_suite, update_suite
from moztrap.library.actions.update_tag import update_tag
from moztrap.library.actions.write_attachments import attach_files, delete_attachment
from moztrap.library.actions.write_steps import StepText

__all__ = [
    "BulkChange",
    "CaseText",
    "Entry",
    "EntryPlan",
    "StepText",
    "add_cases",
    "append_cases",
    "arrange_cases",
    "attach_files",
    "bulk_delete",
    "bulk_edit",
    "clone_suite",
    "copy_cases",
    "create_case",
    "create_suite",
    "create_tag",
    "delete_attachment",
    "delete_caseversion",
    "delete_suite",
    "delete_tag",
    "enter_cases",
    "extend_case",
    "mark_latest",
    "merge_tags",
    "missing_cases",
    "move_cases",
    "place_case",
    "plan_entry",
    "preview_bulk_edit",
    "remove_cases",
    "undelete_batch",
    "update_case",
    "update_suite",
    "update_tag",
]
