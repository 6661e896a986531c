"""An order on one card: what it is, how far it is, what it cost. The live card and the menu show the same text."""

from db.tables import Order, OrderState
from handlers.screen import Screen
from keyboards import orders as keys
from shop.kinds import ServiceKind
from shop.names import ELLIPSIS, short
from shop.pauses import Waiting
from texts import Speech

LONGEST_NAME = 160
LONGEST_LINK = 300
LONGEST_WORDS = 300
LONGEST_STATUS = 60
UNITS_OF_A_SIGN = 4
BAR = 10


def screen(say: Speech, order: Order) -> Screen:
    """Return the live card."""
    return Screen(card(say, order), keys.live_card(say, order))


def card(say: Speech, order: Order) -> str:
    """Return an order's text."""
    lines = [f"<b>{say('card-title', id=str(order.id), state=state_words(say, order))}</b>"]
    lines.append(say("card-service", name=held(order.service_name, LONGEST_NAME), service=order.service_id))
    lines.append(say("verbatim", text=held(order.link.removeprefix("https://"), LONGEST_LINK)))
    if order.runs and order.interval and order.quantity:
        lines.append(
            say(
                "card-drip",
                quantity=say.number(order.quantity),
                runs=order.runs,
                minutes=order.interval,
            )
        )
    elif order.comments:
        lines.append(say("card-comments", count=len(order.comments)))
    lines += _progress(say, order)
    lines.append(_counts(say, order))
    lines += _explanation(say, order)
    lines.append(_foot(say, order))
    return "\n".join(line for line in lines if line)


def state_words(say: Speech, order: Order) -> str:
    """Return where the order stands, in the shop's words."""
    return say.label(f"state-{order.state.value}")


def _progress(say: Speech, order: Order) -> list[str]:
    if order.state in {OrderState.QUEUED, OrderState.SUBMITTING, OrderState.UNCONFIRMED, OrderState.REJECTED}:
        return [] if is_uncounted(order) else [say("card-quantity", total=say.number(order.total))]
    if is_uncounted(order) or (ServiceKind(order.kind).is_flat and order.remains is None):
        return []
    filled = order.delivered * BAR // order.total
    bar = "▰" * filled + "▱" * (BAR - filled)
    return [say("card-bar", bar=bar, delivered=say.number(order.delivered), total=say.number(order.total))]


def is_uncounted(order: Order) -> bool:
    """Whether nobody knows how much was delivered: a package of untold size, an early end that holds no count."""
    ended_early = order.state in {OrderState.PARTIAL, OrderState.CANCELED}
    return (ServiceKind(order.kind).is_flat and order.total == 1) or (ended_early and order.remains is None)


def held(text: str, limit: int, units_of_a_sign: int = UNITS_OF_A_SIGN) -> str:
    """Return outside words cut to `limit` signs, and to as many UTF-16 units as there is room for.

    One sign, a family emoji or a letter under a heap of marks, may be any number of the 4096 units of a message
    (Bot API, sendMessage).
    """
    cut = short(text, limit)
    units = cut.encode("utf-16-le", "replace")
    most = limit * units_of_a_sign * 2
    return cut if len(units) <= most else units[:most].decode("utf-16-le", "ignore") + ELLIPSIS


def _counts(say: Speech, order: Order) -> str:
    parts = []
    if order.start_count is not None:
        parts.append(say("card-start", count=say.number(order.start_count)))
    if order.remains is not None and order.state is OrderState.PLACED and not is_uncounted(order):
        parts.append(say("card-left", count=say.number(max(order.remains, 0))))
    parts.append(say("card-paid", price=say.money(order.price)))
    if order.refunded:
        parts.append(say("card-refunded", amount=say.money(order.refunded)))
    return " · ".join(parts)


def _explanation(say: Speech, order: Order) -> list[str]:
    if order.state is OrderState.UNCONFIRMED:
        return ["", say("card-unconfirmed")]
    if order.state is OrderState.REJECTED:
        return ["", refusal(say, order)]
    if order.state is OrderState.QUEUED:
        if order.waiting_for is None:
            return ["", say("card-queued")]
        key = "card-waits-link" if order.waiting_for == Waiting.LINK_BUSY else "card-waits-panel"
        return ["", say(key)]
    return []


def refusal(say: Speech, order: Order) -> str:
    """Return why the panel refused the order, in our words where the meaning is known, and in the panel's."""
    key = f"refusal-{(order.problem_meaning or 'unknown').replace('_', '-')}"
    why = say(key if say.knows(key) else "refusal-unknown")
    if not order.problem:
        return why
    return say("refusal", why=why, text=held(order.problem, LONGEST_WORDS))


def _foot(say: Speech, order: Order) -> str:
    moment = order.looked_at or order.changed_at
    if order.panel_status is None:
        return say("card-updated", time=say.clock(moment))
    return say("card-updated-panel", time=say.clock(moment), status=held(order.panel_status, LONGEST_STATUS))
