"""Build an artefact: source and locks in, one signed-to-be archive and the assets out."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ansible.module_utils.moztrap import archive, assets
from ansible.module_utils.moztrap.background import WorkError
from ansible.module_utils.moztrap.environment import LINKS, PYTHON, VENDOR
from ansible.module_utils.moztrap.files import tree_manifest, walk_files
from ansible.module_utils.moztrap.store import ARTEFACT, ASSET_MANIFEST, ASSETS, RELEASE

FILE_MANIFEST = "files.json"
LOCK = Path("requirements") / "base.txt"
BUILD_LOCK = Path("requirements") / "build.txt"
KEPT_ENVIRONMENT = frozenset({"path", "http_proxy", "https_proxy", "no_proxy"})
SYSTEM_AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
# Programs of a virtual environment that stay valid wherever it is unpacked.
RELOCATABLE = frozenset({"python", "python3"})

VENDOR_LIBRARY = "from moztrap.deploy.vendor import add_library; add_library()"
BROTLI_PROGRAM = """
import sys, pathlib, brotli
for path in sys.stdin.read().split("\\0"):
    content = pathlib.Path(path).read_bytes()
    squeezed = brotli.compress(content, quality=11)
    if len(squeezed) < len(content):
        pathlib.Path(path + ".br").write_bytes(squeezed)
"""


class BuildError(WorkError):  # type: ignore[misc]
    """A step of the build failed; the message names the command and its last words."""


@dataclass(frozen=True)
class Plan:
    """What to build, and where."""

    release_id: str
    source: Path
    work: Path
    output: Path
    installed_root: str
    static_url: str
    environment: str
    description: Mapping[str, object]

    @property
    def tree(self) -> Path:
        return self.work / "tree"

    @property
    def app(self) -> Path:
        return self.tree / "app"

    @property
    def collected(self) -> Path:
        return self.work / "collected-assets"

    @property
    def venv(self) -> Path:
        return self.tree / "venv"

    @property
    def vendor(self) -> Path:
        return self.tree / VENDOR

    @property
    def vendor_link(self) -> Path:
        """Where the application looks for the vendor library."""
        return self.app / LINKS[VENDOR]


def fetch_packages(plan: Plan) -> None:
    """Unpack the source; build or fetch what the lock names, each against its hash; install it."""
    shutil.rmtree(plan.work, ignore_errors=True)
    plan.tree.mkdir(parents=True)
    archive.unpack(plan.source, plan.app)
    if plan.environment == VENDOR:
        _make_vendor_library(plan)
    else:
        _install_wheels(plan, _build_wheels(plan))
    _describe_release(plan)


def collect_assets(plan: Plan) -> None:
    """Collect, compress and hash the static files, and write their compressed twins."""
    (plan.app / "moztrap" / "manifests").mkdir(exist_ok=True)
    _manage(plan, "collectstatic", "--noinput", "--verbosity", "0")
    _manage(plan, "compress", "--verbosity", "0")
    shutil.move(plan.app / "collected-assets", plan.collected)
    for name in ("staticfiles.json", "compress.json"):
        if not (plan.app / "moztrap" / "manifests" / name).is_file():
            raise BuildError(
                f"collectstatic and compress left no moztrap/manifests/{name}: "
                "pages could not find their assets"
            )
    paths = assets.write_gzip_twins(plan.collected)
    if paths:
        # Brotli is in the release's environment, not in this interpreter's.
        text = "\0".join(str(plan.collected / path) for path in paths)
        if plan.environment == VENDOR:
            command = [PYTHON, "-c", VENDOR_LIBRARY + BROTLI_PROGRAM]
        else:
            command = [str(plan.venv / "bin" / "python"), "-c", BROTLI_PROGRAM]
        _run(plan, command, plan.app, standard_input=text)


def pack(plan: Plan) -> None:
    """Strip, compile to byte code and pack; leaves the four built files in `plan.output`."""
    if plan.environment == VENDOR:
        # It was for the build: each deployment has one of its own.
        plan.vendor_link.unlink()
    else:
        _strip_environment(plan)
    _compile(plan)
    _pack(plan)
    shutil.rmtree(plan.work)


# In order, with what people are told meanwhile.
PHASES: dict[str, tuple[str, Callable[[Plan], None]]] = {
    "packages": ("installing the locked packages, each checked against its hash", fetch_packages),
    "assets": ("collecting and compressing the assets", collect_assets),
    "pack": ("compiling and packing", pack),
}


def _environment(plan: Plan) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.lower() in KEPT_ENVIRONMENT or name.startswith("PIP_")
    }
    if SYSTEM_AUTHORITIES.is_file():
        # pip's own bundle knows nothing of the authorities a site adds.
        kept.setdefault("PIP_CERT", str(SYSTEM_AUTHORITIES))
    return kept | {
        "HOME": str(plan.work),
        "LANG": "C.UTF-8",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "SOURCE_DATE_EPOCH": str(archive.FIXED_TIME),
        # The compiler's debug information would name this folder.
        "CFLAGS": "-g0",
        "DJANGO_SETTINGS_MODULE": "moztrap.settings.build",
        "MOZTRAP_STATIC_URL": plan.static_url,
    }


def _run(
    plan: Plan, command: list[str], folder: Path | None = None, standard_input: str = ""
) -> str:
    done = subprocess.run(
        command,
        cwd=folder or plan.work,
        env=_environment(plan),
        capture_output=True,
        text=True,
        check=False,
        input=standard_input,
    )
    if done.returncode != 0:
        words = "\n".join((done.stdout + done.stderr).strip().splitlines()[-25:])
        shown = " ".join(command[:12])
        raise BuildError(f"{shown} ended with {done.returncode}:\n{words}")
    return done.stdout


def _build_wheels(plan: Plan) -> Path:
    tools = plan.work / "tools"
    _run(plan, ["/usr/bin/python3", "-m", "venv", str(tools)])
    pip = [str(tools / "bin" / "python"), "-m", "pip"]
    strictly = ["--disable-pip-version-check", "--no-cache-dir", "--require-hashes", "--no-deps"]
    _run(plan, [*pip, "install", *strictly, "--requirement", str(plan.app / BUILD_LOCK)])
    wheels = plan.work / "wheels"
    # Without isolation: what comes as source is built by the locked tools alone.
    isolation = ["--no-build-isolation", "--wheel-dir", str(wheels)]
    _run(plan, [*pip, "wheel", *strictly, *isolation, "--requirement", str(plan.app / LOCK)])
    return wheels


def _install_wheels(plan: Plan, wheels: Path) -> None:
    _run(plan, ["/usr/bin/python3", "-m", "venv", "--without-pip", str(plan.venv)])
    _run(
        plan,
        [
            str(plan.work / "tools" / "bin" / "python"), "-m", "pip",
            "--python", str(plan.venv / "bin" / "python"), "install",
            "--disable-pip-version-check", "--no-index", "--no-deps", "--no-compile",
            *sorted(str(path) for path in wheels.glob("*.whl")),
        ],
    )  # fmt: skip


def _make_vendor_library(plan: Plan) -> None:
    """The application's own program makes it, and the rest of the build runs with it."""
    _run(plan, [PYTHON, "bin/generate-vendor-lib", "--into", str(plan.vendor)], plan.app)
    plan.vendor_link.symlink_to(plan.vendor)


