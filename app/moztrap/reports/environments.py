"""The environments that a run has, or has had."""

from moztrap.environments.models import Environment
from moztrap.execution.models import Cell, Run

ANYWHERE = "anywhere"


def environment_names(run: Run) -> dict[int, str]:
    """Return names by key (0: anywhere), sorted by name; withdrawn ones included (3 queries)."""
    keys = list(
        Cell.objects.filter(run=run).order_by().values_list("environment_key", flat=True).distinct()
    )
    rows = Environment.everything.with_elements().in_bulk([key for key in keys if key])
    named = [(key, str(rows[key]) if key else ANYWHERE) for key in keys]
    return dict(sorted(named, key=lambda each: each[1]))
