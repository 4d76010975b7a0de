"""The static files as the web server sends them: hashed names, compressed, in ``STATIC_ROOT``."""

from __future__ import annotations

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

from hilvan import __version__


def collect() -> bool:
    """Bring ``STATIC_ROOT`` up to date where the program or one of its files has changed; answers whether it had to."""
    root = Path(settings.STATIC_ROOT)
    stamp = root / "collected"
    wanted = _fingerprint()
    if stamp.is_file() and stamp.read_text() == wanted:
        return False
    root.mkdir(parents=True, exist_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(wanted)
    return True


def _fingerprint() -> str:
    """The version, and name, size and time of every source file."""
    seen = [__version__]
    for finder in get_finders():
        for path, storage in finder.list([]):
            stat = Path(storage.path(path)).stat()
            seen.append(f"{path} {stat.st_size} {stat.st_mtime_ns}")
    return hashlib.sha256("\n".join(sorted(seen)).encode()).hexdigest()
