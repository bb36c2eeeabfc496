"""Secrets: made here, encrypted before they touch the disk."""

import os
import secrets
import string
import subprocess
from pathlib import Path
from typing import Any

import yaml
from ansible.parsing.vault import AnsibleVaultError, VaultLib, VaultSecret

_READABLE = "".join(sorted(set(string.ascii_letters + string.digits) - set("0O1lI")))
_PLACEHOLDER = "CHANGE-ME"


class VaultPasswordError(ValueError):
    """The vault cannot be opened, and why."""


def ensure_password(checkout: Path) -> bytes:
    """The vault password of this checkout, generated at first use.

    ANSIBLE_VAULT_PASSWORD_FILE replaces it, as it does for Ansible itself.
    """
    named = os.environ.get("ANSIBLE_VAULT_PASSWORD_FILE")
    if named:
        return _read_named(Path(named).expanduser())
    path = checkout / ".vault-password"
    if not path.is_file() or not path.read_bytes().strip():
        temporary = path.with_suffix(".new")
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
        temporary.replace(path)
    return path.read_bytes().strip()


def _read_named(path: Path) -> bytes:
    if not path.is_file():
        raise VaultPasswordError(f"ANSIBLE_VAULT_PASSWORD_FILE names {path}, which is not there")
    if os.access(path, os.X_OK):
        answer = subprocess.run([path], capture_output=True, check=True)
        return answer.stdout.strip()
    return path.read_bytes().strip()


def generate(example: Path) -> dict[str, Any]:
    """A new value for every secret that the example inventory names."""
    names = yaml.safe_load(example.read_text())
    return {
        name: _secret(name) if value == _PLACEHOLDER else value for name, value in names.items()
    }


def _secret(name: str) -> str:
    if name.endswith("_secret_key"):
        return secrets.token_urlsafe(64)
    if name.endswith("_admin_password"):
        # A person types this one.
        return "-".join("".join(secrets.choice(_READABLE) for _ in range(5)) for _ in range(4))
    return secrets.token_urlsafe(32)


def encrypt(values: dict[str, Any], password: bytes) -> str:
    """The text of an encrypted vault.yml."""
    plain = "---\n" + yaml.safe_dump(values, default_flow_style=False)
    encrypted: bytes = _library(password).encrypt(plain.encode())
    return encrypted.decode()


def decrypt(path: Path, password: bytes) -> dict[str, Any]:
    """What an encrypted vault.yml holds."""
    try:
        plain = _library(password).decrypt(path.read_bytes())
    except AnsibleVaultError as error:
        raise VaultPasswordError(
            f"{path} cannot be opened with this checkout's vault password (.vault-password)"
        ) from error
    values = yaml.safe_load(plain)
    if not isinstance(values, dict):
        raise VaultPasswordError(f"{path} holds no variables")
    return values


def _library(password: bytes) -> VaultLib:
    return VaultLib([("default", VaultSecret(password))])
