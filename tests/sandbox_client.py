"""What tests say to the provider sandbox."""

import json
from typing import Any

import httpx


class Sandbox:
    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx.Client(base_url=url, timeout=10)

    def close(self) -> None:
        self.http.close()

    def control(self, path: str, **body: Any) -> Any:
        response = self.http.post(f"/_sandbox/{path}", json=body)
        response.raise_for_status()
        return response.json()

    def reset(self) -> None:
        self.control("reset", endpoints=True)

    def fault(self, provider: str, do: str, *, match: str = "", times: int | None = 1, value: int = 0) -> None:
        self.control("faults", provider=provider, match=match, times=times, do=do, value=value)

    def clear_faults(self) -> None:
        self.http.delete("/_sandbox/faults").raise_for_status()

    def exchanges(self, provider: str) -> list[dict[str, Any]]:
        response = self.http.get("/_sandbox/exchanges", params={"provider": provider})
        return [json.loads(line) for line in response.text.splitlines()]

    def calls(self, provider: str, match: str) -> list[dict[str, Any]]:
        """Exchanges whose method, path and body contain `match`."""
        return [e for e in self.exchanges(provider) if match in f"{e['method']} {e['path']} {e['body']}"]

    def books(self, provider: str) -> dict[str, Any]:
        response = self.http.get("/_sandbox/books", params={"provider": provider})
        response.raise_for_status()
        books: dict[str, Any] = response.json()
        return books

    def register_webhook(self, provider: str, url: str, secret: str, account: str = "") -> None:
        body = {"provider": provider, "url": url, "secret": secret}
        self.control("webhooks", **body, **({"account": account} if account else {}))

    def deliveries(self, provider: str = "") -> list[dict[str, Any]]:
        response = self.http.get("/_sandbox/deliveries")
        return [d for d in response.json() if not provider or d["provider"] == provider]

    def wait_until_idle(self) -> None:
        self.http.get("/_sandbox/idle").raise_for_status()
