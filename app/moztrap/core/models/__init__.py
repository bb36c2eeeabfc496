"""The common columns of every record, the audit log, and files kept in the database."""

from moztrap.core.models.audit import AuditEntry
from moztrap.core.models.record import LiveManager, Record, RecordQuerySet
from moztrap.core.models.stored import StoredChunk, StoredFile

__all__ = ["AuditEntry", "LiveManager", "Record", "RecordQuerySet", "StoredChunk", "StoredFile"]
