"""What happened to a case version, as sentences."""

from dataclasses import dataclass
from datetime import datetime

from moztrap.core.models import AuditEntry
from moztrap.library.models import CaseVersion

_SHOWN = 20
_NAMES = {"envs_narrowed": ""}
_DEEDS = {
    "create": "created it",
    "change steps": "changed the steps",
    "delete": "deleted it",
    "undelete": "brought it back",
}
_FILE_DEEDS = {"attach": "attached", "detach": "removed the attachment"}


@dataclass(frozen=True)
class Event:
    """One line of the history."""

    at: datetime
    who: str
    what: str


def history_of(caseversion: CaseVersion) -> list[Event]:
    """Return the newest events of a case version, newest first (1 query)."""
    entries = AuditEntry.objects.filter(
        model=CaseVersion._meta.label_lower, object_id=str(caseversion.pk)
    )
    return [
        Event(entry.at, entry.actor_name or "the system", what)
        for entry in entries.order_by("-pk")[:_SHOWN]
        if (what := _sentence(entry))
    ]


def _sentence(entry: AuditEntry) -> str:
    if deed := _FILE_DEEDS.get(entry.verb):
        return f"{deed} “{entry.details.get('name', '')}”"
    if entry.verb != "update":
        return _DEEDS.get(entry.verb, entry.verb)
    names = [_NAMES.get(name, name) for name in entry.details]
    changed = ", ".join(name for name in names if name)
    # An update of nothing but the steps is told by the entry about them.
    return f"changed {changed}" if changed else ""
