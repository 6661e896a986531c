"""Keyboards of the owner's decisions on unconfirmed orders."""

from aiogram.types import InlineKeyboardMarkup

from keyboards import money_desk
from keyboards.base import Row, back, button, close, commit, keyboard, turner
from keyboards.callbacks import CaseAct, OnCase, Open, OpenCases, OpenPayments, OpenPayWays, OpenProofs, To
from shop.deciding import Case, Waiting
from texts import Speech

MOST_CANDIDATES = 4
LONGEST_NAME = 32


def desk(say: Speech, count: int, proofs: int) -> InlineKeyboardMarkup:
    """Return the ways to what waits for a decision, where anything does: orders, payments by hand; and to the rest."""
    return keyboard(
        [button(say.label("desk-unconfirmed", count=count), OpenCases())] if count else [],
        [button(say.label("desk-proofs", count=proofs), OpenProofs())] if proofs else [],
        [button(say.label("desk-payments"), OpenPayments())],
        [button(say.label("desk-till"), Open(to=To.TILL))],
        [button(say.label("desk-pay-ways"), OpenPayWays())],
        *money_desk.desk(say),
    )


def case_list(say: Speech, waiting: Waiting) -> InlineKeyboardMarkup:
    """Return a button for each order that is being checked, and the way out."""
    rows: list[Row] = [
        [button(f"{order.id} · {order.service_name}"[:LONGEST_NAME], OnCase(id=order.id, act=CaseAct.OPEN))]
        for order in waiting.orders
    ]
    earlier, later = OpenCases(page=waiting.page - 1), OpenCases(page=waiting.page + 1)
    return keyboard(*rows, turner(say, waiting.page, waiting.pages, earlier, later), [close(say)])


def case_card(say: Speech, case: Case) -> InlineKeyboardMarkup:
    """Return the acts (it exists under this number; it was not placed: refund, or send again) and the way back."""
    number = case.order.id
    rows: list[Row] = [
        [
            button(
                say.label("decide-button-is", number=str(stranger.number)),
                OnCase(id=number, act=CaseAct.IS, panel=str(stranger.number)),
            )
        ]
        for stranger in case.possible[:MOST_CANDIDATES]
    ]
    rows += [
        [button(say.label("decide-button-type"), OnCase(id=number, act=CaseAct.TYPE))],
        [button(say.label("decide-button-refund"), OnCase(id=number, act=CaseAct.REFUND))],
        [button(say.label("decide-button-again"), OnCase(id=number, act=CaseAct.AGAIN))],
        [button(say.label("button-refresh"), OnCase(id=number, act=CaseAct.OPEN)), back(say, OpenCases())],
    ]
    return keyboard(*rows)


def to_the_rest(say: Speech) -> InlineKeyboardMarkup:
    """Return the way to the orders that are still being checked."""
    return keyboard([back(say, OpenCases())])


def are_you_sure(say: Speech, order_id: int, sure: CaseAct, panel: str = "") -> InlineKeyboardMarkup:
    """Return the one button that decides, and the way back to the facts."""
    return keyboard(
        [commit(say.label(f"decide-sure-button-{sure.name.lower()}"), OnCase(id=order_id, act=sure, panel=panel))],
        [back(say, OnCase(id=order_id, act=CaseAct.OPEN))],
    )


def only_back(say: Speech, order_id: int) -> InlineKeyboardMarkup:
    """Return the way back to the facts."""
    return keyboard([back(say, OnCase(id=order_id, act=CaseAct.OPEN))])
