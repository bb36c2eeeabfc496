"""What others found meanwhile, for pages of tests that stay open."""

from hashlib import blake2b
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import get_conditional_response, patch_vary_headers

from moztrap.core.pages import person
from moztrap.core.policies import policy_required
from moztrap.execution.models import Cell, Run, Tally
from moztrap.execution.views.common import get_run

# No page has more rows.
_MOST_ROWS = 100
_MOST_DIGITS = 18


@policy_required("execute")
def progress(request: HttpRequest, pk: int, environment_pk: int) -> HttpResponse:
    """Say how far the run is in this environment, with the rows that are not as they were seen.

    ``seen`` holds the stamps of the rows of a page, with commas between them. A script names
    the state it knows in If-None-Match, and is told in a few bytes that nothing has changed.
    """
    run = get_run(pk)
    tally: Tally = get_object_or_404(run.tallies, environment_key=environment_pk)
    seen = _seen(request.GET.get("seen", ""))
    cells = Cell.objects.in_environment(run, environment_pk)
    stamps = cells.stamps(list(seen)) if seen else {}
    state = _state(run, tally, stamps)
    unchanged = get_conditional_response(request, etag=f'"{state}"')
    if unchanged is not None:
        return unchanged
    changed = [pk for pk, stamp in stamps.items() if seen[pk] != stamp]
    rows: list[Any] = []
    if changed:
        rows = list(cells.filter(pk__in=changed).for_execution(person(request)))
    context = {
        "run": run,
        "environment_pk": environment_pk,
        "tally": tally,
        "state": state,
        "rows": rows,
        "is_another_list": len(stamps) < len(seen),
        "back": request.GET.get("back", ""),
        "open_pk": 0,
        "opened": None,
    }
    answer = render(request, "execution/live.html", context)
    answer["ETag"] = f'"{state}"'
    patch_vary_headers(answer, ["Cookie"])
    return answer


def _seen(text: str) -> dict[int, str]:
    """Return stamps by the ids of their cells; what is none is left out."""
    found: dict[int, str] = {}
    for stamp in text.split(",")[:_MOST_ROWS]:
        pk = stamp.partition("-")[0]
        if pk.isascii() and pk.isdecimal() and len(pk) <= _MOST_DIGITS:
            found[int(pk)] = stamp
    return found


def _state(run: Run, tally: Tally, stamps: dict[int, str]) -> str:
    """Return a name for all that the answer depends on."""
    parts = [run.status, *(f"{name}={number}" for name, number in tally.progress.counts)]
    parts += stamps.values()
    return blake2b(",".join(parts).encode(), digest_size=12).hexdigest()
