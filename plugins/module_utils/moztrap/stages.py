"""Which server is in which stage of a rollout."""

from __future__ import annotations

from collections.abc import Sequence


def stages(hosts: Sequence[str], sizes: Sequence[str | int]) -> list[list[str]]:
    """Split hosts as `serial` does: sizes are counts or percentages, the last one repeats.

    Raises ValueError for a size that is neither.
    """
    left = list(hosts)
    found: list[list[str]] = []
    steps = [_count(size, len(hosts)) for size in sizes] or [len(left)]
    while left:
        size = steps[min(len(found), len(steps) - 1)]
        # As Ansible has it, nothing and less mean all of them at once.
        size = size if size > 0 else len(hosts)
        found.append(left[:size])
        left = left[size:]
    return found


def _count(size: str | int, of: int) -> int:
    text = str(size).strip()
    try:
        if text.endswith("%"):
            return int(int(text.removesuffix("%")) / 100.0 * of) or 1
        return int(text)
    except ValueError as error:
        raise ValueError(
            f"assets_stages holds {text!r}; use counts and percentages, as in [1, '25%', '100%']"
        ) from error
