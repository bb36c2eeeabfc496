"""A dry run on the converged host has nothing to say.

By its name it comes after the test of drift: what was repaired there needs no second repair.
"""

from tests.testinfra.negative.conftest import Converge


def test_check_reports_no_change(converge: Converge) -> None:
    run = converge("--check", "--diff")
    assert run.status == 0, run.explain()
    assert run.changed == 0, f"would change: {run.changed_tasks}\n{run.explain()}"
