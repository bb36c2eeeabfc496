"""Forms of cases, suites and tags."""

from moztrap.library.forms.case import CaseForm
from moztrap.library.forms.suite import SuiteForm
from moztrap.library.forms.tag import TagForm

__all__ = ["CaseForm", "SuiteForm", "TagForm"]
