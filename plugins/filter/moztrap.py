"""Filters of this project's templates."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible.errors import AnsibleFilterError

SHARED = str(Path(__file__).resolve().parents[1] / "module_utils")
# Ansible looks for shared code in this folder for modules only.
if SHARED not in ansible.module_utils.__path__:
    ansible.module_utils.__path__.append(SHARED)

from ansible.module_utils.moztrap.addresses import is_private  # noqa: E402
from ansible.module_utils.moztrap.stages import stages  # noqa: E402


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


def stage_of(hosts: Sequence[str], sizes: Sequence[str | int], host: str) -> int:
    """The number, from 1, of the stage that a host of a rollout is in."""
    try:
        found = stages(hosts, sizes)
    except ValueError as error:
        raise AnsibleFilterError(f"moztrap_stage: {error}") from error
    return next((number for number, names in enumerate(found, 1) if host in names), 0)


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Name → filter."""
        return {
            "moztrap_is_private": is_private,
            "moztrap_python": python_literal,
            "moztrap_stage": stage_of,
        }
