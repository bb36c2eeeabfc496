"""The picture of a run: its cases from left to right, one band for each environment."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.cache import cache
from django.db.models import F

from moztrap.execution.models import Cell, Result, Run

# More columns than a screen can tell apart are put together.
_COLUMNS = 200
_KEPT_SECONDS = 60 * 60
# What a column of several cases shows: the worst of them.
_WORST_FIRST = ("failed", "blocked", "invalid", "pending", "passed", "skipped")


@dataclass(frozen=True)
class HeatMap:
    """Bands by environment (0: anywhere); a band is a path for each status in it."""

    columns: int
    cases_per_column: int
    bands: dict[int, list[tuple[str, str]]]


def heat_map(run: Run, environments: Sequence[int]) -> HeatMap:
    """Draw a run, as wide as a screen whatever its size (2 queries, or 1 if nothing changed).

    Results are only ever added, so a picture is good until there is a newer result, or the
    run was refreshed.
    """
    newest = Result.objects.filter(run=run).order_by("-pk").values_list("pk", flat=True).first()
    key = f"heatmap-{run.pk}-{newest}-{run.refreshed_on}".replace(" ", "-")
    kept: HeatMap | None = cache.get(key)
    if kept is None:
        kept = _draw(run, environments)
        cache.set(key, kept, _KEPT_SECONDS)
    return kept


def _draw(run: Run, environments: Sequence[int]) -> HeatMap:
    total = run.runcaseversions.wanted().count()
    size = max(1, -(-total // _COLUMNS))
    place = F("runcaseversion__order") - 1
    rows = (
        Cell.objects.filter(run=run)
        .wanted()
        .order_by()
        .values_list("environment_key", place - place % size, "status")
        .distinct()
    )
    worst: dict[tuple[int, int], str] = {}
    for key, start, status in rows:
        column = (key, start // size)
        other = worst.get(column, _WORST_FIRST[-1])
        worst[column] = min(status, other, key=_WORST_FIRST.index)
    columns = -(-total // size)
    bands = {
        key: _band([worst.get((key, each), "") for each in range(columns)]) for key in environments
    }
    return HeatMap(columns, size, bands)


def _band(statuses: Sequence[str]) -> list[tuple[str, str]]:
    """Return a path for each status; neighbours of one status are one rectangle."""
    paths: dict[str, list[str]] = {}
    start = 0
    for place in range(1, len(statuses) + 1):
        if place == len(statuses) or statuses[place] != statuses[start]:
            width = place - start
            paths.setdefault(statuses[start], []).append(f"M{start} 0h{width}v1h-{width}z")
            start = place
    paths.pop("", None)
    return [(status, "".join(parts)) for status, parts in sorted(paths.items())]
