"""Filters of this project's templates."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError


def python_literal(value: Any) -> str:
    """The value as Python source, whatever characters it holds."""
    return repr(_plain(value))


def _plain(value: Any) -> Any:
    # Exact built-in types: Ansible's own tagged ones have representations of their own.
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return "".join(list(value))
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    if isinstance(value, Mapping):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    raise AnsibleFilterError(
        f"moztrap_python: a {type(value).__name__} has no Python literal; "
        "give text, a number, true, false, a list or a mapping"
    )


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Name → filter."""
        return {"moztrap_python": python_literal}
