"""The secret that signs tokens, made once where none is set."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from server.errors import StartupError

FILE = "secret-key"


def load_secret(configured: str, data_dir: Path) -> str:
    """SECRET_KEY, or the one kept in DATA_DIR/secret-key, made (mode 0600) if there is none.

    Raises StartupError when it can be neither read nor written.
    """
    if configured:
        return configured
    path = data_dir / FILE
    try:
        with suppress(FileExistsError):
            _write_once(path, secrets.token_urlsafe(48))
        kept = path.read_text().strip()
    except OSError as error:
        raise StartupError(
            f"{path} cannot be used ({error.strerror}): make DATA_DIR writable or set SECRET_KEY."
        ) from error
    if len(kept) < 32:
        raise StartupError(f"{path} is too short to be a secret: delete it or set SECRET_KEY.")
    return kept


def _write_once(path: Path, secret: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secret + "\n")
