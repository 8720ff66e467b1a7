"""Where the files of exports lie: below EXPORT_DIR, for the portal's own account alone."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

LEFT_BEHIND_S = 24 * 60 * 60
_PRIVATE = 0o600


def directory() -> Path:
    """EXPORT_DIR, made where it is not there yet. Raises OSError."""
    made = Path(settings.EXPORT_DIR)
    made.mkdir(mode=0o700, parents=True, exist_ok=True)
    return made


def path_of(name: str) -> Path:
    """The path of a file of that name, which holds no part of a path. Raises ValueError."""
    if not name or Path(name).name != name:
        raise ValueError("this is no name of a file")
    return Path(settings.EXPORT_DIR) / name


def manifest_name(name: str) -> str:
    return f"{name}.manifest.json"


@contextmanager
def written(name: str) -> Iterator[BinaryIO]:
    """A file to write that has this name once the block ended well, and is gone otherwise. Raises OSError."""
    final = directory() / name
    part = final.with_name(f"{name}.{os.getpid()}-{time.monotonic_ns()}.part")
    try:
        with open(part, "xb", opener=_private) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(final)
    finally:
        part.unlink(missing_ok=True)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, _PRIVATE)


def remove(name: str) -> None:
    """Remove a file and its manifest, if they are there. Raises OSError."""
    for each in (name, manifest_name(name)):
        path_of(each).unlink(missing_ok=True)


def remove_left_behind(*, now_s: float) -> None:
    """Remove what killed workers left half made, a day later. Raises OSError."""
    for path in [*directory().glob("*.part"), *directory().glob("workbook-*")]:
        if now_s - path.stat().st_mtime < LEFT_BEHIND_S:
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
