"""An app at Crypto Pay without its HTTP: what it asked for, what it was paid, and what it sent.

https://help.crypt.bot/crypto-pay-api. What that page does not name (the words of refusals) is as the live server says.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

Json = dict[str, Any]

ASSETS = ("USDT", "TON", "BTC", "ETH", "LTC", "BNB", "TRX", "USDC")
LONGEST_PAYLOAD_BYTES = 4096
LONGEST_SECONDS = 2_678_400
# The parameters of each method, and of what kind they are; those with a star have to be there.
PARAMETERS: dict[str, dict[str, type]] = {
    "getMe": {},
    "getExchangeRates": {},
    "createInvoice": {
        "currency_type": str, "asset*": str, "amount*": str, "description": str, "hidden_message": str,
        "paid_btn_name": str, "paid_btn_url": str, "payload": str, "allow_comments": bool, "allow_anonymous": bool,
        "expires_in": int,
    },
    "getInvoices": {"asset": str, "fiat": str, "invoice_ids": str, "status": str, "offset": int, "count": int},
    "deleteInvoice": {"invoice_id*": int},
    "transfer": {
        "user_id*": int, "asset*": str, "amount*": str, "spend_id*": str, "comment": str,
        "disable_send_notification": bool,
    },
    "getTransfers": {"asset": str, "transfer_ids": str, "spend_id": str, "offset": int, "count": int},
}  # fmt: skip


class Refused(Exception):
    """The server says no; `breach` when the call is none the documentation allows."""

    def __init__(self, name: str, code: int = 400, *, breach: bool = False) -> None:
        super().__init__(name)
        self.name = name
        self.code = code
        self.breach = breach


@dataclass
class SandboxInvoice:
    """An invoice as the server keeps it."""

    invoice_id: int
    asset: str
    amount: Decimal
    given: Json
    created_at: datetime
    expires_at: datetime | None
    paid_at: datetime | None = None
    paid_amount: Decimal | None = None  # told only when it is not what was asked for
    paid_asset: str | None = None

    @property
    def url(self) -> str:
        """Where it is paid."""
        return f"https://t.me/CryptoBot?start=IV{self.invoice_id}"

    def status(self, now: datetime) -> str:
        """The server's word for where it stands."""
        if self.paid_at is not None:
            return "paid"
        return "expired" if self.expires_at is not None and self.expires_at <= now else "active"

    def as_json(self, now: datetime) -> Json:
        """The object as the API shows it."""
        shown: Json = {
            "invoice_id": self.invoice_id,
            "hash": f"IV{self.invoice_id}",
            "currency_type": "crypto",
            "asset": self.asset,
            "amount": f"{self.amount:f}",
            "bot_invoice_url": self.url,
            "status": self.status(now),
            "created_at": self.created_at.isoformat(),
            "allow_comments": self.given.get("allow_comments", True),
            "allow_anonymous": self.given.get("allow_anonymous", True),
        }
        shown |= {name: self.given[name] for name in ("description", "payload", "paid_btn_name") if name in self.given}
        if self.expires_at is not None:
            shown["expiration_date"] = self.expires_at.isoformat()
        if self.paid_at is not None:
            shown["paid_at"] = self.paid_at.isoformat()
        if self.paid_amount is not None:
            shown |= {"paid_amount": f"{self.paid_amount:f}", "paid_asset": self.paid_asset}
        return shown


