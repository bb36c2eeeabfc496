"""Values that stand for something that nobody filled in."""

from __future__ import annotations

import re

RESERVED_DOMAINS = ("example", "example.com", "example.net", "example.org", "invalid")
PLACEHOLDER_TEXT = re.compile(
    r"change[-_ ]?me|placeholder|insecure|not-a-secret|^(secret|password|example|xxx+|todo|tbd)$",
    re.IGNORECASE,
)
FEWEST_DIFFERENT_CHARACTERS = 5


def is_placeholder_host(name: str) -> bool:
    """Does this name a host that cannot exist, or that nobody meant?"""
    bare = name.strip().lower().rstrip(".")
    reserved = any(bare == domain or bare.endswith("." + domain) for domain in RESERVED_DOMAINS)
    return not bare or reserved or bool(PLACEHOLDER_TEXT.search(bare))


def is_placeholder_address(address: str) -> bool:
    """Is the domain of this mail address a placeholder?"""
    return is_placeholder_host(address.rpartition("@")[2].strip().rstrip(">").strip())


def secret_problem(secret: str, shortest: int) -> str:
    """What is wrong with a secret, without telling it; nothing when it is fine."""
    if not secret:
        return "is empty"
    if PLACEHOLDER_TEXT.search(secret):
        return "is still a placeholder"
    if len(secret) < shortest:
        return f"is too short: {len(secret)} characters, {shortest} or more are needed"
    if len(set(secret)) < FEWEST_DIFFERENT_CHARACTERS:
        return "repeats so few characters that it could be guessed"
    return ""
