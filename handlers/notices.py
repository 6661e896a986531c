"""How each notice reads: the live card, the end of an order, money that moved, and what an owner must know."""

from decimal import Decimal

from db.tables import Draft, Notice, NoticeKind, Order, OrderState, Payment
from handlers import case_card, order_card, proof_card
from handlers.screen import Screen
from keyboards import orders as keys
from keyboards.base import continue_draft, keyboard
from keyboards.payments import copy_charge
from keyboards.proofs import again
from shop.by_hand import Case as HandCase
from shop.deciding import Case
from texts import Speech

LONGEST_FACT = 500
LONGEST_CHARGE = 120
SUMS = {"amount", "taken", "missing"}  # facts of alerts that are in the shop's currency


def render(
    say: Speech,
    notice: Notice,
    order: Order | None,
    waiting: Draft | None = None,
    case: Case | None = None,
    payment: Payment | None = None,
    shown: HandCase | None = None,
) -> Screen:
    """Return the message of a notice. `waiting` is a draft that lacked the money, `case` what is to be decided.

    `shown` is a payment by hand with its proof.
    """
    match notice.kind:
        case NoticeKind.CARD if order is not None:
            return order_card.screen(say, order)
        case NoticeKind.ENDED if order is not None:
            return ended(say, notice, order)
        case NoticeKind.CREDITED:
            return credited(say, notice, waiting)
        case NoticeKind.RECEIPT if payment is not None:
            return receipt(say, notice, payment)
        case NoticeKind.BONUS:
            return bonus(say, notice)
        case NoticeKind.DECIDE:
            return case_card.screen(say, case) if case else Screen(say("error-decided"))
        case NoticeKind.PROOF if shown is not None:
            return proof_card.screen(say, shown)
        case NoticeKind.REFUSED:
            return refused(say, notice)
        case _:
            return alert(say, notice)


def ended(say: Speech, notice: Notice, order: Order) -> Screen:
    """Return how an order ended and what came back; the facts are those of the moment it ended."""
    state = OrderState(notice.content["state"])
    refund = Decimal(notice.content["refund"])
    uncounted = order_card.is_uncounted(order) and state is not OrderState.REJECTED
    lines = [
        say(
            f"ended-{state.value}{'-package' if uncounted else ''}",
            id=str(order.id),
            delivered=say.number(int(notice.content["delivered"])),
            total=say.number(order.total),
        )
    ]
    if state is OrderState.REJECTED:
        lines.append(order_card.refusal(say, order))
    if refund:
        lines.append(say("ended-refund", amount=say.money(refund)))
    return Screen("\n".join(lines), keys.ended(say, order))


def credited(say: Speech, notice: Notice, waiting: Draft | None) -> Screen:
    """Return that the owner moved money, and the way back to an order that waited for it."""
    amount = Decimal(notice.content["amount"])
    text = say(
        "credited" if amount > 0 else "debited",
        amount=say.money(abs(amount)),
        balance=say.money(Decimal(notice.content["balance"])),
    )
    if notice.content.get("note"):
        text += "\n" + say("verbatim", text=str(notice.content["note"]))
    if waiting is None or amount <= 0:
        return Screen(text)
    return Screen(text, keyboard([continue_draft(say, waiting)]))


def receipt(say: Speech, notice: Notice, payment: Payment) -> Screen:
    """Return that a payment arrived, or that it was sent back, with the charge id to copy."""
    key = "receipt-refund" if notice.content.get("refund") else "receipt"
    text = say(
        key,
        id=str(payment.id),
        amount=say.money(Decimal(notice.content.get("taken", payment.amount))),
        units=say.units(payment.units, payment.unit),
        balance=say.money(Decimal(notice.content.get("balance", "0"))),
        charge=order_card.held(payment.charge_id, LONGEST_CHARGE),
        time=say.day_and_clock(payment.refunded_at or payment.created_at),
    )
    return Screen(text, keyboard(copy_charge(say, payment)))


def refused(say: Speech, notice: Notice) -> Screen:
    """Return that the shop found no money for an invoice, why, and the way to show another proof."""
    content = notice.content
    text = say(
        "proof-not-found",
        id=str(content["invoice"]),
        units=say.units(Decimal(content["units"]), content["unit"]),
        reason=proof_card.reason(say, content["reason"]),
    )
    if not content["again"]:
        return Screen(f"{text}\n{say('proof-no-more')}")
    return Screen(text, again(say, content["invoice"]))


def bonus(say: Speech, notice: Notice) -> Screen:
    """Return that a bonus came, waits on, is gone, or went with the payment it came with."""
    facts = {name: str(value) for name, value in notice.content.items() if name != "about"}
    sums = {name: say.money(Decimal(facts[name])) for name in ("amount", "balance", "least") if name in facts}
    code = {"code": facts["code"].upper()} if "code" in facts else {}
    return Screen(say(f"bonus-{notice.content['about']}", **sums, **code))


def alert(say: Speech, notice: Notice) -> Screen:
    """Return what an owner must know."""
    facts = {name: _fact(say, name, str(value)) for name, value in notice.content.get("facts", {}).items()}
    return Screen(say(f"alert-{notice.content.get('about')}", **facts))


def _fact(say: Speech, name: str, value: str) -> str:
    """Return a fact for reading: sums of the shop's currency are written as such."""
    return say.money(Decimal(value)) if name in SUMS else order_card.held(value, LONGEST_FACT)
