"""Pages of the public API as tests make them: same shape, our own words."""

import gzip
import json
from pathlib import Path
from typing import Any


def tag(identity: int, name: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": identity,
        "name": name,
        "description": "",
        "product": "/api/v1/product/16/",
        "resource_uri": f"/api/v1/tag/{identity}/",
        **changes,
    }


def environment(identity: int, *elements: int) -> dict[str, Any]:
    return {
        "id": identity,
        "elements": [f"/api/v1/element/{element}/" for element in elements],
        "profile": None,
        "resource_uri": f"/api/v1/environment/{identity}/",
    }


def step(number: int, instruction: str, expected: str = "") -> dict[str, Any]:
    return {"id": number, "number": number, "instruction": instruction, "expected": expected}


def case(identity: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": identity,
        "case": f"/api/v1/case/{identity + 1000}/",
        "name": f"Case {identity}",
        "description": "",
        "status": "active",
        "priority": "2",
        "productversion": "/api/v1/productversion/274/",
        "steps": [step(1, "Press the button.", "It beeps.")],
        "tags": [tag(1, "smoke")],
        "environments": [environment(161, 32)],
        "created_by": None,
        **changes,
    }


def page(*objects: Any, total: int | None = None) -> dict[str, Any]:
    return {"meta": {"total_count": len(objects) if total is None else total}, "objects": objects}


def write(path: Path, content: Any) -> Path:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path
