"""Forms of runs and results."""

from moztrap.execution.forms.assignment import AssignmentForm
from moztrap.execution.forms.environment import EnvironmentForm
from moztrap.execution.forms.run import RunForm
from moztrap.execution.forms.verdict import VerdictForm
from moztrap.execution.forms.version import VersionForm

__all__ = ["AssignmentForm", "EnvironmentForm", "RunForm", "VerdictForm", "VersionForm"]
