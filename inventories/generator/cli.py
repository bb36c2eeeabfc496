"""Asks what only an operator knows, or takes it from arguments, and writes the inventory."""

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any

from inventories.generator import vault, writer
from inventories.generator.plan import (
    InventoryPlan,
    PlanError,
    check_mail,
    check_server_name,
    parse_hosts,
)

_NAME = re.compile(r"^[a-z0-9][a-z0-9_.-]*$")
_RESERVED = {"shared", "generator", "single", "multi"}
_QUESTIONS = {
    "NAME": "Name of the inventory (a folder below inventories/)",
    "HOSTS": "Host or hosts, each [NAME=][USER@]ADDRESS[:GROUP,…]",
    "SERVER_NAME": "Name of the site in the address bar",
    "MAIL": "Mail address of the first administrator",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write an inventory; 0 when it was written."""
    parser = argparse.ArgumentParser(prog="make inventory", description=__doc__)
    for name, question in _QUESTIONS.items():
        parser.add_argument(f"--{name.lower().replace('_', '-')}", default="", help=question)
    parser.add_argument("--from-mail", default="", help="sender of the site's mail")
    parser.add_argument("--relay", default="", help="mail relay, host or [host]:port")
    given = parser.parse_args(arguments)
    answers = {name: getattr(given, name.lower()).strip() for name in _QUESTIONS}
    try:
        _complete(answers, ask=input if sys.stdin.isatty() else None)
        target = writer.INVENTORIES / _check_name(answers["NAME"])
        plan = _plan(answers, given.from_mail, given.relay)
        writer.create(target, plan, vault.ensure_password(writer.CHECKOUT))
    except (PlanError, writer.InventoryExists, vault.VaultPasswordError) as error:
        print(f"make inventory: {error}", file=sys.stderr)
        return 2
    shown = target.relative_to(writer.CHECKOUT)
    print(
        f"Wrote {shown}: hosts.yml, group_vars/all/main.yml and vault.yml, which is encrypted\n"
        "with .vault-password. Keep a copy of that password where you keep such things: the\n"
        "secrets cannot be read without it, and it is never committed.\n\n"
        "  . .venv/bin/activate\n"
        f"  ansible-vault view {shown}/group_vars/all/vault.yml   # the administrator's password\n"
        f"  ansible-playbook -i {shown} site.yml"
    )
    return 0


def _complete(answers: dict[str, str], ask: Callable[[str], str] | None) -> None:
    missing = [name for name, answer in answers.items() if not answer]
    if not missing:
        return
    if ask is None:
        words = " ".join(f"{name}={answer or '…'}" for name, answer in answers.items())
        lines = "\n".join(f"  {name}: {_QUESTIONS[name]}" for name in missing)
        raise PlanError(
            f"nobody is here to be asked, and {', '.join(missing)} is missing.\n"
            f"Type: make inventory {words}\n{lines}"
        )
    checks: dict[str, Callable[[str], object]] = {
        "NAME": _check_name,
        "HOSTS": parse_hosts,
        "SERVER_NAME": check_server_name,
        "MAIL": check_mail,
    }
    for name in missing:
        while True:
            answers[name] = ask(f"{_QUESTIONS[name]}: ").strip()
            try:
                checks[name](answers[name])
            except PlanError as error:
                print(error, file=sys.stderr)
            else:
                break


def _check_name(name: str) -> str:
    if not _NAME.match(name) or name in _RESERVED:
        raise PlanError(
            f"{name!r} cannot be the inventory's name: use lower-case letters, digits, dashes, "
            f"and none of {', '.join(sorted(_RESERVED))}"
        )
    return name


def _plan(answers: dict[str, str], from_mail: str, relay: str) -> InventoryPlan:
    server_name = check_server_name(answers["SERVER_NAME"])
    hosts = parse_hosts(answers["HOSTS"])
    variables: dict[str, Any] = {}
    if relay:
        variables["smtp_external_relay"] = relay
    if sum("web" in host.groups for host in hosts) > 1:
        # What is uploaded through one web host is read through the others.
        variables["moztrap_media_storage"] = "database"
    return InventoryPlan(
        hosts=hosts,
        server_name=server_name,
        admin_email=check_mail(answers["MAIL"]),
        from_email=from_mail or f"MozTrap <do-not-reply@{server_name}>",
        variables=variables,
    )
