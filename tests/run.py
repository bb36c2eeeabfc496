"""Runs named parts of the proof, times them, and ends with a table.

    python -m tests.run lint unit app-sqlite app-mariadb default browser multi rolling

Every part runs, whatever became of the one before; one that fails fails the run. Nothing
counts as passed that did not run: a part without tests fails. With --resume, parts that
passed on exactly this tree are named and not run again.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


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
    }


def _execute(command: Command) -> bool:
    """Run with all its output shown."""
    print(f"$ {command.shown()}", flush=True)
    done = subprocess.run(
        command.words,
        cwd=CHECKOUT / command.folder,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode:
        print(f"$ {command.shown()}: ended with code {done.returncode}", flush=True)
    return done.returncode == 0


def _one_after_another(*commands: Command) -> Callable[[], bool]:
    def run_all() -> bool:
        # Each runs, whatever became of the one before.
        passed = [_execute(command) for command in commands]
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
    return all(code == 0 for _, code, _ in results)


def _pytest(*arguments: str, folder: str = ".") -> Command:
    return Command((str(BIN / "python"), "-m", "pytest", *arguments), folder=folder)


def _molecule(name: str, *options: str) -> Command:
    return Command(("molecule", *options, "--scenario-name", name))


def _scenario(name: str) -> Callable[[], bool]:
    """A whole scenario, whose hosts are gone afterwards, also when it failed."""

    def run() -> bool:
        passed = _execute(_molecule(name, "test"))
        if not passed:
            _execute(_molecule(name, "destroy"))
        return passed

    return run


def _part(name: str, part: int) -> Callable[[], bool]:
    """One part of a scenario that would take too long in one go."""

    def run() -> bool:
        os.environ[f"{name.upper()}_PART"] = str(part)
        return _scenario(name)()

    return run


# The browser visits the site that this one converges, so it is kept until the end.
_KEPT = (_molecule("default", "destroy"), _molecule("default", "test", "--destroy=never"))
_KEPT_HOSTS = "molecule-default"


# Journeys on a site of their own, which need no host.
_GUIDE = ("tests/browser/test_guide.py", "tests/browser/test_features.py")


def _browser() -> bool:
    python = str(BIN / "python")
    folder = CHECKOUT / ".testbed" / _KEPT_HOSTS
    if (folder / "ca.pem").exists():
        filled = _execute(Command((python, "-m", "testbed", "seed", _KEPT_HOSTS)))
    else:
        folder = CHECKOUT / ".testbed" / "single"
        filled = _execute(Command(("scripts/demo", "single")))
    os.environ["MOZTRAP_TESTBED"] = str(folder)
    others = [f"--ignore={path}" for path in _GUIDE]
    return filled and _execute(_pytest("tests/browser", "-q", *others))


PARTS: dict[str, Callable[[], bool]] = {
    "lint": _lint,
    "unit": _one_after_another(_pytest("tests/unit", "-q", "-n", "2")),
    "app-sqlite": _one_after_another(_pytest("-q", "-n", "2", folder="app")),
    "app-mariadb": _one_after_another(
        Command(
            (
                *(str(BIN / "python"), "-m", "tests.helpers.mariadb_server", "--"),
                *(str(BIN / "python"), "-m", "pytest", "-q", "-n", "2", "--rootdir=app", "app"),
            )
        )
    ),
    "default": _one_after_another(*_KEPT),
    "browser": _browser,
    "guide": _one_after_another(_pytest(*_GUIDE, "-q")),
    "multi": _scenario("multi"),
    "rolling": _scenario("rolling"),
    "assets": _scenario("assets"),
    "rolling-nginx": _scenario("rolling-nginx"),
    "backup": _scenario("backup"),
    "mail": _scenario("mail"),
    "acme": _scenario("acme"),
    "oidc": _scenario("oidc"),
    "options-1": _part("options", 1),
    "options-2": _part("options", 2),
    "options-3": _part("options", 3),
    "options-4": _part("options", 4),
    "options-5": _part("options", 5),
    "options-6": _part("options", 6),
    "options-7": _part("options", 7),
    "faults": _scenario("faults"),
    "killed-1": _part("killed", 1),
    "killed-2": _part("killed", 2),
    "debian13": _scenario("debian13"),
    "mysql": _scenario("mysql"),
    "app-mysql": _scenario("app-mysql"),
}
_PASSED = CHECKOUT / ".testbed" / "passed.json"


def _tree() -> str:
    """Names everything that the parts test: the files of the checkout, committed or not."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    digest = hashlib.sha256()
    for name in sorted(set(listed.stdout.split("\0"))):
        path = CHECKOUT / name
        if name and path.is_file():
            digest.update(name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _already_passed(tree: str) -> set[str]:
    try:
        found = json.loads(_PASSED.read_text())
    except FileNotFoundError:
        return set()
    return set(found["parts"]) if found["tree"] == tree else set()


def _remember(tree: str, name: str) -> None:
    _PASSED.parent.mkdir(exist_ok=True)
    parts = sorted(_already_passed(tree) | {name})
    _PASSED.write_text(json.dumps({"tree": tree, "parts": parts}) + "\n")


def _table(results: Sequence[tuple[str, bool, float]]) -> str:
    lines = [f"{'part':<14}{'result':<10}{'seconds':>8}"]
    for name, passed, seconds in results:
        lines.append(f"{name:<14}{'passed' if passed else 'FAILED':<10}{seconds:>8.0f}")
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> int:
    """Run the parts; 0 when every one passed."""
    resume = "--resume" in arguments
    names = [name for name in arguments if name != "--resume"]
    unknown = [name for name in names if name not in PARTS]
    if unknown or not names:
        print(f"tests.run: unknown part {' '.join(unknown)}; there are: {' '.join(PARTS)}")
        return 2
    results: list[tuple[str, bool, float]] = []
    width = min(shutil.get_terminal_size().columns, 78)
    tree = _tree()
    passed_before = _already_passed(tree) if resume else set()
    if passed_before:
        print(
            f"Passed before on exactly this tree, and not run again: "
            f"{' '.join(name for name in names if name in passed_before)}.\n"
            f"To run them all the same, remove {_PASSED.relative_to(CHECKOUT)}."
        )
    names = [name for name in names if name not in passed_before]
    for number, name in enumerate(names, start=1):
        print(f"\n{f' [{number}/{len(names)}] {name} ':=^{width}}", flush=True)
        started = time.monotonic()
        passed = PARTS[name]()
        results.append((name, passed, time.monotonic() - started))
        if passed:
            _remember(tree, name)
        if name == "browser" or (name == "default" and "browser" not in names):
            # Its hosts were kept for the browser, and are in the way of the others.
            _execute(_molecule("default", "destroy"))
    print(f"\n{_table(results)}\n")
    failed = sum(not passed for _, passed, _ in results)
    total = sum(seconds for _, _, seconds in results)
    counts = f"{failed} failed, " if failed else ""
    print(f"{f' {counts}{len(results) - failed} passed in {total:.2f}s ':=^{width}}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
