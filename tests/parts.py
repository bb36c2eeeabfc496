"""The parts of the proof: what each runs, in which folder, and what it leaves behind."""

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.witness import Witness

CHECKOUT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
# What tests of hosts wait for is measured in seconds of theirs: what runs beside them stands back,
# and gets a processor that nobody else wants at the moment.
STANDS_BACK = ("chrt", "--idle", "0")
# Of the part that runs at the moment.
WITNESS = Witness()
# The scenarios whose hosts somebody else converges (tests/ahead.py), and how to wait for that.
READY: dict[str, Callable[[], bool]] = {}


@dataclass(frozen=True)
class Command:
    """One program, and the folder it runs in."""

    words: tuple[str, ...]
    folder: str = "."

    def shown(self) -> str:
        """What a person would type."""
        prefix = "" if self.folder == "." else f"cd {self.folder} && "
        return prefix + " ".join(self.words)


def _environment() -> dict[str, str]:
    return {
        **os.environ,
        "PATH": f"{BIN}:{os.environ.get('PATH', '')}",
        "LC_ALL": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        "ANSIBLE_CONFIG": str(CHECKOUT / "ansible.cfg"),
        # What is relayed looks to a program as if nobody looked at it.
        **({"FORCE_COLOR": "1"} if sys.stdout.isatty() else {}),
    }


def relay(process: subprocess.Popen[str], witness: Witness, *, prefix: str = "") -> None:
    """Show each line of a process's output as it comes, and have it heard."""
    assert process.stdout is not None
    for line in process.stdout:
        print(f"{prefix}{line}", end="", flush=True)
        witness.hear(line)


def begin(command: Command) -> "subprocess.Popen[str]":
    """Start it; what it says is for whoever relays it."""
    print(f"$ {command.shown()}", flush=True)
    return subprocess.Popen(
        command.words,
        cwd=CHECKOUT / command.folder,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )


def execute(command: Command) -> bool:
    """Run with all its output shown."""
    with begin(command) as process:
        relay(process, WITNESS)
    if process.returncode:
        print(f"$ {command.shown()}: ended with code {process.returncode}", flush=True)
    return process.returncode == 0


def _one_after_another(*commands: Command) -> Callable[[], bool]:
    def run_all() -> bool:
        # Each runs, whatever became of the one before.
        passed = [execute(command) for command in commands]
        return all(passed)

    return run_all


def _shell_scripts() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    found = []
    for name in listed.stdout.splitlines():
        path = CHECKOUT / name
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                first = file.readline(80)
            if first.startswith(b"#!") and first.rstrip().endswith((b"/sh", b"bash")):
                found.append(name)
    return found


