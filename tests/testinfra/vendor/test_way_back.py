"""Each release carries its own packages: back to one of the other kind, and forward again."""

import json

from testinfra.host import Host

from tests.helpers.playbook import Run
from tests.helpers.website import Site
from tests.testinfra.conftest import Value
from tests.testinfra.negative.conftest import Converge

GROUPS = ("web",)
CHOSEN = "moztrap_python_env == 'vendor'"
UNITS = ("moztrap-application@main.service", "moztrap-gunicorn@*.service")
HEADER = "X-MozTrap-Deployment"


def kind_of_live(host: Host, value: Value) -> str:
    """What the live deployment has."""
    home = value("moztrap_home")
    return "vendor" if host.file(f"{home}/current/requirements/vendor").exists else "venv"


def serves_what_is_live(host: Host, site: Site, value: Value) -> None:
    """Several processes answer, each for the live deployment, with pages of the database."""
    state = json.loads(host.file(f"{value('moztrap_home')}/state.json").content_string)
    for path in ["/healthz"] * 10 + ["/accounts/login/"] * 5:
        answer = site.get(path)
        assert answer.status == 200, answer.describe()
        assert answer.header(HEADER) == state["current"]


def test_back_to_a_virtual_environment(
    host: Host, site: Site, value: Value, converge: Converge
) -> None:
    assert kind_of_live(host, value) == "vendor"
    run: Run = converge(playbook="playbooks/rollback.yml")
    assert run.status == 0, run.explain()
    assert kind_of_live(host, value) == "venv"
    serves_what_is_live(host, site, value)


def test_a_run_keeps_it_there(host: Host, site: Site, value: Value, converge: Converge) -> None:
    """The hold of a rollback counts more than the choice."""
    run: Run = converge()
    assert run.status == 0, run.explain()
    assert kind_of_live(host, value) == "venv"
    serves_what_is_live(host, site, value)


def test_forward_to_the_vendor_library(
    host: Host, site: Site, value: Value, converge: Converge
) -> None:
    run: Run = converge(playbook="playbooks/release.yml")
    assert run.status == 0, run.explain()
    assert kind_of_live(host, value) == "vendor"
    serves_what_is_live(host, site, value)
