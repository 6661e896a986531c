"""Everything the shop refuses, as one tree; what the customer reads about it is decided in `handlers.errors`.

ShopError
├── DraftGone           the draft is unknown, somebody else's, or its card is out of date
├── ServiceGone         not on sale (any more)
├── QuantityOutOfRange  outside the limits of the service
├── CommentsOutOfRange  too few or too many lines
├── PlanOutOfRange      runs or interval of a drip-feed not possible
├── PriceChanged        the price is not the one that was shown
├── NotEnoughMoney      the wallet holds less than is needed
├── AmountTooLarge      a sum no wallet can hold
├── OrderGone           the order is unknown or somebody else's
├── NotPossible         the order cannot be refilled, canceled or withdrawn now
├── AlreadyDecided      the order is not unconfirmed (any more): nothing is left to decide
├── OnHold              an owner put the customer on hold: nothing is sold, no money is taken
├── TopUpOutOfRange     less or more than can be paid in at once
├── ValueOutOfRange     a setting of the till that does not fit the others, or makes no sense
├── TooManyInvoices     asked for too many invoices within an hour
├── WayClosed           cannot be paid with at the moment
├── InvoiceGone         the invoice is unknown, somebody else's, or cannot be paid (any more)
├── AlreadyClaimed      the shop looks at the payment of this invoice already
├── TooManyClaimed      too many payments by hand wait for an owner
├── PayWayGone          an owner's way to pay is not there (any more)
├── PayWayOn            a way to pay that is on cannot be deleted
├── PayWayInUse         customers are paying in this way
├── RuleUnread          no owner has said yet that the rule about digital goods is known
├── PaymentGone         the payment is unknown or somebody else's
├── AlreadyRefunded     the payment was sent back, or is about to be
├── AlreadySpent        not all of the payment is in the wallet any more
├── CodeRefused         the bonus code brings nothing:
│   ├── CodeUnknown     there is none like that
│   ├── CodeOver        its time is over, or an owner switched it off
│   ├── CodeUsedUp      as many used it as may
│   └── CodeUsedBefore  this customer used it as often as they may
├── TooManyCodes        tried too many codes within an hour
├── CodeTaken           there is a bonus code of that name already
├── CodeGone            the bonus code is unknown to the owner's desk
├── StatementTooLong    more entries than one file may hold
├── TakenByAnother      the panel's order belongs to another order of the shop
└── TooSoon             asked again before the polite interval was over
"""

from dataclasses import dataclass
from decimal import Decimal


class ShopError(Exception):
    """A refusal of the shop."""


class DraftGone(ShopError):
    """The draft is unknown, somebody else's, or its card is out of date."""


class AmountTooLarge(ShopError):
    """A sum no wallet can hold."""


class OrderGone(ShopError):
    """The order is unknown or somebody else's."""


class NotPossible(ShopError):
    """The order cannot be refilled, canceled or withdrawn in the state it is in."""


class AlreadyDecided(ShopError):
    """The order is not unconfirmed (any more): nothing is left to decide."""


class OnHold(ShopError):
    """An owner put the customer on hold: nothing is sold to them and no money taken."""


class WayClosed(ShopError):
    """This way to pay is off, or its provider does not answer."""


class InvoiceGone(ShopError):
    """The invoice is unknown, somebody else's, or cannot be paid (any more)."""


class AlreadyClaimed(ShopError):
    """The customer has shown a proof of this payment, and an owner is to decide."""


class PayWayGone(ShopError):
    """The owner's way to pay is not there (any more)."""


class PayWayOn(ShopError):
    """A way to pay that is on cannot be deleted."""


class PayWayInUse(ShopError):
    """Customers are paying in this way, or wait for the shop's answer."""


class RuleUnread(ShopError):
    """No owner has said yet that Telegram's rule about digital goods is known."""


class PaymentGone(ShopError):
    """The payment is unknown or somebody else's."""


class AlreadyRefunded(ShopError):
    """The payment was sent back, or is about to be."""


class CodeRefused(ShopError):
    """The bonus code brings nothing."""


class CodeUnknown(CodeRefused):
    """There is no such bonus code."""


