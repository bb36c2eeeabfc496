"""Writes: typed, atomic, audited. Apps build their verbs on these.

create_record(Tag, by=user, name="smoke")
update_record(tag, by=user, cc_version=3, name="smoke test")
delete_record(tag, by=user)      # with everything that belongs to it
undelete_record(tag, by=user)    # brings back exactly what went with it
"""

from moztrap.core.actions.atomic import atomic
from moztrap.core.actions.audit import record_audit
from moztrap.core.actions.create import create_record
from moztrap.core.actions.delete import delete_record
from moztrap.core.actions.errors import ActionError, BusyError, ConcurrencyError, ConflictError
from moztrap.core.actions.undelete import undelete_record
from moztrap.core.actions.update import update_record

__all__ = [
    "ActionError",
    "BusyError",
    "ConcurrencyError",
    "ConflictError",
    "atomic",
    "create_record",
    "delete_record",
    "record_audit",
    "undelete_record",
    "update_record",
]
