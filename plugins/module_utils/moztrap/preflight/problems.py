"""One problem, and how all of them are told."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from ansible.module_utils.moztrap.preflight.inventory import SHARED_DEFAULTS

WIDTH = 92


@dataclass(frozen=True, order=True)
class Problem:
    """What is wrong with what, where that was set, and what to type."""

    subject: str
    what: str
    fix: str
    where: str = ""
    host: str = ""


def merge(problems: Sequence[Problem]) -> list[Problem]:
    """The same problem of several hosts told once, in the order found."""
    merged: dict[tuple[str, str, str, str], list[str]] = {}
    for problem in problems:
        key = (problem.subject, problem.what, problem.fix, problem.where)
        hosts = merged.setdefault(key, [])
        if problem.host and problem.host not in hosts:
            hosts.append(problem.host)
    return [
        Problem(subject, what, fix, where, ", ".join(hosts))
        for (subject, what, fix, where), hosts in merged.items()
    ]


def tell(problems: Sequence[Problem], *, own: str) -> str:
    """All problems as a numbered list.

    `own` is where the inventory has variables of its own: nobody shall change the defaults of all
    inventories, where a problem may have been set.
    """
    merged = merge(problems)
    count = len(merged)
    lines = [f"{count} problem{'' if count == 1 else 's'}. No host was touched."]
    for number, problem in enumerate(merged, start=1):
        lines.append("")
        lines.append(f"{number:>3}. {problem.subject}: {problem.what}")
        if problem.where:
            lines.append(f"     set in   {problem.where}")
            if SHARED_DEFAULTS in problem.where:
                lines.append(f"     yours    goes into {own}")
        if problem.host:
            lines.append(f"     on       {problem.host}")
        lines += _wrapped("     do this  ", problem.fix)
    return "\n".join(lines)


def _wrapped(head: str, text: str) -> list[str]:
    pad = " " * len(head)
    out: list[str] = []
    for paragraph in text.split("\n"):
        # Commands are copied whole: they are never wrapped.
        whole = paragraph.startswith("  ")
        parts = [paragraph] if whole else textwrap.wrap(paragraph, WIDTH - len(head))
        out += [(head if not out and part is parts[0] else pad) + part for part in parts]
    return out
