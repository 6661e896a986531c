"""The client of the Crypto Pay API: one POST a call, nothing repeated by itself.

https://help.crypt.bot/crypto-pay-api. Why none from outside: docs/decisions/0008.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Sequence
from decimal import Decimal
from http import HTTPStatus
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from ways.crypto_pay.values import App, CryptoInvoice, Rate, Transfer

INVOICES_A_CALL = 1000  # getInvoices: "Values between 1-1000 are accepted"
LONGEST_DESCRIPTION = 1024

T = TypeVar("T")


class CryptoPayError(Exception):
    """Crypto Pay did not do what it was asked for."""


class CryptoPayAway(CryptoPayError):
    """No answer, or none that can be read: what was asked for may be done or not."""


class CryptoPayRefused(CryptoPayError):
    """Crypto Pay said no, in one word (`name`), and nothing was done."""

    def __init__(self, method: str, code: int, name: str) -> None:
        """`code` is the HTTP status that goes with the refusal."""
        super().__init__(f"{method}: {code} {name}")
        self.name = name
        self.is_of_token = code == HTTPStatus.UNAUTHORIZED


class _Error(BaseModel):
    code: int
    name: str


class _Reply(BaseModel):
    ok: bool
    result: Any = None
    error: _Error | None = None


_APP = TypeAdapter(App)
_RATES = TypeAdapter(list[Rate])
_INVOICE = TypeAdapter(CryptoInvoice)
_INVOICES = TypeAdapter(list[CryptoInvoice])
_TRANSFERS = TypeAdapter(list[Transfer])
_ANYTHING: TypeAdapter[Any] = TypeAdapter(Any)


class CryptoPayClient:
    """An app at Crypto Pay. Close it with `aclose`. Every call raises CryptoPayAway and CryptoPayRefused."""

    def __init__(self, url: str, token: str, *, timeout: float = 10.0) -> None:
        """`url` is the server's, without `/api`; a call may take `timeout` seconds. Nothing is sent yet."""
        self._url = url
        self._key = hashlib.sha256(token.encode()).digest()
        self._timeout = timeout
        self._http = httpx.AsyncClient(headers={"Crypto-Pay-API-Token": token}, timeout=timeout)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def app(self) -> App:
        """Return the app the token belongs to."""
        return await self._call("getMe", _APP)

    async def rates(self) -> list[Rate]:
        """Return what each asset is worth in each currency."""
        return await self._call("getExchangeRates", _RATES)

    async def create_invoice(
        self, asset: str, amount: Decimal, *, payload: str, description: str, expires_in: int, return_to: str
    ) -> CryptoInvoice:
        """Ask for `amount` of `asset` within `expires_in` seconds; called twice it asks twice.

        `return_to` is opened by a button once it is paid.
        """
        return await self._call(
            "createInvoice",
            _INVOICE,
            currency_type="crypto",
            asset=asset,
            amount=f"{amount:f}",
            payload=payload,
            description=description[:LONGEST_DESCRIPTION],
            expires_in=expires_in,
            paid_btn_name="openBot",
            paid_btn_url=return_to,
            allow_comments=False,
        )

    async def invoices(self, ids: Sequence[str]) -> list[CryptoInvoice]:
        """Return those of at most 1,000 invoices that the provider knows."""
        return await self._call("getInvoices", _INVOICES, invoice_ids=",".join(ids), count=INVOICES_A_CALL)

    async def delete_invoice(self, invoice_id: str) -> None:
        """Take an invoice back that nobody has paid."""
        await self._call("deleteInvoice", _ANYTHING, invoice_id=int(invoice_id))

    async def transfer(self, user_id: int, asset: str, amount: Decimal, spend_id: str) -> None:
        """Send coins of the app to a Telegram user: "the same spend_id can be accepted only once from your app"."""
        await self._call("transfer", _ANYTHING, user_id=user_id, asset=asset, amount=f"{amount:f}", spend_id=spend_id)

    async def has_transferred(self, spend_id: str) -> bool:
        """Whether a transfer of this spend_id was made."""
        found = await self._call("getTransfers", _TRANSFERS, spend_id=spend_id)
        return any(transfer.spend_id == spend_id for transfer in found)

    def is_signed(self, body: bytes, signature: str) -> bool:
        """Whether a webhook's body comes from Crypto Pay: HMAC-SHA256 of it, the key being SHA256 of the token."""
        expected = hmac.new(self._key, body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(signature.encode(errors="surrogateescape"), expected.encode())

    async def _call(self, method: str, kind: TypeAdapter[T], **parameters: Any) -> T:
        try:
            async with asyncio.timeout(self._timeout):
                response = await self._http.post(f"{self._url}/api/{method}", json=parameters)
        except (httpx.HTTPError, TimeoutError, OSError) as error:
            raise CryptoPayAway(f"{method}: {type(error).__name__}") from None
        try:
            reply = _Reply.model_validate_json(response.content)
            if reply.ok:
                return kind.validate_python(_listed(reply.result))
        except ValidationError:
            raise CryptoPayAway(f"{method}: HTTP {response.status_code}, no answer that can be read") from None
        said = reply.error or _Error(code=response.status_code, name="UNKNOWN")
        if said.code >= HTTPStatus.INTERNAL_SERVER_ERROR or said.code == HTTPStatus.TOO_MANY_REQUESTS:
            raise CryptoPayAway(f"{method}: {said.code} {said.name}")
        raise CryptoPayRefused(method, said.code, said.name)


def _listed(result: Any) -> Any:
    """Return a list as it is documented; the server wraps some into an object with `items`."""
    return result["items"] if isinstance(result, dict) and "items" in result else result
