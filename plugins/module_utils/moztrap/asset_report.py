"""The table of what happened to assets: one line a server, whatever became of it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible.module_utils.moztrap import table as tables

Row = Mapping[str, Any]
MOST_LINES = 20
TITLES = {
    "sent": "Assets of release {release}, sent and not proven",
    "present": "Assets of release {release}",
    "planned": "What would be sent of the assets of release {release}",
    "verified": "Proof of the assets of release {release}",
    "pruned": "Old assets",
    "would-prune": "What would be removed of old assets",
}
COLUMNS = {
    "sent": ("server", "files", "sent", "MB sent", "seconds"),
    "present": ("server", "stage", "files", "sent", "MB sent", "verified", "seconds"),
    "planned": ("server", "stage", "files", "to send", "MB to send"),
    "verified": ("server", "files", "missing", "altered", "unexpected", "verified", "seconds"),
    "pruned": ("server", "removed", "MB removed", "files left", "unexpected"),
    "would-prune": ("server", "to remove", "MB to remove", "files left", "unexpected"),
}


def table(kind: str, rows: Sequence[Row]) -> str:
    """A title, a line a server, and below it what was wrong and what was found."""
    first = next((row for row in rows if row.get("release")), {})
    title = TITLES[kind].format(release=first.get("release", ""))
    cells = [_cells(kind, row) for row in rows]
    lines = tables.render(COLUMNS[kind], cells, numbers_from=1)
    text = [title]
    text += [line + _remark(row) for line, row in zip(lines, [{}, *rows], strict=True)]
    text += [line for row in rows for line in _details(row)]
    return "\n".join(text)


def not_begun(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """A row for every server of the rollout that it did not get to."""
    rollout: list[list[str]] = next((row["rollout"] for row in rows if row.get("rollout")), [])
    seen = {row["server"] for row in rows}
    return [
        {"server": name, "stage": number, "stages": len(rollout), "state": "not begun"}
        for number, names in enumerate(rollout, 1)
        for name in names
        if name not in seen
    ]


def write(folder: Path, kind: str, rows: Sequence[Row], now: float) -> Path:
    """Keep the rows as JSON; return the file."""
    release = next((row["release"] for row in rows if row.get("release")), "all")
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"assets-{release}-{stamp}.json"
    number = 1
    while path.exists():
        number += 1
        path = folder / f"assets-{release}-{stamp}-{number}.json"
    content = {"kind": kind, "release": release, "time": stamp, "servers": [dict(r) for r in rows]}
    path.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n")
    return path


def _cells(kind: str, row: Row) -> tuple[str, ...]:
    stage = f"{row.get('stage', '?')}/{row.get('stages', '?')}"
    megabytes = f"{row.get('bytes', 0) / 1e6:.1f}"
    name = str(row["server"])
    if row.get("state") in {"not begun", "unreachable"}:
        blank = ["-"] * (len(COLUMNS[kind]) - 1)
        if kind in {"present", "planned"}:
            blank[0] = stage
        return (name, *blank)
    found = {
        "server": name,
        "stage": stage,
        "MB sent": megabytes,
        "MB to send": megabytes,
        "MB removed": megabytes,
        "MB to remove": megabytes,
        "to send": str(row.get("missing", 0) + row.get("altered", 0)),
        "removed": str(row.get("count", 0)),
        "to remove": str(row.get("count", 0)),
        "files left": str(row.get("files", 0)),
        "unexpected": str(row.get("unexpected", 0)),
        "seconds": f"{row.get('seconds', 0):.1f}",
    }
    return tuple(found.get(column, "") or str(row.get(column, 0)) for column in COLUMNS[kind])


def _remark(row: Row) -> str:
    state = row.get("state", "")
    return f"  {state}" if state not in {"", "done", "planned"} else ""


def _details(row: Row) -> Iterable[str]:
    name = row["server"]
    if row.get("problem"):
        yield f"{name}: {row['problem']}"
    drift = [f"{kind} {path} ({what})" for kind, path, what in row.get("drift", [])]
    removed = list(row.get("removed", []))
    for lines in (drift, removed):
        yield from (f"{name}: {line}" for line in lines[:MOST_LINES])
        if len(lines) > MOST_LINES:
            yield f"{name}: and {len(lines) - MOST_LINES} more"
