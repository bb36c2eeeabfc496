"""Test cases: what is tested, per product version, step by step."""

from moztrap.library.models.attachment import Attachment
from moztrap.library.models.case import Case, Priority
from moztrap.library.models.casestep import CaseStep
from moztrap.library.models.caseversion import CaseVersion, Status
from moztrap.library.models.imported import ImportedCaseVersion
from moztrap.library.models.suite import Suite
from moztrap.library.models.suitecase import SuiteCase
from moztrap.library.models.tag import Tag

__all__ = [
    "Attachment",
    "Case",
    "CaseStep",
    "CaseVersion",
    "ImportedCaseVersion",
    "Priority",
    "Status",
    "Suite",
    "SuiteCase",
    "Tag",
]
