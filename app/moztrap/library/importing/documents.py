"""Open a page of the API, plain or gzipped, and find the list of objects in it."""

import gzip
import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from .fields import kind_of
from .problems import Problem, SourceError

_PAGE = "a page of the API: {“meta”: …, “objects”: […]}"


@dataclass(frozen=True, slots=True)
class Document:
    """One page as it was served."""

    file: str
    objects: list[Any]
    announced: int | None


def read_document(path: Path) -> Document:
    """Read one ``.json`` or ``.json.gz`` file; a broken one raises ``SourceError``."""
    file = str(path)
    content = _parse(file, _read(path))
    if not isinstance(content, dict):
        _refuse(file, "", f"is {kind_of(content)}; expected {_PAGE}")
    if "objects" not in content:
        _refuse(file, "objects", f"is missing; expected {_PAGE}")
    if not isinstance(content["objects"], list):
        _refuse(file, "objects", f"is {kind_of(content['objects'])}; expected a list")
    meta = content.get("meta")
    announced = meta.get("total_count") if isinstance(meta, dict) else None
    return Document(file, content["objects"], announced if type(announced) is int else None)


def _read(path: Path) -> str:
    file = str(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        _refuse(file, "", f"cannot be read: {error.strerror or error}")
    if path.suffix == ".gz" or data.startswith(b"\x1f\x8b"):
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError, zlib.error) as error:
            _refuse(file, "", f"is not a whole gzip file: {error}")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        _refuse(file, f"byte {error.start}", "is not UTF-8 text")


def _parse(file: str, text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        _refuse(file, f"line {error.lineno} column {error.colno}", f"is not JSON: {error.msg}")
    except (ValueError, RecursionError) as error:
        _refuse(file, "", f"is not JSON: {error}")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not allowed in JSON")


def _refuse(file: str, field: str, message: str) -> NoReturn:
    raise SourceError([Problem(file, field, message)])
