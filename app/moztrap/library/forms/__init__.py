"""Forms of cases, suites and tags."""

from moztrap.library.forms.bulk import BulkForm
from moztrap.library.forms.case import CaseForm
from moztrap.library.forms.entry import EnterForm, ImportForm
from moztrap.library.forms.suite import SuiteForm
from moztrap.library.forms.tag import MergeForm, TagForm

__all__ = ["BulkForm", "CaseForm", "EnterForm", "ImportForm", "MergeForm", "SuiteForm", "TagForm"]
