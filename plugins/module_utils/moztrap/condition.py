"""How a host of a site stands: what it serves, and whether that is as it should be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.module_utils.moztrap import certificate
from ansible.module_utils.moztrap.activation import DEPLOYMENT_HEADER, degraded
from ansible.module_utils.moztrap.balancer import (
    READY,
    AdminSocket,
    Balancer,
    BalancerError,
    NotRunningError,
)
from ansible.module_utils.moztrap.web import Answer


def application(recorded: dict[str, Any], answer: Answer | None) -> tuple[str, str]:
    """What a web host serves, and its condition."""
    live = str(recorded.get("current") or "nothing")
    if answer is None:
        return live, "does not answer"
    served = answer.headers.get(DEPLOYMENT_HEADER, "nothing")
    if served != live:
        return served, f"serves {served}, but {live} was activated"
    if answer.status != 200:
        return served, f"not ready (status {answer.status})"
    troubles = degraded(answer)
    return served, f"degraded: {', '.join(sorted(troubles))}" if troubles else "ready"


def assets(proofs: Path, release: str) -> tuple[str, str]:
    """Which proofs a static server holds, and whether that of the live release is among them."""
    held = sorted(path.stem for path in proofs.glob("*.txt")) if proofs.is_dir() else []
    served = f"proof of {len(held)} releases" if len(held) != 1 else f"proof of {held[0]}"
    if not release:
        return served, "nothing is live"
    return served, "proven" if release in held else f"lacks the proof of {release}"


def balancer(socket: str, backends: list[str]) -> tuple[str, str]:
    """Where a balancer sends requests, and what gets none."""
    up, out = 0, []
    try:
        for backend in backends:
            for server in Balancer(AdminSocket(socket), backend).servers().values():
                if server.admin == READY and server.is_up:
                    up += 1
                else:
                    why = server.admin if server.admin != READY else "down"
                    out.append(f"{server.name} ({backend}) {why}")
    except NotRunningError:
        return "nothing", "HAProxy does not run"
    except BalancerError as error:
        return "nothing", str(error)
    return f"{up} servers", ", ".join(out) if out else "all up"


def shown_certificate(address: str, server_name: str) -> tuple[str, str]:
    """Whose certificate visitors are shown, and how long it lasts."""
    try:
        found = certificate.served(address, server_name)
    except (OSError, certificate.CertificateError) as error:
        return "no certificate", str(error)
    serves = f"certificate of {found.issuer}"
    if not found.is_for(server_name):
        return serves, f"NOT FOR {server_name}"
    if found.has_ended():
        return serves, f"ENDED on {found.ends()}"
    left = found.days_left()
    state = f"until {found.ends()}, {left} day{'' if left == 1 else 's'}"
    return serves, f"{state}: RENEW IT" if found.is_overdue() else state