def _lint() -> bool:
    commands = [
        Command(("ruff", "check", ".")),
        Command(("ruff", "format", "--check", ".")),
        Command(("mypy", "bench", "testbed", "inventories/generator", "plugins", "tests")),
        Command(("mypy", "moztrap"), folder="app"),
        Command(("ansible-lint", "--offline", "--strict")),
        Command(("shellcheck", *_shell_scripts())),
    ]

    def check(command: Command) -> tuple[Command, int, str]:
        done = subprocess.run(
            command.words,
            cwd=CHECKOUT / command.folder,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return command, done.returncode, done.stdout

    # Type checkers mostly wait for the disk at first: two at a time.
    with ThreadPoolExecutor(max_workers=2) as pool:
        results = list(pool.map(check, commands))
    for command, code, output in results:
        print(f"$ {command.shown()}: {'passed' if code == 0 else f'ended with code {code}'}")
        if code:
            print(output, flush=True)
            for line in output.splitlines():
                WITNESS.hear(line)
    return all(code == 0 for _, code, _ in results)


def _pytest(*arguments: str, folder: str = ".") -> Command:
    told = ("-q", "--durations=10")
    return Command((str(BIN / "python"), "-m", "pytest", *told, *arguments), folder=folder)


def molecule(name: str, *options: str) -> Command:
    return Command(("molecule", *options, "--scenario-name", name))


def _scenario(name: str) -> Callable[[], bool]:
    """A whole scenario, whose hosts are gone afterwards, also when it failed."""

    def run() -> bool:
        if name in READY:
            passed = READY.pop(name)() and execute(molecule(name, "verify"))
            return execute(molecule(name, "destroy")) and passed
        passed = execute(molecule(name, "test"))
        if not passed:
            execute(molecule(name, "destroy"))
        return passed

    return run


def _tests_of(name: str, folder: str, *files: str) -> Callable[[], bool]:
    """A scenario with some of its tests alone: all of them would take too long in one go."""

    def run() -> bool:
        variable = f"{name.upper().replace('-', '_')}_SUITE"
        os.environ[variable] = " ".join(f"tests/{folder}/{file}" for file in files)
        return _scenario(name)()

    return run


def _shared_tests_of(name: str) -> Callable[[], bool]:
    """A scenario that has tests of its own, with those that all others have."""
    return _tests_of(name, "")


def _part(name: str, part: int) -> Callable[[], bool]:
    """One part of a scenario that would take too long in one go."""

    def run() -> bool:
        os.environ[f"{name.upper()}_PART"] = str(part)
        return _scenario(name)()

    return run


# The tests of a scenario, file by file in several parts.
ROLLING = {
    "rolling": ("test_1_release.py", "test_2_lock.py", "test_3_held.py", "test_6_assets.py"),
    "trouble": ("test_4_killed.py", "test_5_trouble.py"),
}
ROLLING_NGINX = {
    "rolling-nginx": ("test_1_release.py", "test_2_lock.py", "test_6_assets.py"),
    "held-nginx": ("test_3_held.py", "test_4_killed.py"),
    "trouble-nginx": ("test_5_trouble.py",),
}
# What a single host cannot prove: of several hosts, `make test` has those of this scenario alone.
SEVERAL = {"rolling-nginx": ("test_haproxy.py", "negative/test_several_hosts.py")}
ACME_BALANCERS = {
    "acme-balancers": ("test_acme_balancers.py",),
    "provided-balancers": ("test_provided.py",),
}
FAULTS = {
    "faults-database": ("test_database.py",),
    "faults-web": ("test_web_hosts.py",),
    "faults-hosts": ("test_hosts.py",),
}
ASSETS = {
    "assets": ("test_drift.py", "test_stages.py"),
    "assets-faults": ("test_faults.py", "test_prune.py"),
}

# The parts of the scenario options, each on this release of Debian.
OPTIONS = {f"options-{part}": "bookworm" for part in range(1, 8)} | {"options-8": "trixie"}


def _options(name: str) -> Callable[[], bool]:
    def run() -> bool:
        os.environ["OPTIONS_DEBIAN"] = OPTIONS[name]
        return _part("options", int(name.removeprefix("options-")))()

    return run


# The hosts of this one are kept for the parts that follow: see NEED_THE_DEFAULT_HOSTS.
_KEPT = (molecule("default", "destroy"), molecule("default", "test", "--destroy=never"))
_KEPT_HOSTS = "molecule-default"


# Journeys on a site of their own, which need no host.
_GUIDE = ("tests/browser/test_guide.py", "tests/browser/test_features.py")


def _browser() -> bool:
    python = str(BIN / "python")
    folder = CHECKOUT / ".testbed" / _KEPT_HOSTS
    if (folder / "ca.pem").exists():
        filled = execute(Command((python, "-m", "testbed", "seed", _KEPT_HOSTS)))
    else:
        folder = CHECKOUT / ".testbed" / "single"
        filled = execute(Command(("scripts/demo", "single")))
    os.environ["MOZTRAP_TESTBED"] = str(folder)
    others = [f"--ignore={path}" for path in _GUIDE]
    return filled and execute(_pytest("tests/browser", *others))


def _elsewhere() -> bool:
    """On the hosts that stand already, which may be changed as nobody else needs them."""
    if not (CHECKOUT / ".testbed" / _KEPT_HOSTS / "ca.pem").exists():
        return _scenario("elsewhere")()
    os.environ["TESTBED_NAME"] = "default"
    try:
        return execute(molecule("elsewhere", "verify"))
    finally:
        del os.environ["TESTBED_NAME"]


PARTS: dict[str, Callable[[], bool]] = {
    "lint": _lint,
    "unit": _one_after_another(_pytest("tests/unit", "-n", "2")),
    "commands": _one_after_another(_pytest("tests/commands", "-n", "2", "--dist=loadfile")),
    "app-sqlite": _one_after_another(_pytest("-n", "2", folder="app")),
    "app-mariadb": _one_after_another(
        Command(
            (
                *(str(BIN / "python"), "-m", "tests.helpers.mariadb_server", "--"),
                *_pytest("-n", "2", "--rootdir=app", "app").words,
            )
        )
    ),
    "default": _one_after_another(*_KEPT),
    "browser": _browser,
    "elsewhere": _elsewhere,
    "guide": _one_after_another(_pytest(*_GUIDE)),
    "multi": _scenario("multi"),
    **{name: _tests_of("rolling", "testinfra/rolling", *files) for name, files in ROLLING.items()},
    **{name: _tests_of("assets", "rollout", *files) for name, files in ASSETS.items()},
    **{
        name: _tests_of(
            "rolling-nginx",
            "testinfra",
            *(f"rolling/{file}" for file in files),
            *SEVERAL.get(name, ()),
        )
        for name, files in ROLLING_NGINX.items()
    },
    "several-nginx": _shared_tests_of("rolling-nginx"),
    "backup": _scenario("backup"),
    "mail": _scenario("mail"),
    "acme": _scenario("acme"),
    **{
        name: _tests_of("acme-balancers", "testinfra/acme_balancers", *files)
        for name, files in ACME_BALANCERS.items()
    },
    "external": _scenario("external"),
    "oidc": _scenario("oidc"),
    **{name: _options(name) for name in OPTIONS},
    **{name: _tests_of("faults", "testinfra/faults", *files) for name, files in FAULTS.items()},
    **{f"killed-{part}": _part("killed", part) for part in (1, 2, 3)},
    "debian13": _scenario("debian13"),
    "debian-upgrade": _scenario("debian-upgrade"),
    "mysql": _scenario("mysql"),
    "database-move": _scenario("database-move"),
    "app-mysql": _scenario("app-mysql"),
    "app-vendor": _scenario("app-vendor"),
}

# While the first runs, which keeps no processor busy for long, the hosts of the other are made.
MEANWHILE = {"browser": "rolling-nginx"}
NEED_THE_DEFAULT_HOSTS = frozenset({"default", "browser", "elsewhere"})
# They only take time: none of them waits for a host, or for a clock.
NEED_NO_HOST = frozenset({"lint", "unit", "commands", "app-sqlite", "app-mariadb"})
