"""The fixtures are Hilván's, for these tests and for those of Hilván's own that walk over every kind."""

pytest_plugins = ["tests.fixtures"]
