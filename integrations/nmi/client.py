"""The two endpoints of one NMI account; what is neither an approval nor a decline nor a rejection is raised here."""

import httpx
from django.conf import settings

from integrations.errors import OutcomeUnknown, ProviderRefused, ProviderUnavailable
from integrations.http import send
from integrations.nmi import declines, reports, wire
from integrations.nmi.reports import Transaction
from integrations.nmi.wire import PROVIDER, Answer


class Account:
    """One account's API, opened by its security key."""

    def __init__(self, security_key: str) -> None:
        self._security_key = security_key

    def transact(self, **fields: str) -> Answer:
        """Send one transaction request.

        The answer is an approval, a decline or a rejection by the gateway (`Answer.rejected`, whose text the caller
        reads). Raises `OutcomeUnknown` also where NMI answered that it does not know.
        """
        answer = wire.read_answer(self._post("transact.php", fields).text)
        detail = f"{answer.code} {answer.text}"
        if answer.code in declines.UNKNOWN:
            raise OutcomeUnknown(PROVIDER, detail)
        if answer.code == declines.RATE_LIMITED:
            raise ProviderUnavailable(PROVIDER, detail)
        match answer.response:
            case 1 if answer.code in declines.APPROVED:
                return answer
            case 2:
                return answer
            case 3 if answer.rejected or answer.code in declines.DECLINED:
                return answer
            case 3:
                raise ProviderRefused(PROVIDER, detail)
        raise OutcomeUnknown(PROVIDER, detail)

    def query(self, **fields: str) -> list[Transaction]:
        """The transactions that match; none is no error."""
        return reports.read_report(self._post("query.php", fields).content)

    def _post(self, endpoint: str, fields: dict[str, str]) -> httpx.Response:
        form = {"security_key": self._security_key, **fields}
        response = send(PROVIDER, "POST", f"{settings.NMI_BASE_URL}/api/{endpoint}", data=form)
        detail = f"HTTP {response.status_code}"
        if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
            raise ProviderUnavailable(PROVIDER, detail)
        if response.is_client_error:
            raise ProviderRefused(PROVIDER, detail)
        if response.status_code != httpx.codes.OK:
            raise OutcomeUnknown(PROVIDER, detail)
        return response
