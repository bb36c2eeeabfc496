"""Writes of tokens."""

from moztrap.api.actions.create_token import create_token, digest_of
from moztrap.api.actions.revoke_token import revoke_token

__all__ = ["create_token", "digest_of", "revoke_token"]
