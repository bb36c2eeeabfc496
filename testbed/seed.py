"""The files that turn a base image into one particular host, as one tar stream."""

import io
import tarfile
from dataclasses import dataclass, field


@dataclass
class Seed:
    """Files to lay into a host before it boots."""

    files: dict[str, tuple[bytes, int]] = field(default_factory=dict)

    def add(self, path: str, content: str | bytes, mode: int = 0o644) -> None:
        """Add a file, owned by root."""
        body = content.encode() if isinstance(content, str) else content
        self.files[path.lstrip("/")] = (body, mode)

    def tar(self) -> bytes:
        """The stream that `podman cp - HOST:/` takes."""
        stream = io.BytesIO()
        made: set[str] = set()
        with tarfile.open(fileobj=stream, mode="w") as archive:
            for path, (body, mode) in self.files.items():
                self._add_parents(archive, path, made)
                entry = tarfile.TarInfo(path)
                entry.size = len(body)
                entry.mode = mode
                archive.addfile(entry, io.BytesIO(body))
        return stream.getvalue()

    @staticmethod
    def _add_parents(archive: tarfile.TarFile, path: str, made: set[str]) -> None:
        parts = path.split("/")[:-1]
        for depth in range(1, len(parts) + 1):
            folder = "/".join(parts[:depth])
            if folder in made:
                continue
            made.add(folder)
            entry = tarfile.TarInfo(folder)
            entry.type = tarfile.DIRTYPE
            entry.mode = 0o700 if folder == "root/.ssh" or folder == "root" else 0o755
            archive.addfile(entry)
