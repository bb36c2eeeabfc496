"""An operator's certificate is the balancers' alone: what is behind them notices nothing."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from testinfra.host import Host

from tests.helpers import certificates, chosen
from tests.helpers.load import unnoticed
from tests.helpers.operator_certificates import FIRST, NEXT, Operator, make_operator
from tests.helpers.playbook import Run
from tests.testinfra.acme.conftest import NAME
from tests.testinfra.acme_balancers.conftest import Balancer
from tests.testinfra.negative.conftest import Converge

GROUPS = ("web",)
UNITS = ("moztrap-application@main.service", "apache2.service")
PRIVATE = "private.pem"
Choose = Callable[..., Run]


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Operator:
    """Whose certificates are for the site's name."""
    return make_operator(tmp_path_factory.mktemp("operator"), [NAME])


@pytest.fixture(scope="module")
def authorities(inventory: Path, operator: Operator) -> Path:
    """Files on the controller: both.pem, for visitors whoever certifies the site, and others."""
    private = (inventory / ".state" / "tls" / "ca.pem").read_text()
    (operator.folder / PRIVATE).write_text(private)
    return operator.trusted_with(private).parent


@pytest.fixture(scope="module")
def choose(host: Host, converge: Converge, inventory: Path, operator: Operator) -> Iterator[Choose]:
    """Run the site's playbook with one of the certificates, or with the private authority's."""

    def run(which: str | None, *arguments: str) -> Run:
        other = operator.choices(which) if which else {"tls_provider": "private_ca"}
        chosen.choose(inventory, {"moztrap_server_name": NAME} | other)
        return converge(*arguments)

    yield run
    chosen.forget(inventory)


def of_the_host(host: Host) -> str:
    """What the host behind them has: the digests of its certificate, key and authority."""
    shown = host.run(
        "sha256sum /etc/moztrap/tls/host.pem /etc/moztrap/tls/host.key /etc/moztrap/tls/ca.pem"
    )
    assert shown.rc == 0, shown.stderr
    return str(shown.stdout)


def test_a_dry_run_says_what_would_change_and_shows_no_key(
    host: Host, choose: Choose, balancers: list[Balancer], operator: Operator
) -> None:
    assert choose(None).status == 0
    shown = [balancer.serial() for balancer in balancers]
    before = of_the_host(host)
    dry = choose(FIRST, "--check", "--diff")
    assert dry.status == 0, dry.explain()
    assert dry.changed > 0
    key = (operator.folder / FIRST / certificates.KEY).read_text().splitlines()
    assert not [line for line in key[1:-1] if line in dry.output]
    assert [balancer.serial() for balancer in balancers] == shown
    assert of_the_host(host) == before


@pytest.mark.parametrize("which", [FIRST, NEXT])
def test_it_is_shown_and_renewed_and_nobody_notices(
    which: str, host: Host, choose: Choose, balancers: list[Balancer], operator: Operator
) -> None:
    before = of_the_host(host)
    with unnoticed(*(balancer.load() for balancer in balancers)):
        run = choose(which)
    assert run.status == 0, run.explain()
    assert run.changed > 0
    assert [balancer.serial() for balancer in balancers] == [operator.serials[which]] * 2
    assert of_the_host(host) == before


def test_the_operators_key_is_on_balancers_alone(
    host: Host, balancers: list[Balancer], operator: Operator
) -> None:
    key = (operator.folder / NEXT / certificates.KEY).read_bytes()
    digest = hashlib.sha256(key).hexdigest()
    assert digest not in of_the_host(host)
    for balancer in balancers:
        file = balancer.host.file("/etc/moztrap/tls/host.key")
        assert (file.sha256sum, file.mode, file.user) == (digest, 0o600, "root")


def test_a_second_run_changes_nothing(choose: Choose) -> None:
    run = choose(NEXT)
    assert run.status == 0, run.explain()
    assert run.changed == 0, run.changed_tasks


def test_going_back_to_the_private_authority_is_noticed_by_nobody(
    host: Host, choose: Choose, balancers: list[Balancer]
) -> None:
    before = of_the_host(host)
    with unnoticed(*(balancer.load() for balancer in balancers)):
        run = choose(None)
    assert run.status == 0, run.explain()
    for balancer in balancers:
        assert balancer.visit(PRIVATE).get("/healthz").status == 200
    assert of_the_host(host) == before
    again = choose(None)
    assert again.status == 0, again.explain()
    assert again.changed == 0, again.changed_tasks
