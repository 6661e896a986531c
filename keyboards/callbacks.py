"""What buttons carry: each names its thing by a stable id, so that it works after a restart and can be checked.

Telegram gives a button 64 bytes. Prefixes are short; a panel's service id takes at most 40 bytes (`shop.stock`).
"""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from aiogram.filters.callback_data import CallbackData
from pydantic import Field

from shop.orders import Filter
from shop.periods import Period

# What fits a column: a forged number beyond it is a button nobody made, not an error of ours.
RowId = Annotated[int, Field(ge=0, lt=2**63)]


class To(StrEnum):
    """The screens that need nothing but their name."""

    HOME = "home"
    CATALOGUE = "cat"
    ORDERS = "ord"
    WALLET = "wal"
    HELP = "help"
    SETTINGS = "set"
    CLOSE = "x"  # out of a journey
    DESK = "desk"  # the owner's
    FIND_PAYMENT = "find"  # the owner's
    TILL = "till"  # the owner's


class Open(CallbackData, prefix="n"):
    """Show a screen; `fresh` sends it as a new message, from a message that is to be kept as it is."""

    to: To
    fresh: bool = False


class OpenCatalogue(CallbackData, prefix="pl"):
    """A page of the platforms."""

    page: int = 0


class OpenPlatform(CallbackData, prefix="p"):
    """The categories of a platform."""

    slug: str
    page: int = 0


class OpenCategory(CallbackData, prefix="c"):
    """The services of a category on a platform."""

    id: int
    slug: str
    page: int = 0


class OpenService(CallbackData, prefix="s", sep="|"):
    """A service's card; the id is the panel's own and may hold a colon."""

    id: str


class DraftAct(StrEnum):
    """What can be done to a draft with a button."""

    OPEN = "o"  # go on with it
    BACK = "b"
    INSIST = "i"  # use the link of another platform
    DRIP = "d"
    QUANTITY = "q"
    PLAN = "p"
    INTERVAL = "m"
    CLEAR = "c"  # begin the comments again
    DONE = "k"  # the comments are all there


class EditDraft(CallbackData, prefix="d"):
    """Change a draft; `value` and `more` hold a quantity, or runs and minutes."""

    id: int
    act: DraftAct
    value: int = 0
    more: int = 0


class Confirm(CallbackData, prefix="ok"):
    """Place the order: the one button that spends money."""

    token: str


class OpenOrders(CallbackData, prefix="os"):
    """A page of the customer's orders."""

    which: Filter
    page: int = 0


class OrderAct(StrEnum):
    """What can be done with an order."""

    OPEN = "o"  # its card inside the orders menu
    REFRESH = "r"  # look at the panel now, from the menu
    REFRESH_CARD = "R"  # the same, on the live card
    COMMENTS = "t"  # its comments as a file
    REFILL = "f"
    CANCEL = "c"  # asks first
    CANCEL_SURE = "C"
    WITHDRAW = "w"  # asks first
    WITHDRAW_SURE = "W"
    AGAIN = "a"  # a new draft like it


class OnOrder(CallbackData, prefix="o"):
    """Do something with an order; `fresh` answers with a new message."""

    id: RowId
    act: OrderAct
    fresh: bool = False


class OpenCases(CallbackData, prefix="us"):
    """A page of the orders that wait for an owner's decision."""

    page: int = 0


class CaseAct(StrEnum):
    """What an owner can do about an unconfirmed order; each act asks first, in capitals it is done."""

    OPEN = "o"
    IS = "i"
    IS_SURE = "I"
    TYPE = "t"  # the panel's number is typed
    REFUND = "r"
    REFUND_SURE = "R"
    AGAIN = "a"
    AGAIN_SURE = "A"


class OnCase(CallbackData, prefix="u", sep="|"):
    """Decide about an unconfirmed order; `panel` is the panel's own id, at most 36 bytes here."""

    id: RowId
    act: CaseAct
    panel: str = ""


class OpenStatement(CallbackData, prefix="w"):
    """A page of a wallet's statement; `of` is a customer an owner looks at, 0 is oneself."""

    page: int = 0
    of: RowId = 0


class OpenMonths(CallbackData, prefix="wm"):
    """A page of a wallet's totals by month."""

    page: int = 0
    of: RowId = 0


class OpenExport(CallbackData, prefix="we"):
    """Ask of which period a statement is wanted as a file."""

    of: RowId = 0


class Export(CallbackData, prefix="wx"):
    """Send a period's statement as a file."""

    period: Period
    of: RowId = 0


class SeePayment(CallbackData, prefix="wp"):
    """A payment's card; the way back is to this page of the statement."""

    id: RowId
    page: int = 0
    of: RowId = 0


class SeeOrder(CallbackData, prefix="wo"):
    """An order's card as an owner sees it; the way back is to this page of the customer's statement."""

    id: RowId
    page: int = 0
    of: RowId = 0


class Setting(StrEnum):
    """What a customer can set."""

    LANGUAGE = "l"
    CARDS = "c"
    ENDS = "e"


class Set(CallbackData, prefix="set"):
    """Change a setting."""

    what: Setting
    value: str


class OpenTopUp(CallbackData, prefix="tu"):
    """Ask how much to top up; `draft` is the order that waits for the money, 0 for none."""

    draft: RowId = 0