class Account:
    """One app. `rates` (by asset and currency), `balance` and `users` may be changed at any time."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """`clock` gives aware UTC times."""
        self.clock = clock
        self.rates: dict[tuple[str, str], str] = {
            ("USDT", "USD"): "1.0005",
            ("TON", "USD"): "3.1",
            ("BTC", "USD"): "104321.5",
            ("USDT", "EUR"): "0.92",
        }
        self.stale: set[str] = set()  # assets whose rates are not up to date
        self.invoices: dict[int, SandboxInvoice] = {}
        self._next_invoice = 8801
        self.transfers: list[Json] = []
        self.balance: dict[str, Decimal] = {asset: Decimal(0) for asset in ASSETS}
        self.transfers_allowed = True
        self.users: set[int] | None = None  # who has used the bot; None: everybody

    def invoice(self, which: int | str) -> SandboxInvoice:
        """The invoice of this number or address."""
        return next(each for each in self.invoices.values() if which in {each.invoice_id, each.url})

    def settle(self, which: int | str, amount: Decimal | None = None, asset: str | None = None) -> SandboxInvoice:
        """Somebody pays an invoice, or another amount than asked for."""
        invoice = self.invoice(which)
        assert invoice.status(self.clock()) == "active", "only an active invoice can be paid"  # noqa: S101
        invoice.paid_at = self.clock()
        if amount is not None or asset is not None:
            invoice.paid_amount = invoice.amount if amount is None else amount
            invoice.paid_asset = asset or invoice.asset
        self.balance[asset or invoice.asset] += amount or invoice.amount
        return invoice

    def perform(self, method: str, given: Json) -> Any:
        """Carry a call out and return its result. Raises Refused."""
        if method not in PARAMETERS:
            raise Refused("METHOD_NOT_FOUND", 405, breach=True)
        _check(method, given)
        return getattr(self, f"_{method}")(given)

    def _getMe(self, _: Json) -> Json:  # noqa: N802 - the API's name
        return {"app_id": 1, "name": "Sandbox shop", "payment_processing_bot_username": "CryptoBot"}

    def _getExchangeRates(self, _: Json) -> list[Json]:  # noqa: N802
        kind = {"is_crypto": True, "is_fiat": False}
        return [
            {"is_valid": source not in self.stale, "source": source, "target": target, "rate": rate} | kind
            for (source, target), rate in self.rates.items()
        ]

    def _createInvoice(self, given: Json) -> Json:  # noqa: N802
        now = self.clock()
        seconds = given.get("expires_in")
        if ("paid_btn_name" in given) != ("paid_btn_url" in given):
            raise Refused("PAID_BTN_URL_REQUIRED", breach=True)
        if len(given.get("payload", "").encode()) > LONGEST_PAYLOAD_BYTES:
            raise Refused("PAYLOAD_TOO_LONG", breach=True)
        if seconds is not None and not 1 <= seconds <= LONGEST_SECONDS:
            raise Refused("EXPIRES_IN_INVALID", breach=True)
        invoice = SandboxInvoice(
            invoice_id=self._next_invoice,
            asset=given["asset"],
            amount=_amount(given["amount"]),
            given=given,
            created_at=now,
            expires_at=None if seconds is None else now + timedelta(seconds=seconds),
        )
        self._next_invoice += 1
        self.invoices[invoice.invoice_id] = invoice
        return invoice.as_json(now)

    def _getInvoices(self, given: Json) -> Json:  # noqa: N802
        count = given.get("count", 100)
        if not 1 <= count <= 1000:
            raise Refused("COUNT_INVALID", breach=True)
        ids = {int(each) for each in given["invoice_ids"].split(",")} if "invoice_ids" in given else set(self.invoices)
        shown = [each.as_json(self.clock()) for number, each in self.invoices.items() if number in ids]
        return {"items": [each for each in shown if given.get("status") in {None, each["status"]}][:count]}

    def _deleteInvoice(self, given: Json) -> bool:  # noqa: N802
        invoice = self.invoices.get(given["invoice_id"])
        if invoice is None or invoice.status(self.clock()) != "active":
            raise Refused("INVOICE_NOT_FOUND")
        del self.invoices[invoice.invoice_id]
        return True

    def _transfer(self, given: Json) -> Json:
        amount = _amount(given["amount"])
        if not self.transfers_allowed:
            raise Refused("METHOD_DISABLED", 403)
        if any(each["spend_id"] == given["spend_id"] for each in self.transfers):
            raise Refused("SPEND_ID_ALREADY_USED")
        if self.users is not None and given["user_id"] not in self.users:
            raise Refused("USER_NOT_FOUND")
        if amount > self.balance[given["asset"]]:
            raise Refused("NOT_ENOUGH_COINS")
        self.balance[given["asset"]] -= amount
        transfer = {"transfer_id": len(self.transfers) + 1, "status": "completed"} | given
        self.transfers.append(transfer)
        return transfer

    def _getTransfers(self, given: Json) -> Json:  # noqa: N802
        wanted = given.get("spend_id")
        return {"items": [each for each in self.transfers if wanted in {None, each["spend_id"]}]}


def _check(method: str, given: Json) -> None:
    known = {name.rstrip("*"): kind for name, kind in PARAMETERS[method].items()}
    needed = {name.rstrip("*") for name in PARAMETERS[method] if name.endswith("*")}
    if missing := needed - given.keys():
        raise Refused(f"{min(missing).upper()}_REQUIRED", breach=True)
    for name, value in given.items():
        if name not in known:
            raise Refused(f"{name.upper()}_UNKNOWN", breach=True)
        if type(value) is not known[name]:
            raise Refused(f"{name.upper()}_INVALID", breach=True)
    if given.get("asset", ASSETS[0]) not in ASSETS:
        raise Refused("ASSET_INVALID", breach=True)


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise Refused("AMOUNT_INVALID", breach=True) from None
    if not amount.is_finite() or amount <= 0 or "E" in text.upper():
        raise Refused("AMOUNT_INVALID", breach=True)
    return amount
