"""A payment's card: how much, for what, by which way, when, the provider's name of it, and where it stands."""

from db.tables import Payment, RefundState
from handlers.order_card import held
from texts import Speech

LONGEST_CHARGE = 120


def text(say: Speech, payment: Payment) -> str:
    """Return the card's words."""
    lines = [
        f"<b>{say('payment-title', id=str(payment.id))}</b>",
        say("payment-amount", amount=say.money(payment.amount), units=say.units(payment.units, payment.unit)),
        say("payment-came", way=way_name(say, payment.way), time=say.day_and_clock(payment.created_at)),
    ]
    match payment.refund_state:
        case RefundState.ASKED:
            lines.append(say("payment-asked"))
        case RefundState.DONE:
            lines.append(say("payment-done", time=say.day_and_clock(payment.refunded_at or payment.created_at)))
        case RefundState.FAILED:
            lines.append(say("payment-failed"))
    return "\n".join([*lines, "", say("payment-charge", charge=held(payment.charge_id, LONGEST_CHARGE))])


def way_name(say: Speech, way: str) -> str:
    """Return how customers know a way to pay, in plain words."""
    key = f"way-{way}"
    return say.label(key) if say.knows(key) else way
