"""What the documentation points at is there: pages, headings, pictures and tests."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

from tests.helpers.playbook import REPOSITORY

IMAGES = REPOSITORY / "docs" / "images"
FEATURES = REPOSITORY / "docs" / "users" / "features.md"
GUIDE = REPOSITORY / "tests" / "browser" / "test_guide.py"
BYTES_OF_ALL_PICTURES = 1_200_000
LINK = re.compile(r"(!?)\[[^\]]*\]\(([^)\s]+)\)")
TEST = re.compile(r"`([\w/.]+\.py)::(\w+)`")


def _pages() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    return sorted(name for name in listed.stdout.split() if (REPOSITORY / name).is_file())


PAGES = _pages()


def links_of(page: Path) -> list[tuple[bool, str]]:
    """Return what a page links to, each with whether it is a picture; code is no link."""
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(), flags=re.DOTALL)
    return [(bool(mark), target) for mark, target in LINK.findall(text)]


def anchors_of(page: Path) -> set[str]:
    """Return the names that headings of a page have in addresses."""
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    headings = re.findall(r"^#+ +(.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).strip().replace(" ", "-") for each in headings}


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_somewhere(name: str) -> None:
    page = REPOSITORY / name
    for _, target in links_of(page):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), f"{name} links to {target}, which is not there"
        if anchor:
            assert anchor in anchors_of(there), f"{name} links to {target}: no such heading"


def pictures_shown() -> set[str]:
    """Return the names of the pictures that any page shows."""
    return {
        Path(target).name
        for name in PAGES
        for is_picture, target in links_of(REPOSITORY / name)
        if is_picture
    }


def pictures_taken() -> list[str]:
    """Return the names of the pictures that the journey through the guide takes."""
    names = []
    for node in ast.walk(ast.parse(GUIDE.read_text())):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr == "take":
            name = ast.literal_eval(node.args[1])
            names.append(f"{name}.png")
    return names


def test_every_picture_is_shown_and_taken_by_a_journey() -> None:
    kept = {path.name for path in IMAGES.iterdir()}
    taken = pictures_taken()
    assert kept == pictures_shown() == set(taken)
    assert len(taken) == len(set(taken)), "two pictures have one name"


def test_pictures_are_small() -> None:
    assert sum(path.stat().st_size for path in IMAGES.iterdir()) < BYTES_OF_ALL_PICTURES


def test_every_feature_names_tests_that_there_are() -> None:
    rows = re.findall(r"^\| (\d+) \|.*$", FEATURES.read_text(), flags=re.MULTILINE)
    assert rows == [str(number) for number in range(1, 26)]
    for line in FEATURES.read_text().splitlines():
        if re.match(r"\| \d", line):
            named = TEST.findall(line)
            assert named, line
            for path, test in named:
                source = (REPOSITORY / path).read_text()
                assert f"def {test}(" in source, f"{path} has no {test}"
