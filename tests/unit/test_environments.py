"""How a release carries its packages: either way, each deployment finds its own."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import plugins  # noqa: F401  # makes our shared code importable
from tests.helpers.preflight_inventory import make_inventory
from tests.helpers.role_templates import ROOT, render, value

from ansible.module_utils.moztrap import deployment, environment, files  # isort: skip
from ansible.module_utils.moztrap.preflight import site  # isort: skip

KINDS = ("venv", "vendor")
LISTED = (ROOT / "app" / environment.COMPILED).read_text().splitlines()


def make_artefact(home: Path, kind: str, name: str = "") -> Path:
    """An artefact whose application says where its packages are from."""
    artefact = home / "artefacts" / (name or kind)
    (artefact / "app" / "moztrap" / "settings").mkdir(parents=True)
    (artefact / "app" / "requirements").mkdir()
    deploy = artefact / "app" / "moztrap" / "deploy"
    deploy.mkdir()
    for package in (deploy, deploy.parent):
        (package / "__init__.py").touch()
    for file in ("vendor.py", "vendor_wsgi.py"):
        (deploy / file).write_text((ROOT / "app" / "moztrap" / "deploy" / file).read_text())
    # What Django would be, and a package of the system that only the vendor library may use.
    (deploy / "wsgi.py").write_text(
        "import framework\n"
        "try:\n    import debconf as system\nexcept ImportError:\n    system = None\n"
        "application = (framework.__file__, bool(system))\n"
    )
    for file in ("manage.py", "vendor-manage.py"):
        (artefact / "app" / file).touch()
    version = subprocess.check_output(
        ["/usr/bin/python3", "-c", "import sys; print('python%d.%d' % sys.version_info[:2])"],
        text=True,
    ).strip()
    if kind == "venv":
        packages = artefact / "venv" / "lib" / version / "site-packages"
    else:
        packages = artefact / "vendor" / "lib" / "python"
    packages.mkdir(parents=True)
    (packages / "framework.py").touch()
    if kind == "vendor":
        described = subprocess.check_output(
            [
                "/usr/bin/python3",
                "-c",
                "import sysconfig; print(sysconfig.get_config_var('SOABI'))",
            ],
            text=True,
        ).strip()
        facts = {"abi": described, "python": "3.0.0", "packages": {}, "system": {}}
        (artefact / "vendor" / "library.json").write_text(json.dumps(facts))
    (artefact / "files.json").write_text(json.dumps(files.tree_manifest(artefact)))
    return artefact


def make_deployment(home: Path, kind: str) -> deployment.Deployment:
    make_artefact(home, kind)
    made = deployment.Deployment(home, kind, "1234", "DEBUG = False", os.getgid())
    if not made.folder.exists():
        made.create()
    return made


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="settings belong to root")


@needs_root
@pytest.mark.parametrize("kind", KINDS)
def test_a_deployment_leads_to_the_packages_of_its_artefact_and_is_repaired(
    kind: str, tmp_path: Path
) -> None:
    made = make_deployment(tmp_path, kind)
    assert made.differences() == {}
    assert environment.of_deployment(made.folder) == kind
    assert environment.packages_folder(made.folder) == tmp_path / "artefacts" / kind / kind
    link = environment.LINKS[kind]
    files.point_link(made.folder / link, "/tmp/elsewhere")  # noqa: S108
    assert made.differences() == {link: "altered"}
    made.repair(made.differences())
    assert made.differences() == {}


@needs_root
def test_commands_run_with_what_the_deployment_has(tmp_path: Path) -> None:
    venv, vendor = (make_deployment(tmp_path, kind).folder for kind in KINDS)
    assert environment.manage_command(venv, "check") == [
        f"{venv}/venv/bin/python", f"{venv}/manage.py", "check",
    ]  # fmt: skip
    assert environment.manage_command(vendor, "check") == [
        "/usr/bin/python3", f"{vendor}/vendor-manage.py", "check",
    ]  # fmt: skip


@needs_root
def test_a_process_of_mod_wsgi_follows_one_of_the_other_kind(tmp_path: Path) -> None:
    """The same script, started anew after the link was moved: there, back and there again."""
    script = tmp_path / "live.wsgi"
    script.write_text(render("apache", "live.wsgi.j2", moztrap_home=str(tmp_path)))
    made = {kind: make_deployment(tmp_path, kind) for kind in KINDS}
    for kind in (*KINDS, *KINDS):
        files.point_link(tmp_path / "current", str(made[kind].folder))
        shown = subprocess.run(
            [
                *("/usr/bin/python3", "-B", "-c"),
                f"import runpy; print(*runpy.run_path({str(script)!r})['application'])",
            ],
            cwd="/", env={"PATH": "/usr/bin"}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert shown.returncode == 0, shown.stderr
        framework, _ = shown.stdout.split()
        assert framework.startswith(f"{tmp_path}/artefacts/{kind}/{kind}/"), shown.stdout


@needs_root
def test_a_virtual_environment_does_not_see_packages_of_the_system(tmp_path: Path) -> None:
    script = tmp_path / "live.wsgi"
    script.write_text(render("apache", "live.wsgi.j2", moztrap_home=str(tmp_path)))
    files.point_link(tmp_path / "current", str(make_deployment(tmp_path, "venv").folder))
    program = (
        "import runpy, sys\n"
        f"runpy.run_path({str(script)!r})\n"
        "print([path for path in sys.path if 'dist-packages' in path])"
    )
    shown = subprocess.check_output(["/usr/bin/python3", "-B", "-c", program], cwd="/", text=True)
    assert shown.strip() == "[]"


def test_apache_says_nothing_of_where_packages_are() -> None:
    """It is read once, and processes are replaced without it when a release goes live."""
    assert "python-home" not in render("apache", "application.conf.j2")


def test_gunicorn_starts_either_kind() -> None:
    unit = render("gunicorn", "moztrap-gunicorn@.service.j2")
    start = next(line for line in unit.splitlines() if line.startswith("ExecStart="))
    assert "if test -d venv; then exec venv/bin/python -B -m gunicorn " in start
    assert "exec /usr/bin/python3 -B -m moztrap.deploy.vendor gunicorn " in start
    assert start.endswith(" moztrap.deploy.vendor_wsgi:application'")


@pytest.mark.parametrize(
    ("release", "packages"),
    [
        ("12", ["python3-brotli", "python3-charset-normalizer", "python3-yaml"]),
        ("13", ["python3-brotli", "python3-charset-normalizer", "python3-nh3", "python3-yaml"]),
        ("99", []),
    ],
)
def test_each_release_of_debian_serves_its_own_packages(release: str, packages: list[str]) -> None:
    assert environment.debian_packages(LISTED, release) == packages


def test_hosts_get_the_packages_that_the_release_counts_on() -> None:
    facts = {"moztrap_release": {"packages": ["python3-yaml"]}}
    for name in ("artefact__packages_to_run", "artefact__packages_to_build"):
        assert "python3-yaml" in value("artefact", name, ansible_facts=facts)


def preflight(**changes: Any) -> list[str]:
    return [f"{each.subject} {each.what}" for each in site.choice_problems(make_inventory(changes))]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("wsgi", ["mod_wsgi", "gunicorn"])
def test_either_kind_runs_under_either_server(kind: str, wsgi: str) -> None:
    assert preflight(moztrap_python_env=kind, moztrap_wsgi_server=wsgi) == []


def test_what_is_neither_is_refused() -> None:
    assert preflight(moztrap_python_env="conda") == ["moztrap_python_env conda means nothing"]


@pytest.mark.parametrize(
    ("interpreter", "kind", "refused"),
    [
        ("/opt/python/bin/python3.12", "vendor", True),
        ("/opt/python/bin/python3.12", "venv", False),
        ("/usr/bin/python3", "vendor", False),
        ("/usr/bin/python3.11", "vendor", False),
        ("auto_silent", "vendor", False),
    ],
)
def test_the_vendor_library_is_for_debians_own_python(
    interpreter: str, kind: str, refused: bool
) -> None:
    found = preflight(moztrap_python_env=kind, ansible_python_interpreter=interpreter)
    assert bool(found) == refused, found