def _strip_environment(plan: Plan) -> None:
    """Drop what names the build's folders: scripts, activation, records of the installation."""
    for path in (plan.venv / "bin").iterdir():
        if path.name not in RELOCATABLE and not path.name.startswith("python3."):
            path.unlink()
    configuration = plan.venv / "pyvenv.cfg"
    lines = configuration.read_text().splitlines()
    configuration.write_text(
        "".join(f"{line}\n" for line in lines if not line.startswith("command"))
    )
    for path in walk_files(plan.venv):
        entry = plan.venv / path
        # They name the wheels' folder, and the scripts that are gone.
        if entry.parent.suffix == ".dist-info" and entry.name in {"RECORD", "direct_url.json"}:
            entry.unlink()
    lib64 = plan.venv / "lib64"
    if lib64.is_symlink():
        lib64.unlink()
    shutil.rmtree(plan.venv / "include", ignore_errors=True)


def _describe_release(plan: Plan) -> None:
    text = json.dumps(dict(plan.description), indent=1, sort_keys=True) + "\n"
    (plan.app / "moztrap" / RELEASE).write_text(text)
    (plan.tree / RELEASE).write_text(text)


def _manage(plan: Plan, *arguments: str) -> str:
    if plan.environment == VENDOR:
        command = [PYTHON, "vendor-manage.py", *arguments]
    else:
        command = [str(plan.venv / "bin" / "python"), "manage.py", *arguments]
    return _run(plan, command, plan.app)


def _compile(plan: Plan) -> None:
    for folder in ("app", plan.environment):
        root = plan.tree / folder
        for cache in sorted(root.rglob("__pycache__")):
            shutil.rmtree(cache)
        _run(
            plan,
            [
                "/usr/bin/python3", "-m", "compileall", "-q",
                # Unchecked: a release never changes, so nothing needs to look.
                "--invalidation-mode", "unchecked-hash",
                "-s", str(plan.tree), "-p", plan.installed_root,
                str(root),
            ],
        )  # fmt: skip


def _pack(plan: Plan) -> None:
    collected = plan.collected
    plan.output.mkdir(parents=True, exist_ok=True)
    static = json.loads((plan.app / "moztrap" / "manifests" / "staticfiles.json").read_text())
    hashed = set(static["paths"].values())
    hashed |= {path for path in walk_files(collected) if path.startswith("CACHE/")}
    manifest = assets.to_json(plan.release_id, assets.describe(collected, hashed))
    (plan.output / ASSET_MANIFEST).write_text(manifest)
    archive.pack(collected, walk_files(collected), plan.output / ASSETS)
    files = json.dumps(tree_manifest(plan.tree), indent=0, sort_keys=True)
    (plan.tree / FILE_MANIFEST).write_text(files)
    archive.pack(plan.tree, walk_files(plan.tree), plan.output / ARTEFACT)
    shutil.copyfile(plan.tree / RELEASE, plan.output / RELEASE)
