"""Runs named parts of the proof, times them, and ends with a table.

    python -m tests.run lint unit app-mariadb default browser multi

Every part runs, whatever became of the one before; one that fails fails the run. Nothing
counts as passed that did not run: a part without tests fails. With --resume, parts that
passed on exactly this tree are named and not run again.

Parts that need no host run beside those that do, in processes of their own, which only get
the time that the hosts leave; so are the hosts of a later part converged while one runs that
leaves the processors idle. What is aside begins with `aside |`, and what one said last that
failed is told once more. The last words of all are why each part failed that did.
"""

import argparse
import fcntl
import hashlib
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Thread

from tests import parts
from tests.ahead import Ahead
from tests.parts import (
    CHECKOUT,
    NEED_NO_HOST,
    NEED_THE_DEFAULT_HOSTS,
    STANDS_BACK,
    molecule,
    relay,
)
from tests.witness import Witness

_PASSED = CHECKOUT / ".testbed" / "passed.json"
ASIDE = (*STANDS_BACK, sys.executable, "-u", "-m", "tests.run")


@dataclass(frozen=True)
class Result:
    """What became of a part."""

    name: str
    passed: bool
    seconds: float
    why: tuple[str, ...] = ()


def _result(name: str, passed: bool, started: float, witness: Witness) -> Result:
    why = () if passed else witness.tell()
    return Result(name, passed, time.monotonic() - started, why)


class Aside:
    """Parts that run one after the other, each in a process of its own."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        self._results: list[Result] = []
        self._witnesses: dict[str, Witness] = {}
        self._runner = Thread(target=self._run, daemon=True)
        self._runner.start()

    def _run(self) -> None:
        for name in self.names:
            witness = self._witnesses[name] = Witness()
            started = time.monotonic()
            try:
                passed = self._relay(name, witness)
            except OSError as error:
                witness.hear(f"error: {ASIDE[0]} cannot be started: {error}\n")
                passed = False
            self._results.append(_result(name, passed, started, witness))

    @staticmethod
    def _relay(name: str, witness: Witness) -> bool:
        with subprocess.Popen(
            [*ASIDE, name],
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process:
            relay(process, witness, prefix="aside | ")
        return process.returncode == 0

    def results(self) -> list[Result]:
        """Wait; say once more how those ended that failed, which is far above by now."""
        if self._runner.is_alive():
            print(f"\nWaiting for what runs aside: {' '.join(self.names)}", flush=True)
        self._runner.join()
        for each in self._results:
            if not each.passed:
                print(f"\n{f' what {each.name} said last ':-^{_width()}}")
                print("".join(self._witnesses[each.name].last_words), flush=True)
        # One that nobody can tell of did not pass.
        told = {each.name: each for each in self._results}
        return [told.get(name, Result(name, False, 0)) for name in self.names]


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
    with _PASSED.with_suffix(".lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        passed = sorted(_already_passed(tree) | {name})
        temporary = _PASSED.with_suffix(".new")
        temporary.write_text(json.dumps({"tree": tree, "parts": passed}) + "\n")
        temporary.replace(_PASSED)


def _table(results: Sequence[Result]) -> str:
    lines = [f"{'part':<16}{'result':<10}{'seconds':>8}"]
    for each in results:
        outcome = "passed" if each.passed else "FAILED"
        lines.append(f"{each.name:<16}{outcome:<10}{each.seconds:>8.0f}")
    return "\n".join(lines)


def _width() -> int:
    return min(shutil.get_terminal_size().columns, 78)


def _run(names: Sequence[str], tree: str) -> list[Result]:
    """One part after the other, in this process."""
    results: list[Result] = []
    for number, name in enumerate(names, start=1):
        print(f"\n{f' [{number}/{len(names)}] {name} ':=^{_width()}}", flush=True)
        started = time.monotonic()
        parts.WITNESS.forget()
        following = parts.MEANWHILE.get(name)
        if following and following in names[number:]:
            parts.READY[following] = Ahead(following).ready
        passed = parts.PARTS[name]()
        results.append(_result(name, passed, started, parts.WITNESS))
        if passed:
            _remember(tree, name)
        if name in NEED_THE_DEFAULT_HOSTS and not NEED_THE_DEFAULT_HOSTS & set(names[number:]):
            # They are in the way of the others.
            parts.execute(molecule("default", "destroy"))
    return results


def main(arguments: Sequence[str]) -> int:
    """Run the parts; 0 when every one passed."""
    parser = argparse.ArgumentParser(prog="python -m tests.run", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("names", nargs="+", metavar="part", help=" ".join(parts.PARTS))
    parser.add_argument("--resume", action="store_true", help="leave out what passed before")
    given = parser.parse_args(arguments)
    unknown = [name for name in given.names if name not in parts.PARTS]
    if unknown:
        parser.error(f"unknown part {' '.join(unknown)}; there are: {' '.join(parts.PARTS)}")
    began = time.monotonic()
    tree = _tree()
    passed_before = _already_passed(tree) if given.resume else set()
    if passed_before:
        print(
            f"Passed before on exactly this tree, and not run again: "
            f"{' '.join(name for name in given.names if name in passed_before)}.\n"
            f"To run them all the same, remove {_PASSED}."
        )
    names = [name for name in given.names if name not in passed_before]
    beside = [name for name in names if name in NEED_NO_HOST]
    others = [name for name in names if name not in NEED_NO_HOST]
    if beside and others:
        aside = Aside(beside)
        results = _run(others, tree)
        results = aside.results() + results
    else:
        results = _run(names, tree)
    print(f"\n{_table(results)}\n")
    for each in results:
        for reason in each.why:
            print(f"{each.name}: {reason}")
    failed = sum(not each.passed for each in results)
    counts = f"{failed} failed, " if failed else ""
    took = f"{time.monotonic() - began:.2f}s"
    print(f"{f' {counts}{len(results) - failed} passed in {took} ':=^{_width()}}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
