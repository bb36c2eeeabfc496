"""A cache in a folder: private to the application, and written to."""

from testinfra.host import Host

from tests.helpers.visitor import Visitor
from tests.testinfra.conftest import Value

GROUPS = ("web",)
CHOSEN = "moztrap_cache_backend == 'file'"
UNITS = ("moztrap-application@main.service",)


def test_the_folder_is_the_applications_alone(
    host: Host, value: Value, administrator: Visitor
) -> None:
    assert administrator.get("/runs/").status == 200
    folder, user = value("[moztrap_cache_directory, moztrap_user]")
    found = host.file(folder)
    assert (found.user, found.group, found.mode) == (user, user, 0o700)
    files = host.run("find %s -type f -printf '%%m %%u\\n'", folder).stdout.split("\n")
    assert {line for line in files if line} == {f"600 {user}"}


def test_others_are_kept_out(host: Host, value: Value) -> None:
    folder = value("moztrap_cache_directory")
    shown = host.run("setpriv --reuid=nobody --regid=nogroup --clear-groups ls %s", folder)
    assert shown.rc != 0
