"""Drift that `site.yml` must repair, and how to see that it did."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Drift:
    """A name, a shell command that plants it, and one that succeeds once it is gone."""

    name: str
    plant: str
    proof: str


_GRANTS = "mariadb --batch --skip-column-names --execute"

DRIFT = (
    Drift(
        "a changed configuration file",
        "echo 'ServerTokens Full' >> /etc/apache2/apache2.conf",
        "! grep -q 'ServerTokens Full' /etc/apache2/apache2.conf",
    ),
    Drift(
        "a stopped service",
        "systemctl stop memcached",
        "systemctl is-active --quiet memcached",
    ),
    Drift(
        "a revoked grant",
        f"{_GRANTS} \"REVOKE INSERT ON moztrap.* FROM 'moztrap'@'localhost'\"",
        f"{_GRANTS} \"SHOW GRANTS FOR 'moztrap'@'localhost'\" | grep -q INSERT",
    ),
    Drift(
        "a missing asset",
        "cd /srv/moztrap/assets && find . -name '*.css' | sort | head -n 1 >/root/asset"
        ' && rm "$(cat /root/asset)"',
        'cd /srv/moztrap/assets && test -s "$(cat /root/asset)"',
    ),
)
