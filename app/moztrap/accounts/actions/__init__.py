"""Writes about people."""

from moztrap.accounts.actions.ensure_admin import EnsureResult, ensure_admin
from moztrap.accounts.actions.enter_by_provider import link_identity, register_identity, set_roles
from moztrap.accounts.actions.update_person import LastSuperuserError, update_person

__all__ = [
    "EnsureResult",
    "LastSuperuserError",
    "ensure_admin",
    "link_identity",
    "register_identity",
    "set_roles",
    "update_person",
]