class TopUpFor(CallbackData, prefix="ta"):
    """Top up this much, in the smallest sums the store shows."""

    cents: RowId
    draft: RowId = 0


class ChooseWay(CallbackData, prefix="tw", sep="|"):
    """Pay this much in this way; `choice` is the way's own (at most 20 bytes)."""

    way: str
    choice: str
    cents: RowId
    draft: RowId = 0


class InvoiceAct(StrEnum):
    """What a customer can do with an invoice."""

    OPEN = "o"  # how to pay, once more
    CANCEL = "x"
    CLAIM = "c"  # "I have paid": a way by hand asks for proof
    CLAIM_AGAIN = "C"  # the same, below a message that is to be kept


class OnInvoice(CallbackData, prefix="iv"):
    """Do something with an invoice."""

    id: RowId
    act: InvoiceAct


class OpenPayments(CallbackData, prefix="ps"):
    """A page of all payments, for an owner."""

    page: int = 0


class PayAct(StrEnum):
    """What an owner can do with a payment; in capitals it is done, otherwise it asks first."""

    OPEN = "o"
    RETURN = "r"
    RETURN_SURE = "R"
    RETURN_FROM_BALANCE = "B"  # some of it is spent: other money of the wallet makes up for it
    RETURNED = "H"  # the owner has sent it back by hand
    RETURNED_FROM_BALANCE = "N"


class OnPayment(CallbackData, prefix="py"):
    """Do something with a payment."""

    id: RowId
    act: PayAct


class TillField(StrEnum):
    """What an owner can set about taking money, by the names of `shop.till.Till`."""

    STAR_VALUE = "star_value"
    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    TERMS = "terms"
    SUPPORT = "support"


class SetTill(CallbackData, prefix="tl"):
    """Set something about taking money.

    Without a `mark` it asks for the value; `default` proposes the shop's own. The button that commits carries the mark
    of the value it was shown with.
    """

    field: TillField
    default: bool = False
    mark: RowId = 0


class OpenProofs(CallbackData, prefix="hs"):
    """A page of the payments by hand that wait for an owner's decision."""

    page: int = 0


class GiveCode(CallbackData, prefix="bc"):
    """Ask for a bonus code; `drop` forgets the one that waits."""

    drop: bool = False


class OpenInvite(CallbackData, prefix="rf"):
    """The customer's own link, and what it brought; from a message that is to be kept, `fresh`."""

    fresh: bool = False


class AskWhose(CallbackData, prefix="ws"):
    """An owner is asked whose statement they want."""


class OpenBooks(CallbackData, prefix="bk"):
    """The store's books of a period."""

    period: Period


class ExportBooks(CallbackData, prefix="bx"):
    """Send the store's books of a period as a file."""

    period: Period


class OpenCodes(CallbackData, prefix="bl"):
    """A page of the bonus codes."""

    page: int = 0


class ProofAct(StrEnum):
    """What an owner can do about a payment by hand; what is typed or chosen is asked about, in capitals it is done."""

    OPEN = "o"  # its card, as a new message
    APPROVE = "A"
    OTHER = "t"  # another amount is typed
    REFUSE = "r"  # asks why
    WHY = "w"  # for this reason: asks if sure
    REFUSE_SURE = "R"


class OnProof(CallbackData, prefix="hp"):
    """Decide about a payment by hand.

    `units` and `cents` are another amount than the invoice's: what arrived, and what it is worth in the smallest sums
    the store shows. `why` is one of `shop.by_hand.Why`, empty for words the owner typed.
    """

    id: RowId
    act: ProofAct
    units: Decimal | None = None
    cents: RowId = 0
    why: str = ""


class OpenPayWays(CallbackData, prefix="hw"):
    """The ways to pay by hand, for an owner."""


class PayWayAct(StrEnum):
    """What an owner can do about a way to pay by hand."""

    OPEN = "o"
    ADD = "a"
    CHANGE = "c"  # a field is typed
    ON = "n"  # asks once whether the rule about digital goods is known
    ON_SURE = "N"
    OFF = "f"
    UP = "u"
    DELETE = "d"  # asks first
    DELETE_SURE = "D"


class OnPayWay(CallbackData, prefix="hy"):
    """Do something with a way to pay by hand; `field` is one of `shop.pay_ways.Field`."""

    act: PayWayAct
    id: RowId = 0
    field: str = ""


class HoldCustomer(CallbackData, prefix="hc"):
    """Put a customer on hold, or let them go."""

    id: RowId
    held: bool


class CodeAct(StrEnum):
    """What an owner can do with a bonus code."""

    OPEN = "o"
    OFF = "f"  # asks first
    OFF_SURE = "F"


class OnCode(CallbackData, prefix="bo"):
    """Do something with a bonus code."""

    id: RowId
    act: CodeAct


class NewCode(CallbackData, prefix="bn", sep="|"):
    """Answer a question about the code that is being made; without a question, begin."""

    question: str = ""
    answer: str = ""


class OpenReferrals(CallbackData, prefix="ro"):
    """What referrals bring."""


class SetReferrals(CallbackData, prefix="rs"):
    """Have referrals bring so much (in hundredths of a percent) for so many days; asks first, `sure` does it."""

    percent: RowId
    days: RowId
    sure: bool = False