class CodeOver(CodeRefused):
    """The bonus code's time is over, or an owner switched it off."""


class CodeUsedUp(CodeRefused):
    """As many customers used the bonus code as may."""


class CodeUsedBefore(CodeRefused):
    """This customer used the bonus code as often as they may."""


class StatementTooLong(ShopError):
    """More entries than one file may hold; a shorter period has less."""


class CodeTaken(ShopError):
    """There is a bonus code of that name already."""


class CodeGone(ShopError):
    """The bonus code is unknown to the owner's desk."""


@dataclass(eq=False)
class AlreadySpent(ShopError):
    """Of the payment's `amount` only `unspent` is in the wallet still (currency)."""

    unspent: Decimal
    amount: Decimal


@dataclass(eq=False)
class TopUpOutOfRange(ShopError):
    """Less or more than can be paid in at once (currency)."""

    minimum: Decimal
    maximum: Decimal


@dataclass(eq=False)
class ValueOutOfRange(ShopError):
    """A sum set for the till has to lie between these two (currency)."""

    minimum: Decimal
    maximum: Decimal


@dataclass(eq=False)
class TooManyInvoices(ShopError):
    """Too many invoices within an hour; again in so many `minutes`."""

    minutes: int


@dataclass(eq=False)
class TooManyClaimed(ShopError):
    """So many (`count`) payments by hand of this customer wait for an owner already."""

    count: int


@dataclass(eq=False)
class TooManyCodes(ShopError):
    """Too many codes tried within an hour; again in so many `minutes`."""

    minutes: int


@dataclass(eq=False)
class TakenByAnother(ShopError):
    """The panel's order belongs to this order of the shop."""

    order_id: int


@dataclass(eq=False)
class ServiceGone(ShopError):
    """The service is not on sale (any more)."""

    service_id: str


@dataclass(eq=False)
class QuantityOutOfRange(ShopError):
    """The quantity is outside the limits; with `runs`, `given` is of one run and `maximum` of all runs together."""

    given: int
    minimum: int
    maximum: int
    runs: int | None = None


@dataclass(eq=False)
class CommentsOutOfRange(ShopError):
    """Too few or too many lines of comments."""

    given: int
    minimum: int
    maximum: int


@dataclass(eq=False)
class PlanOutOfRange(ShopError):
    """Runs or interval (minutes) of a drip-feed that are not possible."""

    max_runs: int
    max_interval: int


@dataclass(eq=False)
class PriceChanged(ShopError):
    """The price is not the one that was shown (currency)."""

    shown: Decimal
    price: Decimal


@dataclass(eq=False)
class NotEnoughMoney(ShopError):
    """The wallet holds `balance`, less than the `needed` sum (currency)."""

    balance: Decimal
    needed: Decimal

    @property
    def missing(self) -> Decimal:
        """What has to be topped up (currency)."""
        return self.needed - self.balance


@dataclass(eq=False)
class TooSoon(ShopError):
    """Asked again before the polite interval was over."""

    seconds: int


__all__ = [
    "AlreadyClaimed",
    "AlreadyDecided",
    "AlreadyRefunded",
    "AlreadySpent",
    "AmountTooLarge",
    "CodeGone",
    "CodeOver",
    "CodeRefused",
    "CodeTaken",
    "CodeUnknown",
    "CodeUsedBefore",
    "CodeUsedUp",
    "CommentsOutOfRange",
    "DraftGone",
    "InvoiceGone",
    "NotEnoughMoney",
    "NotPossible",
    "OnHold",
    "OrderGone",
    "PayWayGone",
    "PayWayInUse",
    "PayWayOn",
    "PaymentGone",
    "PlanOutOfRange",
    "PriceChanged",
    "QuantityOutOfRange",
    "RuleUnread",
    "ServiceGone",
    "ShopError",
    "StatementTooLong",
    "TakenByAnother",
    "TooManyClaimed",
    "TooManyCodes",
    "TooManyInvoices",
    "TooSoon",
    "TopUpOutOfRange",
    "ValueOutOfRange",
    "WayClosed",
]
