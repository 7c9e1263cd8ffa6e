"""Names and passwords for TURN servers, by the rule that coturn follows."""

from __future__ import annotations

import base64
import hashlib
import subprocess
from datetime import UTC, datetime
from functools import partial

from server.auth.turn import turn_credential

sha1 = partial(hashlib.sha1, usedforsecurity=False)

SECRET = "north wind"
UNTIL = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)


def hmac_sha1(key: bytes, message: bytes) -> bytes:
    """RFC 2104, written out."""
    block = (sha1(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    inner, outer = (bytes(byte ^ pad for byte in block) for pad in (0x36, 0x5C))
    return sha1(outer + sha1(inner + message).digest()).digest()


def test_the_rule_here_is_hmac_of_the_rfc() -> None:
    # RFC 2202, test cases 2 and 6
    found = hmac_sha1(b"Jefe", b"what do ya want for nothing?").hex()
    assert found == "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
    long = b"Test Using Larger Than Block-Size Key - Hash Key First"
    assert hmac_sha1(b"\xaa" * 80, long).hex() == "aa4ae5e15272d00e95705637ce8a3b55ed402112"


def test_the_name_is_the_end_and_the_person_and_the_password_its_mac() -> None:
    made = turn_credential(SECRET, "user7", UNTIL)
    assert made.username == f"{int(UNTIL.timestamp())}:user7" == "1893553445:user7"
    mac = base64.b64decode(made.credential, validate=True)
    assert mac == hmac_sha1(SECRET.encode(), made.username.encode())


def test_openssl_makes_the_same_as_the_coturn_manual_tells() -> None:
    made = turn_credential(SECRET, "user7", UNTIL)
    command = ["openssl", "dgst", "-sha1", "-hmac", SECRET, "-binary"]
    mac = subprocess.run(
        command, input=made.username.encode(), capture_output=True, check=True
    ).stdout
    assert made.credential == base64.b64encode(mac).decode()


def test_nobody_has_the_password_of_another_person_moment_or_secret() -> None:
    made = {
        turn_credential(secret, user, UNTIL.replace(second=second)).credential
        for secret in (SECRET, "south wind")
        for user in ("user7", "user8")
        for second in (5, 6)
    }
    assert len(made) == 8
