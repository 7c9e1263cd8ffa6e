"""The server around the rooms."""

VERSION = "0.1.0"  # the same as in pyproject.toml, which is not there once installed
