"""A site gets its certificate from an ACME server, renews it, and gives it up again."""

import dataclasses
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
from testinfra.host import Host

from tests.helpers.commands import done
from tests.helpers.load import Load, unnoticed
from tests.helpers.playbook import Run
from tests.helpers.website import Site
from tests.testinfra.acme.conftest import CERTBOTS, Pebble, renew

GROUPS = ("web",)
ONE_HOST = True
UNITS = ("certbot.service", "pebble-elsewhere.service", "apache2.service")
Choose = Callable[..., Run]
Visit = Callable[[str], Site]
Serial = Callable[[], int]


def under_load(make_load: Callable[[], Load], act: Callable[[], Run]) -> Run:
    """Do something while people ask; none may notice."""
    with unnoticed(make_load()):
        return act()


def test_a_site_has_a_name_and_a_certificate_of_its_own_first(choose: Choose, visit: Visit) -> None:
    run = choose(tls_provider="private_ca")
    assert run.status == 0, run.explain()
    assert visit("both.pem").get("/healthz").status == 200


def test_terms_that_nobody_agreed_to_stop_the_run(choose: Choose, pebble: Pebble) -> None:
    run = choose(tls_acme_agree_to_terms=False)
    assert run.status != 0
    assert "No host was touched" in run.output, run.explain()
    assert "termsOfService" in run.output
    assert pebble.orders == 0


def test_a_dry_run_tells_of_the_switch_and_does_nothing(
    choose: Choose, pebble: Pebble, serial: Serial
) -> None:
    before = serial()
    run = choose("--check", "--diff")
    assert run.status == 0, run.explain()
    assert run.changed > 0
    assert pebble.orders == 0
    assert serial() == before


def test_a_refusal_leaves_the_site_as_it_is_and_is_told_once(
    choose: Choose, pebble: Pebble, serial: Serial, make_load: Callable[[], Load]
) -> None:
    """The ACME server finds no site under that name."""
    before = serial()
    run = under_load(make_load, choose)
    assert run.status != 0
    assert "certbot obtained no certificate" in run.output, run.explain()
    assert "Domain: moztrap.test" in run.output
    assert "Then run site.yml again" in run.output
    assert pebble.orders == 1
    assert serial() == before


def test_the_site_gets_its_certificate(
    choose: Choose, pebble: Pebble, address: str, visit: Visit, make_load: Callable[[], Load]
) -> None:
    pebble.learn(address)
    run = under_load(make_load, choose)
    assert run.status == 0, run.explain()
    assert visit("root.pem").get("/healthz").status == 200


def test_a_second_run_changes_nothing_and_asks_nobody(choose: Choose, pebble: Pebble) -> None:
    before = pebble.orders
    for arguments in (("--check",), ()):
        run = choose(*arguments)
        assert run.status == 0, run.explain()
        assert run.changed == 0, run.changed_tasks
    assert pebble.orders == before


def test_status_tells_how_long_it_lasts(choose: Choose) -> None:
    run = choose(playbook="playbooks/status.yml")
    assert run.status == 0, run.explain()
    line = next(line for line in run.output.splitlines() if "certificate of Pebble" in line)
    assert "until 20" in line
    assert "RENEW IT" not in line


def test_the_key_is_for_root_alone(host: Host) -> None:
    key = host.file("/etc/moztrap/tls/host.key")
    assert (key.user, key.mode) == ("root", 0o600)


def renew_under_load(host: Host, serial: Serial, make_load: Callable[[], Load]) -> None:
    """Have certbot renew three times while people ask; none may notice."""
    seen = {serial()}
    with unnoticed(make_load()):
        for _ in range(3):
            renew(host)
            seen.add(serial())
    assert len(seen) == 4, "a renewed certificate was not served"


def test_a_renewal_drops_no_request(
    host: Host, serial: Serial, visit: Visit, make_load: Callable[[], Load]
) -> None:
    renew_under_load(host, serial, make_load)
    assert visit("root.pem").get("/healthz").status == 200


def test_certbot_renews_it_by_itself(host: Host) -> None:
    assert host.service("certbot.timer").is_enabled
    assert host.service("certbot.timer").is_running
    done(host, "systemctl start certbot.service")
    trust = done(host, "systemctl show --property=Environment certbot.service")
    assert "REQUESTS_CA_BUNDLE=/etc/moztrap/tls/acme-ca.pem" in trust


def test_a_run_after_a_renewal_changes_nothing(choose: Choose, serial: Serial) -> None:
    before = serial()
    run = choose()
    assert run.status == 0, run.explain()
    assert run.changed == 0, run.changed_tasks
    assert serial() == before


def test_what_has_drifted_is_repaired_without_asking_anew(
    host: Host, choose: Choose, pebble: Pebble, serial: Serial
) -> None:
    before, orders = serial(), pebble.orders
    done(host, "rm /etc/moztrap/tls/host.pem && chmod 0644 /etc/moztrap/tls/host.key")
    run = choose()
    assert run.status == 0, run.explain()
    assert host.file("/etc/moztrap/tls/host.key").mode == 0o600
    assert host.file("/etc/moztrap/tls/host.pem").exists
    assert (serial(), pebble.orders) == (before, orders)


def test_going_back_to_the_private_authority_leaves_nothing_behind(
    host: Host, choose: Choose, visit: Visit, make_load: Callable[[], Load], inventory: Path
) -> None:
    run = under_load(make_load, lambda: choose(tls_provider="private_ca"))
    assert run.status == 0, run.explain()
    with pytest.raises(ssl.SSLCertVerificationError):
        visit("root.pem").get("/healthz")
    authority = str(inventory / ".state" / "tls" / "ca.pem")
    private = dataclasses.replace(visit("root.pem"), ca_file=authority)
    assert private.get("/healthz").status == 200
    for path in CERTBOTS:
        assert not host.file(path).exists, path
    assert not host.service("certbot.timer").is_enabled
    assert not host.service("certbot.timer").is_running
    # Whoever comes back need not make another.
    assert host.file("/etc/letsencrypt/accounts").exists
    again = choose(tls_provider="private_ca")
    assert again.status == 0, again.explain()
    assert again.changed == 0, again.changed_tasks


def test_a_dry_run_then_a_second_change_over_work_as_the_first(
    choose: Choose, visit: Visit, make_load: Callable[[], Load]
) -> None:
    dry = choose("--check")
    assert dry.status == 0, dry.explain()
    run = under_load(make_load, choose)
    assert run.status == 0, run.explain()
    assert visit("root.pem").get("/healthz").status == 200


def test_another_web_server_takes_the_certificate_over_and_renews_it_as_well(
    host: Host,
    choose: Choose,
    pebble: Pebble,
    serial: Serial,
    visit: Visit,
    make_load: Callable[[], Load],
) -> None:
    before, orders = serial(), pebble.orders
    run = under_load(
        make_load, lambda: choose(moztrap_web_server="nginx", moztrap_wsgi_server="gunicorn")
    )
    assert run.status == 0, run.explain()
    assert host.service("nginx").is_running
    assert (serial(), pebble.orders) == (before, orders)
    renew_under_load(host, serial, make_load)
    assert visit("root.pem").get("/healthz").status == 200
