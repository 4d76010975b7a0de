"""Hilván's configuration is the environment: ``HILVAN_X``, or a file with the value in ``HILVAN_X_FILE``."""

import os
from pathlib import Path


class ConfigurationError(Exception):
    """A variable cannot be used as given; the text is one line that names it."""


def read(name: str, default: str = "") -> str:
    """The value of the variable ``name``, else the content of the file in ``name_FILE``, else ``default``.

    An empty variable counts as unset. The file's surrounding blanks are dropped, since editors and secret
    stores end files with a newline. Raises ConfigurationError where the file cannot be read: a forgotten
    secret must not turn into a default.
    """
    if value := os.environ.get(name):
        return value
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"{name}_FILE: cannot read {path}: {error}") from error
    return default
