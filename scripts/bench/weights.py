"""What a page weighs on the wire: its HTML, and our own styles and scripts with everything they import."""

import gzip
import json
import re
from collections.abc import Iterator
from urllib.parse import urljoin

import httpx

STYLESHEET = re.compile(r'<link rel="stylesheet" href="([^"]+)"')
SCRIPT = re.compile(r'<script type="module" src="([^"]+)"')
MODULE = re.compile(r'data-module="([^"]+)"')
IMPORT_MAP = re.compile(r'<script type="importmap"[^>]*>(.*?)</script>')
IMPORTED = re.compile(r'from "([^"]+)"')


def html(http: httpx.Client, url: str, cookie: str) -> tuple[bytes, int, int]:
    """The page, its bytes as served, and its bytes under gzip (what a proxy with compression switched on would send)."""
    body, served = _fetch(http, url, cookie)
    return body, served, len(gzip.compress(body, compresslevel=6))


def assets(http: httpx.Client, url: str, page: str) -> int:
    """Bytes of our own CSS and JavaScript as served to a browser; fonts, pictures and the gateway's script left out."""
    names = json.loads(found[1])["imports"] if (found := IMPORT_MAP.search(page)) else {}
    waiting = [urljoin(url, path) for path in _named_in(page)]
    seen: dict[str, int] = {}
    while waiting:
        address = waiting.pop()
        if address not in seen:
            body, seen[address] = _fetch(http, address, "")
            waiting += [urljoin(address, names.get(name, name)) for name in IMPORTED.findall(body.decode())]
    return sum(seen.values())


def _named_in(page: str) -> Iterator[str]:
    for pattern in (STYLESHEET, SCRIPT, MODULE):
        yield from pattern.findall(page)


def _fetch(http: httpx.Client, url: str, cookie: str) -> tuple[bytes, int]:
    """The decoded body and its size on the wire, for a browser that takes brotli and gzip."""
    response = http.get(url, headers={"Cookie": cookie, "Accept-Encoding": "br, gzip"})
    return response.raise_for_status().content, response.num_bytes_downloaded
