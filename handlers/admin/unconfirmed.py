"""The owner decides about orders the panel did not clearly answer: it exists, refund, send again. Each asks first."""

from aiogram import F, Router
from aiogram.filters import Command, StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from db.engine import Database
from db.tables import Customer
from handlers import case_card
from handlers.admin.owners import IsOwner
from handlers.order_card import held
from handlers.orders import refusal_words
from handlers.screen import Screen, Tap, show, show_below
from handlers.states import Desk
from keyboards import deciding as keys
from keyboards.callbacks import CaseAct, OnCase, Open, OpenCases, To
from panel import OrderStatus, PanelClient, PanelRefused
from shop import by_hand, deciding
from shop.errors import TakenByAnother
from shop.policy import Policy
from shop.steps import step
from texts import Speech

LONGEST_ID_BYTES = 36  # what a button has left for the panel's id


async def admin(message: Message, state: FSMContext, say: Speech, db: Database) -> None:
    """Say what an owner can do here, and what waits for a decision."""
    await show_below(message, await _desk(db, say), state)


async def open_desk(callback: CallbackQuery, state: FSMContext, say: Speech, tap: Tap, db: Database) -> None:
    """Go back to it."""
    await show(callback, await _desk(db, say), state, tap)


async def _desk(db: Database, say: Speech) -> Screen:
    async with db.read() as session:
        waiting = await deciding.list_waiting(session)
        proofs = await by_hand.count_waiting(session)
    return Screen(say("admin-text"), keys.desk(say, waiting.count, proofs))


async def open_cases(
    callback: CallbackQuery, callback_data: OpenCases, state: FSMContext, say: Speech, tap: Tap, db: Database
) -> None:
    """Show a page of the orders that are being checked."""
    async with db.read() as session:
        waiting = await deciding.list_waiting(session, callback_data.page)
    await show(callback, Screen(say("decide-list", count=waiting.count), keys.case_list(say, waiting)), state, tap)


async def open_case(
    callback: CallbackQuery, callback_data: OnCase, state: FSMContext, say: Speech, tap: Tap, db: Database
) -> None:
    """Show the facts of one order. Raises AlreadyDecided."""
    async with db.read() as session:
        case = await deciding.case(session, callback_data.id)
    await state.set_state(None)
    await show(callback, case_card.screen(say, case), state, tap)


async def ask_for_number(
    callback: CallbackQuery, callback_data: OnCase, state: FSMContext, say: Speech, tap: Tap, db: Database
) -> None:
    """Ask for the panel's number of the order. Raises AlreadyDecided."""
    async with db.read() as session:
        await deciding.case(session, callback_data.id)
    await state.set_state(Desk.panel_number)
    await state.update_data(case=callback_data.id)
    text = say("decide-type", order=str(callback_data.id))
    await show(callback, Screen(text, keys.only_back(say, callback_data.id)), state, tap)


async def take_number(message: Message, state: FSMContext, say: Speech, db: Database, panel: PanelClient) -> None:
    """Look at the panel's order the owner typed, and ask whether it is the one. Raises AlreadyDecided, PanelError."""
    order_id = int((await state.get_data()).get("case", 0))
    number = (message.text or "").strip()
    try:
        if not number or len(number.encode()) > LONGEST_ID_BYTES or "|" in number or len(number.split()) > 1:
            note = say("decide-type-wrong")
        else:
            status = await deciding.look_at(db, panel, order_id, number)
            await state.set_state(None)
            await show_below(message, await _is_it(db, say, order_id, number, status), state)
            return
    except TakenByAnother as taken:
        note = say("error-taken", order=str(taken.order_id))
    except PanelRefused as refused:
        note = refusal_words(say, refused)
    text = f"{note}\n{say('decide-type', order=str(order_id))}"
    await show_below(message, Screen(text, keys.only_back(say, order_id)), state)


async def ask_if_sure(
    callback: CallbackQuery,
    callback_data: OnCase,
    state: FSMContext,
    say: Speech,
    tap: Tap,
    db: Database,
    panel: PanelClient,
) -> None:
    """Ask once before a decision. Raises AlreadyDecided, TakenByAnother, PanelError."""
    if callback_data.act is CaseAct.IS:
        try:
            status = await deciding.look_at(db, panel, callback_data.id, callback_data.panel)
        except PanelRefused as refused:
            await tap.answer(refusal_words(say, refused), alert=True)
            return
        await show(callback, await _is_it(db, say, callback_data.id, callback_data.panel, status), state, tap)
        return
    async with db.read() as session:
        case = await deciding.case(session, callback_data.id)
    sure = CaseAct.REFUND_SURE if callback_data.act is CaseAct.REFUND else CaseAct.AGAIN_SURE
    key = "decide-sure-refund" if callback_data.act is CaseAct.REFUND else "decide-sure-again"
    text = say(key, order=str(case.order.id), price=say.money(case.order.price))
    await show(callback, Screen(text, keys.are_you_sure(say, case.order.id, sure)), state, tap)


async def _is_it(db: Database, say: Speech, order_id: int, number: str, status: OrderStatus) -> Screen:
    async with db.read() as session:
        case = await deciding.case(session, order_id)
    text = say(
        "decide-sure-is",
        order=str(order_id),
        number=number,
        status=held(status.status, case_card.LONGEST_STATUS),
        charge=case_card.amount(status.charge),
        cost=case_card.amount(case.order.cost),
        remains="—" if status.remains is None else say.number(status.remains),
    )
    return Screen(text, keys.are_you_sure(say, order_id, CaseAct.IS_SURE, number))


async def decide(
    callback: CallbackQuery,
    callback_data: OnCase,
    state: FSMContext,
    say: Speech,
    tap: Tap,
    customer: Customer,
    db: Database,
    policy: Policy,
) -> None:
    """Do what the owner is sure of, once. Raises AlreadyDecided, TakenByAnother."""
    async with db.begin() as session:
        match callback_data.act:
            case CaseAct.IS_SURE:
                key = "decide-done-is"
                order = await deciding.adopt(session, callback_data.id, callback_data.panel, customer.id, policy)
            case CaseAct.REFUND_SURE:
                key = "decide-done-refund"
                order = await deciding.refund(session, callback_data.id, customer.id)
            case _:
                key = "decide-done-again"
                order = await deciding.send_again(session, callback_data.id, customer.id)
        step("decide.deciding")
    step("decide.decided")
    text = say(key, order=str(order.id), panel=order.panel_order_id or "", price=say.money(order.price))
    await show(callback, Screen(text, keys.to_the_rest(say)), state, tap)


def build(policy: Policy) -> Router:
    """Return the routes of this desk, behind the owners' filter."""
    router = Router(name="unconfirmed")
    router.message.filter(IsOwner(policy.owners))
    router.callback_query.filter(IsOwner(policy.owners))
    router.message.register(admin, Command("admin"))
    router.message.register(take_number, StateFilter(Desk.panel_number), F.text, ~F.text.startswith("/"))
    router.callback_query.register(open_desk, Open.filter(F.to == To.DESK))
    router.callback_query.register(open_cases, OpenCases.filter())
    for handler, acts in (
        (open_case, {CaseAct.OPEN}),
        (ask_for_number, {CaseAct.TYPE}),
        (ask_if_sure, {CaseAct.IS, CaseAct.REFUND, CaseAct.AGAIN}),
        (decide, {CaseAct.IS_SURE, CaseAct.REFUND_SURE, CaseAct.AGAIN_SURE}),
    ):
        router.callback_query.register(handler, OnCase.filter(F.act.in_(acts)))
    return router
