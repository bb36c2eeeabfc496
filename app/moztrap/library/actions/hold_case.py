"""One writer of a case at a time."""

from moztrap.library.models import Case


def hold_case(case: Case) -> None:
    """Wait until nobody else changes a case or its versions; before anything is written.

    Its versions share a name and depend on each other: two writers who started with
    different versions would wait for each other's rows, or both take theirs for the last.
    """
    Case.everything.select_for_update().only("pk").get(pk=case.pk)
