"""People's own pictures: read from what a page sends, and served."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from server.api.endpoint import Endpoint
from server.api.services import Services, services_of
from server.auth.profile import is_picture_address
from server.errors import InvalidBody, NoSuchPicture
from server.store.pictures import Picture

ADDRESS: Final = "/api/pictures/"
IMAGE_CHARACTERS: Final = 40 * 1024  # 128 pixels square take a tenth of it
DATA: Final = re.compile(r"data:(image/(?:png|jpeg|webp|gif));base64,([A-Za-z0-9+/]+={0,2})")
BEGINNINGS: Final = {
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/webp": re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
    "image/gif": re.compile(rb"GIF8[79]a"),
}


def read_image(given: str) -> Picture | None:
    """The picture in a data: address; None for no picture and for one that is elsewhere.

    Raises InvalidBody for anything else. SVG is no picture here: it can hold scripts.
    """
    if not given or is_picture_address(given):
        return None
    if len(given) > IMAGE_CHARACTERS:
        raise InvalidBody(
            f"profileImage must have at most {IMAGE_CHARACTERS} characters.", field="profileImage"
        )
    found = DATA.fullmatch(given)
    try:
        data = base64.b64decode(found[2], validate=True) if found else b""
    except binascii.Error:
        data = b""
    if not found or not BEGINNINGS[found[1]].match(data):
        raise InvalidBody(
            "profileImage must be empty, an https address, or a data: address of a PNG, JPEG, "
            "WebP or GIF picture in base64.",
            field="profileImage",
        )
    return Picture(found[1], data)


async def kept_image(services: Services, user_id: str, given: str) -> str:
    """The address to show a picture by: of ours for one that was sent, else as given.

    Raises InvalidBody for what is no picture.
    """
    address = given.strip()
    picture = read_image(address)
    if picture is None:
        return address
    return ADDRESS + await services.pictures.add(user_id, picture)


async def drop_image(services: Services, address: str) -> None:
    """Removes a picture that nobody has any more; those elsewhere are not ours to remove."""
    if address.startswith(ADDRESS):
        await services.pictures.remove(address.removeprefix(ADDRESS))


async def show(request: Request) -> Response:
    """A picture that somebody sent.

    Needs no sign-in, and any page may show it: who has the address was shown the person.
    """
    picture = await services_of(request).pictures.get(request.path_params["id"])
    headers = {
        "cache-control": "public, max-age=31536000, immutable",
        "cross-origin-resource-policy": "cross-origin",
    }
    return Response(picture.data, media_type=picture.media_type, headers=headers)


routes = [
    Endpoint("GET", "/pictures/{id}", show, gives="image/*", who="anybody", errors=(NoSuchPicture,))
]
