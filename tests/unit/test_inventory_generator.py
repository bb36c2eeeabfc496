"""`make inventory`: what it asks, writes, encrypts and refuses."""

import io
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml

from inventories.generator import cli, vault, writer
from inventories.generator.plan import InventoryPlan, PlanError, check_server_name, parse_hosts

PASSWORD = b"for tests alone"
PLAN = InventoryPlan(
    hosts=parse_hosts("203.0.113.10"),
    server_name="moztrap.example.com",
    admin_email="admin@example.com",
    from_email="MozTrap <do-not-reply@moztrap.example.com>",
)
EXAMPLE = writer.INVENTORIES / "single"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "inventories" / "site"


def test_shape_is_that_of_the_example(target: Path) -> None:
    target.parent.mkdir()
    writer.create(target, PLAN, PASSWORD)
    shape = {str(path.relative_to(target)) for path in target.rglob("*") if not path.is_dir()}
    example = {str(path.relative_to(EXAMPLE)) for path in EXAMPLE.rglob("*.yml")}
    assert shape == example
    ours, theirs = (
        yaml.safe_load((folder / "hosts.yml").read_text())["all"] for folder in (target, EXAMPLE)
    )
    assert set(ours["children"]) == set(theirs["children"])
    main, example_main = (
        yaml.safe_load((folder / "group_vars/all/main.yml").read_text())
        for folder in (target, EXAMPLE)
    )
    assert set(main) == set(example_main)


def test_every_secret_is_generated_encrypted_and_different(target: Path) -> None:
    target.parent.mkdir()
    made = writer.create(target, PLAN, PASSWORD)
    names = yaml.safe_load((EXAMPLE / "group_vars/all/vault.yml").read_text())
    assert set(made) == set(names)
    assert len(set(made.values())) == len(made)
    assert all(len(value) >= 20 and "CHANGE" not in value for value in made.values())
    assert len(made["vault_moztrap_secret_key"]) >= 50
    path = target / "group_vars/all/vault.yml"
    text = path.read_text()
    assert text.startswith("$ANSIBLE_VAULT;")
    assert not any(value in text for value in made.values())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert writer.secrets_of(target, PASSWORD) == made
    with pytest.raises(vault.VaultPasswordError, match=r"vault\.yml cannot be opened"):
        writer.secrets_of(target, b"another")


def test_an_inventory_is_never_overwritten(target: Path) -> None:
    target.parent.mkdir()
    made = writer.create(target, PLAN, PASSWORD)
    with pytest.raises(writer.InventoryExists, match="exists already"):
        writer.create(target, PLAN, PASSWORD)
    assert writer.secrets_of(target, PASSWORD) == made


def test_vault_password_is_made_once_and_private(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANSIBLE_VAULT_PASSWORD_FILE", raising=False)
    first = vault.ensure_password(tmp_path)
    assert first == vault.ensure_password(tmp_path)
    assert stat.S_IMODE((tmp_path / ".vault-password").stat().st_mode) == 0o600


def test_ansibles_own_variable_names_the_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = tmp_path / "elsewhere"
    named.write_text("from elsewhere\n")
    monkeypatch.setenv("ANSIBLE_VAULT_PASSWORD_FILE", str(named))
    assert vault.ensure_password(tmp_path) == b"from elsewhere"
    assert not (tmp_path / ".vault-password").exists()


def test_several_hosts_with_users_and_groups() -> None:
    web, db = parse_hosts("web1=203.0.113.1:web,static ops@203.0.113.2:db,cache,mail,build")
    assert (web.name, web.address, web.groups) == ("web1", "203.0.113.1", ("web", "static"))
    assert (db.name, db.user) == ("203.0.113.2", "ops")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("", "no host was named"),
        ("a b", "say what each is for"),
        ("a:webb", "unknown group webb"),
        ("a:web", "no host is in group static, db, cache, mail, build"),
        ("x=10.0.0.1:web,static x=10.0.0.2:db,cache,mail,build", "host x is named twice"),
        ("10.0.0.1:web,static db.your.org:db,cache,mail,build", "db.your.org.*its address"),
        ("a=10.0.0.1:web,static b=10.0.0.1:db,cache,mail,build", "10.0.0.1 is named twice"),
        ("10.0.0.1:web,static 10.0.0.2:web,static,db,cache,mail,build", "2 web hosts.*balancer"),
        ("10.0.0.1:web 10.0.0.2:static,db,cache,mail,build", "static files.*balancer"),
        ("10.0.0.1:balancer,web,static 10.0.0.2:db,cache,mail,build", "10.0.0.1.*443"),
        ("https://a", "is no host"),
    ],
)
def test_wrong_hosts_are_explained(words: str, problem: str) -> None:
    with pytest.raises(PlanError, match=problem):
        parse_hosts(words)


@pytest.mark.parametrize("name", ["https://a.example", "a_b", "", "-a", "a..b"])
def test_wrong_server_names_are_refused(name: str) -> None:
    with pytest.raises(PlanError):
        check_server_name(name)


NINE = (
    "b=10.0.0.1:balancer w1=10.0.0.2:web w2=10.0.0.3:web s1=10.0.0.4:static s2=10.0.0.5:static "
    "d=10.0.0.6:db c=10.0.0.7:cache m=10.0.0.8:mail build.your.org:build"
)


@pytest.mark.parametrize(("hosts", "storage"), [("10.0.0.1", None), (NINE, "database")])
def test_uploads_are_where_every_web_host_reads_them(
    hosts: str, storage: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "INVENTORIES", tmp_path)
    monkeypatch.setattr(writer, "CHECKOUT", tmp_path)
    monkeypatch.delenv("ANSIBLE_VAULT_PASSWORD_FILE", raising=False)
    given = ["--hosts", hosts, "--server-name", "tests.your.org", "--mail", "qa@your.org"]
    assert cli.main(["--name", "site", *given]) == 0
    written = yaml.safe_load((tmp_path / "site/group_vars/all/main.yml").read_text())
    assert written.get("moztrap_media_storage") == storage


def test_several_hosts_have_the_shape_of_their_example(tmp_path: Path) -> None:
    example = yaml.safe_load((writer.INVENTORIES / "multi/hosts.yml").read_text())["all"]
    plan = InventoryPlan(parse_hosts(NINE), "tests.your.org", "qa@your.org", "qa@your.org")
    ours = yaml.safe_load(writer.render_hosts(plan))["all"]

    def sizes(inventory: dict[str, Any]) -> dict[str, int]:
        return {name: len(found["hosts"]) for name, found in inventory["children"].items()}

    assert sizes(ours) == sizes(example)
    for name in ("main.yml", "vault.yml"):
        texts = [
            yaml.safe_load((writer.INVENTORIES / shape / "group_vars/all" / name).read_text())
            for shape in ("single", "multi")
        ]
        assert set(texts[0]) <= set(texts[1])


def test_without_a_terminal_the_missing_arguments_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert cli.main(["--name", "site", "--mail", "a@example.com"]) == 2
    told = capsys.readouterr().err
    assert "HOSTS, SERVER_NAME is missing" in told
    assert "make inventory NAME=site HOSTS=… SERVER_NAME=… MAIL=a@example.com" in told


@pytest.mark.parametrize("name", ["single", "shared", "../x", "generator"])
def test_names_of_the_house_are_reserved(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["--hosts", "a", "--server-name", "a.example", "--mail", "a@example.com"]
    assert cli.main(["--name", name, *given]) == 2
    assert "cannot be the inventory's name" in capsys.readouterr().err
