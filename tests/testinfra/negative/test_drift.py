"""Whatever was changed by hand is put back, and nothing else is touched."""

from testinfra.host import Host

from tests.helpers.website import Site
from tests.testinfra.conftest import Sql, Value
from tests.testinfra.negative.conftest import Converge

GROUPS = ("web",)
ONE_HOST = True
CHOSEN = "moztrap_cache_backend == 'memcached'"
UNITS = ("moztrap-application@main.service", "mariadb.service", "memcached.service")


def test_a_run_repairs_exactly_what_has_drifted(
    host: Host, site: Site, sql: Sql, value: Value, converge: Converge
) -> None:
    facts = value(
        "{'home': moztrap_home, 'database': mysql_database, 'account': mysql_runtime_account,"
        " 'account_host': mysql_account_hosts[0]}"
    )
    settings = "/etc/memcached.conf"
    before = host.file(settings).content_string
    asset = host.run("find %s/assets -name '*.css' -type f | sort | head -1", facts["home"])
    asset_path = asset.stdout.strip()
    asset_digest = host.file(asset_path).sha256sum

    host.run("sed -i 's/^-m .*/-m 1/' %s", settings)
    host.run("systemctl stop postfix")
    sql(
        f"REVOKE DELETE ON `{facts['database']}`.* FROM"
        f" '{facts['account']}'@'{facts['account_host']}'"
    )
    host.run("rm %s", asset_path)
    assert not host.file(asset_path).exists

    run = converge("--diff")
    assert run.status == 0, run.explain()
    assert host.file(settings).content_string == before
    assert host.service("memcached").is_running
    assert host.run("postfix status").rc == 0
    granted = sql(f"SHOW GRANTS FOR '{facts['account']}'@'{facts['account_host']}'")
    assert any("DELETE" in row[0] for row in granted), granted
    assert host.file(asset_path).sha256sum == asset_digest
    assert site.get("/readyz").status == 200
    # The four repairs, and the restart that the configuration file asks for.
    assert 4 <= run.changed <= 6, f"changed: {run.changed_tasks}"
