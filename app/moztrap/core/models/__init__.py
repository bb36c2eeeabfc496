"""The common columns of every record, and the audit log."""

from moztrap.core.models.audit import AuditEntry
from moztrap.core.models.record import LiveManager, Record, RecordQuerySet

__all__ = ["AuditEntry", "LiveManager", "Record", "RecordQuerySet"]
