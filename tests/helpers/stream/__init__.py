"""A stand-in for Stream (getstream.io): its two REST APIs and the two WebSockets its browser
libraries open, as one server on a port.

Written from Stream's own libraries (getstream, stream-chat, @stream-io/video-client): paths, the
key in the query, tokens, bodies, and the JSON of its errors, where a thing that is not there is a
404 with code 16. What it has no answer for is a 404 too, and stands in `unknown`.
"""

from tests.helpers.stream.parts import KEY, SECRET, Call, Channel
from tests.helpers.stream.service import StreamService, stream_service

__all__ = ["KEY", "SECRET", "Call", "Channel", "StreamService", "stream_service"]
