"""The card of an unconfirmed order as an owner reads it: the order, what was asked and found, what can be decided."""

from decimal import Decimal

from db.tables import Verdict
from handlers.order_card import held
from handlers.screen import Screen
from keyboards import deciding as keys
from shop.deciding import Case
from texts import Speech

LONGEST_NAME = 120
LONGEST_LINK = 200
LONGEST_ANSWER = 300
LONGEST_STATUS = 40
MOST_SHOWN = 8


def amount(value: Decimal | None) -> str:
    """Return an amount of the panel's currency as the panel would write it; a dash for one it does not say."""
    return "—" if value is None else f"{value.normalize():f}"


def screen(say: Speech, case: Case) -> Screen:
    """Return the card."""
    order, attempt, search = case.order, case.attempt, case.search
    answer = attempt.answer or say.label("decide-no-answer")
    lines = [
        say("decide-title", order=str(order.id)),
        say("confirm-service", name=held(order.service_name, LONGEST_NAME), id=order.service_id),
        say("verbatim", text=held(order.link, LONGEST_LINK)),
        say("decide-paid", total=say.number(order.total), price=say.money(order.price), cost=amount(order.cost)),
        say("decide-sent", time=say.day_and_clock(attempt.started_at), answer=held(answer, LONGEST_ANSWER)),
        "",
        _found(say, case),
    ]
    lines += [
        say(
            "decide-possible",
            number=str(stranger.number),
            status=held(stranger.status, LONGEST_STATUS),
            charge=amount(stranger.charge),
            remains="—" if stranger.remains is None else say.number(stranger.remains),
        )
        for stranger in case.possible[:MOST_SHOWN]
    ]
    if len(case.possible) > MOST_SHOWN:
        lines.append(say("comments-more", count=len(case.possible) - MOST_SHOWN))
    if search is not None and search.balance is not None and case.spent_between is not None:
        lines.append(
            say(
                "decide-balance",
                before=amount(attempt.balance),
                after=amount(search.balance),
                others=amount(case.spent_between),
            )
        )
    return Screen("\n".join(lines), keys.case_card(say, case))


def _found(say: Speech, case: Case) -> str:
    search = case.search
    if search is None or search.low is None or search.high is None:
        return say("decide-open" if case.verdict is Verdict.OPEN else "decide-no-window")
    low, high = str(search.low + 1), str(search.high - 1)
    match case.verdict:
        case Verdict.ABSENT:
            return say("decide-absent", low=low, high=high)
        case Verdict.UNCLEAR:
            return say("decide-unclear", low=low, high=high)
        case Verdict.NO_WINDOW:
            return say("decide-too-wide", low=low, high=high)
    return say("decide-open")
