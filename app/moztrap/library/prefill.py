"""How filters of the library fill new forms in."""

from collections.abc import Sequence
from typing import Any

from moztrap.core.conditions import is_id
from moztrap.core.prefill import Rule
from moztrap.library.models import Suite
from moztrap.library.names import join_names


def as_line(values: Sequence[str], initial: dict[str, Any]) -> str:
    """Return tags as a line of names; a pattern is no name."""
    return join_names(value for value in values if "*" not in value)


def suites_named(values: Sequence[str], initial: dict[str, Any]) -> list[int]:
    """Return the suites of the product at hand that have one of these very names (1 query)."""
    version = str(initial.get("productversion") or "")
    if not values or not is_id(version):
        return []
    rows = Suite.objects.filter(product__versions=version, name__in=list(values))
    return list(rows.order_by("name").values_list("pk", flat=True))


def first_suite_named(values: Sequence[str], initial: dict[str, Any]) -> int | None:
    """Return the one of them, where a form takes one."""
    found = suites_named(values, initial)
    return found[0] if len(found) == 1 else None


VERSION = {"productversion": Rule("version")}
CASE = VERSION | {
    "status": Rule("status"),
    "priority": Rule("priority"),
    "tags": Rule("tag", as_line),
    "suites": Rule("suite", suites_named),
}
ENTRY = {name: rule for name, rule in CASE.items() if name != "suites"} | {
    "suite": Rule("suite", first_suite_named)
}
SUITE = {"product": Rule("product"), "status": Rule("status")}
TAG = {"product": Rule("product")}
