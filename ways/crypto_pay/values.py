"""What Crypto Pay answers and announces, as far as the store reads it.

https://help.crypt.bot/crypto-pay-api, "Available types". Amounts come as strings.
"""

from decimal import Decimal

from pydantic import BaseModel, Field


class App(BaseModel):
    """The owner's app at Crypto Pay."""

    name: str


class Rate(BaseModel):
    """What one `source` (an asset) is worth in `target` (a fiat currency)."""

    source: str
    target: str
    rate: Decimal
    is_valid: bool  # up to date


class CryptoInvoice(BaseModel):
    """An invoice as the provider has it. `payload` is the token of ours."""

    invoice_id: int
    status: str  # active, paid, expired
    bot_invoice_url: str
    amount: Decimal = Field(gt=0)
    asset: str | None = None
    paid_amount: Decimal | None = Field(default=None, gt=0)
    paid_asset: str | None = None
    payload: str | None = None

    @property
    def paid(self) -> tuple[Decimal, str]:
        """How much of what was paid; the provider names it apart only where it may differ from what was asked for."""
        return self.paid_amount or self.amount, self.paid_asset or self.asset or ""


class Transfer(BaseModel):
    """Coins that went from the app to a user."""

    spend_id: str | None = None


class Update(BaseModel):
    """What a webhook delivers."""

    update_type: str
    payload: dict[str, object]
