"""Read apt's source lists: the one-line format and deb822."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

APT = Path("/etc/apt")
_OPTIONS = re.compile(r"\[(?P<options>[^\]]*)\]")


@dataclass(frozen=True)
class Source:
    """One archive address with one suite."""

    uri: str
    suite: str
    components: tuple[str, ...]
    signed_by: str
    origin: str
    """The file and line a person would edit."""


def read_all(apt: Path = APT) -> list[Source]:
    """Every enabled binary source of this machine, in apt's own order."""
    found: list[Source] = []
    lists = [apt / "sources.list", *sorted((apt / "sources.list.d").glob("*"))]
    for path in lists:
        if path.suffix == ".list" and path.is_file():
            found += parse_one_line(path.read_text(errors="replace"), str(path))
        elif path.suffix == ".sources" and path.is_file():
            found += parse_deb822(path.read_text(errors="replace"), str(path))
    return found


def parse_one_line(text: str, name: str) -> list[Source]:
    """`deb [signed-by=…] uri suite component…`; some images keep deb822 in here too."""
    if re.search(r"^Types:", text, re.MULTILINE):
        return parse_deb822(text, name)
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split("#", 1)[0].strip()
        if not words.startswith(("deb ", "deb\t")):
            continue
        options = _OPTIONS.search(words)
        signed_by = ""
        if options:
            for option in options["options"].split():
                key, _, value = option.partition("=")
                signed_by = value if key.lower() == "signed-by" else signed_by
            words = words.replace(options[0], "")
        fields = words.split()[1:]
        if len(fields) >= 2:
            for uri in _addresses(fields[0]):
                found.append(
                    Source(uri, fields[1], tuple(fields[2:]), signed_by, f"{name}:{number}")
                )
    return found


def parse_deb822(text: str, name: str) -> list[Source]:
    """Stanzas of `Types`, `URIs`, `Suites`, `Components`, `Signed-By`, `Enabled`."""
    found = []
    for number, stanza in _stanzas(text):
        fields = _fields(stanza)
        if "deb" not in fields.get("types", "").split():
            continue
        if fields.get("enabled", "yes").strip().lower() in {"no", "false", "0"}:
            continue
        components = tuple(fields.get("components", "").split())
        signed_by = fields.get("signed-by", "").strip()
        for given in fields.get("uris", "").split():
            for uri in _addresses(given):
                for suite in fields.get("suites", "").split():
                    found.append(Source(uri, suite, components, signed_by, f"{name}:{number}"))
    return found


def _stanzas(text: str) -> Iterator[tuple[int, list[str]]]:
    lines: list[str] = []
    start = 1
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            if lines:
                yield start, lines
            lines = []
        elif not line.startswith("#"):
            if not lines:
                start = number
            lines.append(line)
    if lines:
        yield start, lines


def _fields(stanza: Iterable[str]) -> dict[str, str]:
    fields: dict[str, str] = {}
    key = ""
    for line in stanza:
        if line[0] in " \t" and key:
            fields[key] += "\n" + line.strip()
        else:
            key, _, value = line.partition(":")
            key = key.strip().lower()
            fields[key] = value.strip()
    return fields


def _addresses(uri: str) -> list[str]:
    """Resolve `mirror+file:`, as Debian's cloud images use it, to the addresses it lists."""
    if not uri.startswith("mirror+file:"):
        return [uri.rstrip("/")]
    listing = Path("/" + uri.removeprefix("mirror+file:").lstrip("/"))
    if not listing.is_file():
        return []
    lines = (line.split("#", 1)[0].split() for line in listing.read_text().splitlines())
    return [words[0].rstrip("/") for words in lines if words]
