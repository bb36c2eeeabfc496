"""Writes about people."""

from moztrap.accounts.actions.ensure_admin import EnsureResult, ensure_admin
from moztrap.accounts.actions.update_person import LastSuperuserError, update_person

__all__ = ["EnsureResult", "LastSuperuserError", "ensure_admin", "update_person"]
