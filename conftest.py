"""Every test's fixtures, as a plugin of pytest: a package with a kind of its own names it in its conftest, too."""

pytest_plugins = ["tests.fixtures"]
