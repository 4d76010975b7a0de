"""Packages that bring kinds of their own: each names its Django app in the entry point group ``hilvan.plugins``.

Installed beside Hilván they are there, without it they are not; no file of Hilván's knows any of them
(docs/a-new-kind.md).
"""

import traceback
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

from hilvan.environment import ConfigurationError

GROUP = "hilvan.plugins"


def installed() -> list[str]:
    """The apps of the installed plugins, in the order of their names."""
    return sorted({point.value for point in entry_points(group=GROUP)})


def blame(error: Exception) -> ConfigurationError | None:
    """What to say where Django could not be set up, if it is a plugin's fault; None where it is not.

    It is the plugin's whose code was running, or whose name the error says.
    """
    for app in installed():
        package = app.partition(".")[0]
        place = _place(error, package)
        if place or package in str(error):
            return ConfigurationError(
                f"the plugin {app} does not load: {type(error).__name__}: {' '.join(str(error).split())}"
                f"{f' ({place})' if place else ''}; mend it, or take it away with pip uninstall"
            )
    return None


def _place(error: Exception, package: str) -> str:
    """Where in the package's code the error came from ("models.py, line 3"); "" where it did not."""
    spec = find_spec(package)
    folders = [Path(folder) for folder in (spec.submodule_search_locations or [] if spec else [])]
    lines = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    if isinstance(error, SyntaxError):
        lines.append((error.filename or "", error.lineno))
    for name, line in reversed(lines):
        for folder in folders:
            if Path(name).is_relative_to(folder):
                return f"{package}/{Path(name).relative_to(folder)}, line {line}"
    return ""
