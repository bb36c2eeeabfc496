"""Oracle's MySQL on a host of its own: web hosts reach it over verified TLS, and not without."""

from testinfra.host import Host

from tests.testinfra.conftest import Sql, Value

GROUPS = ("web",)
CHOSEN = "mysql_flavour == 'mysql'"
UNITS = ("moztrap-application@main.service",)

# As the application connects, with `ssl` and `ssl_mode` as they are or as a test wants them.
CONNECT = """
import MySQLdb
from django.db import connection
options = connection.get_connection_params()
{change}
try:
    cursor = MySQLdb.connect(**options).cursor()
    cursor.execute("SHOW SESSION STATUS LIKE 'Ssl_cipher'")
    print("in with", cursor.fetchone()[1] or "nothing")
except MySQLdb.OperationalError as error:
    print("refused:", *error.args)
"""
STRANGER = (
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=stranger"
    " -keyout /dev/null -out {} 2>/dev/null && chmod 644 {}"
)


def connect(host: Host, value: Value, change: str = "") -> str:
    """What becomes of a connection of the application's account."""
    home, user = value("[moztrap_home, moztrap_user]")
    done = host.run(
        "cd %s/current && runuser -u %s -- bin/manage shell --verbosity 0 --command %s",
        home, user, CONNECT.format(change=change),
    )  # fmt: skip
    assert done.rc == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


def test_the_application_comes_in_encrypted(host: Host, value: Value) -> None:
    assert connect(host, value).startswith("in with TLS_")


def test_nobody_comes_in_unencrypted(host: Host, value: Value) -> None:
    answer = connect(host, value, "options.pop('ssl'); options['ssl_mode'] = 'DISABLED'")
    assert answer.startswith("refused:"), answer
    assert "secure transport" in answer or "insecure transport" in answer, answer


def test_a_server_that_nobody_vouches_for_is_not_told_the_password(
    host: Host, value: Value
) -> None:
    path = "/tmp/stranger.pem"  # noqa: S108
    assert host.run(STRANGER.format(path, path)).rc == 0
    try:
        answer = connect(host, value, f"options['ssl'] = {{'ca': '{path}'}}")
    finally:
        host.run("rm -f %s", path)
    assert answer.startswith("refused:"), answer
    assert "certificate" in answer.lower(), answer


def test_passwords_are_kept_as_mysql_keeps_them(sql: Sql) -> None:
    rows = sql("SELECT DISTINCT plugin FROM mysql.user WHERE user LIKE 'moztrap%'")
    assert rows == [["caching_sha2_password"]]


def test_every_setting_of_ours_is_in_force(sql: Sql, value: Value) -> None:
    expected = {
        "require_secure_transport": "1",
        "log_bin": "0",
        "performance_schema": "0",
        "port": "3306",
        "skip_name_resolve": "1",
    }
    for name, wanted in expected.items():
        assert sql(f"SELECT @@GLOBAL.{name}") == [[wanted]], name
