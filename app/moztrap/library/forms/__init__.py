"""Forms of cases and tags."""

from moztrap.library.forms.case import CaseForm
from moztrap.library.forms.tag import TagForm

__all__ = ["CaseForm", "TagForm"]
