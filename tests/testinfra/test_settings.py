"""Role settings: the live local.py."""

from testinfra.host import Host

from tests.testinfra.conftest import Value

GROUPS = ("web",)
UNITS = ("moztrap-application@main.service", "moztrap-gunicorn@*.service")
MANAGE = "cd %s/current && runuser -u %s -- bin/manage "


def local_settings(host: Host, value: Value) -> str:
    """Return the live local.py."""
    path = f"{value('moztrap_home')}/current/moztrap/settings/local.py"
    return str(host.file(path).content_string)


def test_is_for_root_and_the_application(host: Host, value: Value) -> None:
    facts = value("{'home': moztrap_home, 'user': moztrap_user}")
    file = host.file(f"{facts['home']}/current/moztrap/settings/local.py")
    assert (file.user, file.group, file.mode) == ("root", facts["user"], 0o640)


def test_says_who_manages_it(host: Host, value: Value) -> None:
    assert "Ansible managed" in local_settings(host, value)


def test_has_no_init_command_and_no_owner_credential(host: Host, value: Value) -> None:
    text = local_settings(host, value)
    live = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    assert "init_command" not in live
    assert value("mysql_owner_password") not in text
    assert value("mysql_owner_account") not in text


def test_no_release_on_the_host_has_the_owner_credential(host: Host, value: Value) -> None:
    """Nor any other file that outlives the migration."""
    # The pattern goes in by standard input: arguments are visible to others.
    secret = value("mysql_owner_password")
    found = host.run(
        "grep --recursive --files-with-matches --fixed-strings --file=/dev/stdin"
        " /srv/moztrap /etc /var/lib/moztrap-build /run/moztrap 2>/dev/null <<'END'\n"
        + secret.replace("%", "%%")
        + "\nEND"
    )
    assert found.stdout == "", found.stdout


def test_deploy_check_has_no_warning(host: Host, value: Value) -> None:
    facts = value("[moztrap_home, moztrap_user]")
    checked = host.run(MANAGE + "check --deploy --fail-level WARNING", *facts)
    assert checked.rc == 0, checked.stdout + checked.stderr


def test_old_name_of_the_check_still_works(host: Host, value: Value) -> None:
    facts = value("[moztrap_home, moztrap_user]")
    checked = host.run(MANAGE + "checksecure", *facts)
    assert checked.rc == 0, checked.stdout + checked.stderr
