"""The application's own tests, run on a host with the vendor library and nothing else.

By an account that may touch its test database alone, and without a network.
"""

import re
import secrets
from collections.abc import Callable, Iterator

import pytest
from testinfra.backend.base import CommandResult
from testinfra.host import Host

from tests.testinfra.conftest import Sql, Value

GROUPS = ("web",)
CHOSEN = "moztrap_python_env == 'vendor'"
UNITS = ("mariadb.service",)
BUILDER = "moztrap-build"
ACCOUNT = "moztrap_suite"
DATABASE = "test_suite"
# Programs that the tests of the caches start for themselves.
PROGRAMS = {"memcached": "memcached", "redis-server": "redis-server"}

InCopy = Callable[..., CommandResult]


@pytest.fixture(scope="module")
def folder(host: Host, value: Value) -> Iterator[str]:
    """A copy of the live release, without its settings, that a user who is not root may write."""
    found = host.run("mktemp --directory /var/tmp/moztrap-suite.XXXXXX").stdout.strip()
    done = host.run(
        "cp --archive %s/current/. %s && rm %s/requirements/vendor %s/moztrap/settings/local.py"
        " && find %s -name __pycache__ -prune -exec rm -r {} + && chown -R %s: %s",
        value("moztrap_home"), found, found, found, found, BUILDER, found,
    )  # fmt: skip
    assert done.rc == 0, done.stderr
    yield found
    host.run("rm -rf %s", found)


@pytest.fixture(scope="module")
def generated(host: Host, folder: str) -> CommandResult:
    """The library with the tools of the tests: this one host is where releases are built."""
    return host.run(
        "cd %s && HOME=%s runuser -u %s -- bin/generate-vendor-lib --tests", folder, folder, BUILDER
    )


@pytest.fixture(scope="module")
def password(host: Host, sql: Sql) -> Iterator[str]:
    """The password of an account for the test database alone."""
    secret = secrets.token_hex(16)
    sql(f"DROP USER IF EXISTS '{ACCOUNT}'@'localhost'")
    sql(f"CREATE USER '{ACCOUNT}'@'localhost' IDENTIFIED BY '{secret}'")
    sql(f"GRANT ALL ON `{DATABASE}`.* TO '{ACCOUNT}'@'localhost'")
    yield secret
    sql(f"DROP USER '{ACCOUNT}'@'localhost'")
    sql(f"DROP DATABASE IF EXISTS `{DATABASE}`")


@pytest.fixture(scope="module")
def programs(host: Host) -> Iterator[None]:
    """What the tests start by themselves; Debian would start services of them."""
    missing = [
        package
        for program, package in PROGRAMS.items()
        if host.run("command -v %s", program).rc != 0
    ]
    if missing:
        units = " ".join(f"{package}.service" for package in missing)
        installed = host.run(
            f"systemctl mask {units} && DEBIAN_FRONTEND=noninteractive apt-get install --yes"
            f" --no-install-recommends {' '.join(missing)}"
        )
        assert installed.rc == 0, installed.stderr
    yield
    if missing:
        host.run(f"apt-get purge --yes {' '.join(missing)} && systemctl unmask {units}")


@pytest.fixture(scope="module")
def in_copy(
    host: Host, folder: str, generated: CommandResult, password: str, hasty: None, programs: None
) -> InCopy:
    """Run what a person types in the copy: the database is there, a network is not."""

    def run(words: str) -> CommandResult:
        assert generated.rc == 0, generated.stderr
        alone = (
            f"ip link set lo up && exec setpriv --reuid={BUILDER} --regid={BUILDER} --init-groups"
        )
        typed = (
            f"cd {folder} && export HOME={folder} LANG=C.UTF-8 PYTHONDONTWRITEBYTECODE=1"
            f" PATH={folder}/requirements/vendor/bin:/usr/sbin:/usr/bin:/sbin:/bin"
            " MOZTRAP_TEST_DATABASE=mariadb"
            f" MOZTRAP_TEST_DATABASE_NAME={DATABASE.removeprefix('test_')}"
            f" MOZTRAP_TEST_DATABASE_USER={ACCOUNT} MOZTRAP_TEST_DATABASE_PASSWORD={password}"
            f" && {words}"
        )
        return host.run("unshare --net -- sh -c %s sh %s", f'{alone} sh -c "$1"', typed)

    return run


def test_the_library_is_made_with_the_tools_of_the_tests(
    host: Host, folder: str, generated: CommandResult
) -> None:
    assert generated.rc == 0, generated.stderr
    assert host.file(f"{folder}/requirements/vendor/bin/coverage").exists


def test_the_account_may_touch_its_test_database_alone(sql: Sql, password: str) -> None:
    grants = [line[0] for line in sql(f"SHOW GRANTS FOR '{ACCOUNT}'@'localhost'")]
    assert len(grants) == 2, grants
    assert grants[0].startswith("GRANT USAGE ON *.*")
    assert grants[1].startswith(f"GRANT ALL PRIVILEGES ON `{DATABASE}`.*")


def test_a_package_with_a_pth_file_works(host: Host, folder: str, in_copy: InCopy) -> None:
    pure = f"{folder}/requirements/vendor/lib/python"
    made = host.run(
        "mkdir %s/elsewhere && echo 'answer = 42' > %s/elsewhere/led_to.py"
        " && echo elsewhere > %s/elsewhere.pth",
        pure, pure, pure,
    )  # fmt: skip
    assert made.rc == 0, made.stderr
    program = "import led_to; print(led_to.answer)"
    done = in_copy(f"python3 vendor-manage.py shell --verbosity 0 -c '{program}'")
    host.run("rm -r %s/elsewhere %s/elsewhere.pth", pure, pure)
    assert done.stdout == "42\n", done.stderr


def test_the_program_for_it_finds_the_library(in_copy: InCopy) -> None:
    done = in_copy("bin/test moztrap/core/tests/test_markdown.py")
    assert done.rc == 0, "\n".join(done.stdout.splitlines()[-60:]) + done.stderr
    assert re.search(r"\b\d+ passed", done.stdout), done.stdout


def test_all_of_them_pass_and_coverage_is_told_in_html(
    host: Host, folder: str, in_copy: InCopy
) -> None:
    done = in_copy("coverage run vendor-manage.py test && coverage html")
    assert done.rc == 0, "\n".join(done.stdout.splitlines()[-80:]) + done.stderr
    assert re.search(r"\b\d{3,} passed", done.stdout), done.stdout[-2000:]
    report = host.file(f"{folder}/htmlcov/index.html").content_string
    assert "_markdown_py.html" in report
    percent = re.findall(r'class="pc_cov">(\d+)%', report)
    assert percent, report[:2000]
    assert int(percent[0]) > 80, percent
