"""Each balancer gets a certificate of its own, whichever of them the ACME server asks for proof."""

import ssl
from collections.abc import Callable

import pytest
from testinfra.host import Host

from tests.helpers.load import unnoticed
from tests.helpers.playbook import Run
from tests.testinfra.acme.conftest import CERTBOTS, Pebble, renew
from tests.testinfra.acme_balancers.conftest import Balancer

GROUPS = ("web",)
UNITS = ("moztrap-application@main.service", "apache2.service")
Choose = Callable[..., Run]


def test_the_site_has_a_name_first(choose: Choose, balancers: list[Balancer]) -> None:
    run = choose(tls_provider="private_ca")
    assert run.status == 0, run.explain()
    for balancer in balancers:
        assert balancer.visit("both.pem").get("/healthz").status == 200


@pytest.mark.parametrize("arguments", [("--check", "--diff"), ()], ids=["dry run", "run"])
def test_each_gets_one_though_a_single_balancer_is_asked(
    arguments: tuple[str, ...], choose: Choose, pebble: Pebble, balancers: list[Balancer]
) -> None:
    """A name leads to whichever balancer it leads to: that one finds the proof of both."""
    before = [balancer.serial() for balancer in balancers]
    pebble.learn(balancers[0].address)
    with unnoticed(*(balancer.load() for balancer in balancers)):
        run = choose(*arguments)
    assert run.status == 0, run.explain()
    assert run.changed > 0
    shown = [balancer.serial() for balancer in balancers]
    if arguments:
        assert (shown, pebble.orders) == (before, 0)
        return
    assert len({*shown, *before}) == len(shown) + len(before)
    for balancer in balancers:
        assert balancer.visit("root.pem").get("/healthz").status == 200


@pytest.mark.parametrize("arguments", [(), ("--check", "--diff")], ids=["run", "dry run"])
def test_a_second_run_changes_nothing_and_asks_nobody(
    arguments: tuple[str, ...], choose: Choose, pebble: Pebble
) -> None:
    before = pebble.orders
    run = choose(*arguments)
    assert run.status == 0, run.explain()
    assert run.changed == 0, run.changed_tasks
    assert pebble.orders == before


def test_status_tells_of_each(choose: Choose) -> None:
    run = choose(playbook="playbooks/status.yml")
    assert run.status == 0, run.explain()
    assert run.output.count("certificate of Pebble") == 2, run.output


def test_only_balancers_have_what_certbot_needs(host: Host, balancers: list[Balancer]) -> None:
    assert not host.package("certbot").is_installed
    for balancer in balancers:
        assert balancer.host.service("certbot.timer").is_enabled
        assert balancer.host.service("certbot.timer").is_running
        assert balancer.host.file("/etc/moztrap/tls/host.key").mode == 0o600


@pytest.mark.parametrize("asked", [0, 1])
def test_a_renewal_drops_no_request(asked: int, pebble: Pebble, balancers: list[Balancer]) -> None:
    pebble.learn(balancers[asked].address)
    seen = {balancer.serial() for balancer in balancers}
    with unnoticed(*(balancer.load() for balancer in balancers)):
        for balancer in balancers:
            for _ in range(2):
                renew(balancer.host)
                seen.add(balancer.serial())
    assert len(seen) == 6, "a renewed certificate was not served"
    for balancer in balancers:
        assert balancer.visit("root.pem").get("/healthz").status == 200


def test_a_run_after_a_renewal_changes_nothing(choose: Choose) -> None:
    run = choose()
    assert run.status == 0, run.explain()
    assert run.changed == 0, run.changed_tasks


def test_going_back_to_the_private_authority_leaves_nothing_behind(
    choose: Choose, balancers: list[Balancer]
) -> None:
    with unnoticed(*(balancer.load() for balancer in balancers)):
        run = choose(tls_provider="private_ca")
    assert run.status == 0, run.explain()
    for balancer in balancers:
        with pytest.raises(ssl.SSLCertVerificationError):
            balancer.visit("root.pem").get("/healthz")
        assert balancer.visit("both.pem").get("/healthz").status == 200
        for path in CERTBOTS:
            assert not balancer.host.file(path).exists, path
        assert not balancer.host.service("certbot.timer").is_enabled
    again = choose(tls_provider="private_ca")
    assert again.status == 0, again.explain()
    assert again.changed == 0, again.changed_tasks
