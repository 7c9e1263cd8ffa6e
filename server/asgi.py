"""The app for any other ASGI server, such as `uvicorn server.asgi:app`.

Everything works there, without the fast path: `interview serve` is several times quicker.
"""

from server.app import create_app
from server.settings import load_settings

app = create_app(load_settings())
