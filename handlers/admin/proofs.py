"""The owner decides about payments by hand: all of it arrived, another amount, or nothing, and why. Each once."""

from aiogram import Bot, F, Router
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from db.engine import Database
from db.tables import Customer
from handlers import proof_card
from handlers.admin.owners import IsOwner
from handlers.screen import Screen, Tap, redraw, send, show, show_below
from handlers.states import Desk
from keyboards import proofs as keys
from keyboards.callbacks import OnProof, OpenProofs, ProofAct
from shop import by_hand
from shop.by_hand import Case
from shop.money import SMALLEST_SUM
from shop.policy import Policy
from shop.quantities import AmountUnreadable
from shop.steps import step
from texts import Speech


async def open_list(
    callback: CallbackQuery, callback_data: OpenProofs, state: FSMContext, say: Speech, tap: Tap, db: Database
) -> None:
    """Show a page of the payments that wait."""
    async with db.read() as session:
        waiting = await by_hand.list_waiting(session, callback_data.page)
    units = [proof_card.units(say, invoice) for _, invoice, _ in waiting.proofs]
    await show(
        callback, Screen(say("proof-list", count=waiting.count), keys.proof_list(say, waiting, units)), state, tap
    )


async def open_card(
    callback: CallbackQuery, callback_data: OnProof, say: Speech, tap: Tap, bot: Bot, customer: Customer, db: Database
) -> None:
    """Send a payment's card with what the customer showed; from now on it is this owner's card of it."""
    async with db.read() as session:
        case = await by_hand.case(session, callback_data.id)
    await tap.answer()
    sent = await send(bot, customer.id, proof_card.screen(say, case))
    async with db.begin() as session:
        await by_hand.keep_card(session, case.proof.id, customer.id, sent.message_id)


async def approve(
    callback: CallbackQuery,
    callback_data: OnProof,
    state: FSMContext,
    say: Speech,
    tap: Tap,
    customer: Customer,
    db: Database,
    policy: Policy,
) -> None:
    """Credit what arrived, once; whoever comes later reads who decided what. Raises InvoiceGone, AmountTooLarge."""
    another = callback_data.cents * SMALLEST_SUM or None
    async with db.begin() as session:
        case, is_new = await by_hand.approve(
            session, callback_data.id, customer.id, policy.owners, units=callback_data.units, amount=another
        )
        step("proof.deciding")
    step("proof.decided")
    await _show_decided(callback, say, tap, state, case, is_new=is_new, on_card=another is None)


async def _show_decided(
    callback: CallbackQuery, say: Speech, tap: Tap, state: FSMContext, case: Case, *, is_new: bool, on_card: bool
) -> None:
    """Show the decision where the owner tapped; every card is brought up to date by its notice."""
    words = proof_card.decision(say, case)
    if not is_new:
        await tap.answer(words, alert=True)
    if on_card:
        await redraw(callback, proof_card.screen(say, case), tap)
    else:
        await state.set_state(None)
        await show(callback, Screen(say("proof-decided", id=str(case.invoice.id), decision=words)), state, tap)


async def ask(
    callback: CallbackQuery, callback_data: OnProof, state: FSMContext, say: Speech, tap: Tap, db: Database
) -> None:
    """Ask below the card for another amount, or for the reason to refuse."""
    async with db.read() as session:
        case = await by_hand.case(session, callback_data.id)
    if case.proof.decided_at is not None:
        await _show_decided(callback, say, tap, state, case, is_new=False, on_card=True)
        return
    asks_amount = callback_data.act is ProofAct.OTHER
    await state.set_state(Desk.proof_amount if asks_amount else Desk.proof_reason)
    await state.update_data(proof=case.proof.id, reason=None)
    screen = _ask_amount(say, case) if asks_amount else _ask_reason(say, case)
    await show(callback, screen, state, tap, fresh=True)


def _ask_amount(say: Speech, case: Case, note: str = "") -> Screen:
    invoice = case.invoice
    text = say(
        "proof-ask-amount",
        id=str(invoice.id),
        units=proof_card.units(say, invoice),
        amount=say.money(invoice.amount),
        unit=invoice.unit,
        currency=say.currency,
    )
    return Screen(f"{note}\n\n{text}" if note else text, keys.only_close(say))


def _ask_reason(say: Speech, case: Case, note: str = "") -> Screen:
    text = say("proof-ask-reason", id=str(case.invoice.id), max=proof_card.LONGEST_REASON)
    return Screen(f"{note}\n\n{text}" if note else text, keys.reasons(say, case.proof.id))


async def take_amount(message: Message, state: FSMContext, say: Speech, db: Database) -> None:
    """Take what arrived, and ask whether that is meant."""
    case = await _case_in_mind(state, db)
    try:
        units, amount = by_hand.read_amount(message.text or "", case.invoice, say.currency)
    except AmountUnreadable:
        note = say("proof-amount-unreadable", given=(message.text or "")[:40])
        await show_below(message, _ask_amount(say, case, note), state)
        return
    text = say(
        "proof-sure-amount",
        id=str(case.invoice.id),
        amount=say.money(amount),
        units=say.units(units, case.invoice.unit),
        asked=proof_card.units(say, case.invoice),
    )
    await show_below(message, Screen(text, keys.other_amount(say, case.proof.id, units, amount)), state)


async def take_reason(message: Message, state: FSMContext, say: Speech, db: Database) -> None:
    """Take the reason in the owner's words, and show what the customer will read."""
    case = await _case_in_mind(state, db)
    reason = (message.text or "").strip()
    if len(reason) > proof_card.LONGEST_REASON:
        note = say("proof-too-long", given=len(reason), max=proof_card.LONGEST_REASON)
        await show_below(message, _ask_reason(say, case, note), state)
        return
    await state.update_data(reason=reason)
    await show_below(message, _sure_to_refuse(say, case, reason, ""), state)


async def choose_reason(
    callback: CallbackQuery, callback_data: OnProof, state: FSMContext, say: Speech, tap: Tap, db: Database
) -> None:
    """Take one of the reasons on the buttons."""
    async with db.read() as session:
        case = await by_hand.case(session, callback_data.id)
    await show(callback, _sure_to_refuse(say, case, callback_data.why, callback_data.why), state, tap)


def _sure_to_refuse(say: Speech, case: Case, reason: str, why: str) -> Screen:
    text = say("proof-sure-refuse", id=str(case.invoice.id), reason=proof_card.reason(say, reason))
    return Screen(text, keys.sure_to_refuse(say, case.proof.id, why))


async def refuse(
    callback: CallbackQuery,
    callback_data: OnProof,
    state: FSMContext,
    say: Speech,
    tap: Tap,
    customer: Customer,
    db: Database,
    policy: Policy,
) -> None:
    """Refuse, once; the customer is told why. Raises InvoiceGone."""
    data = await state.get_data()
    typed = data.get("reason") if data.get("proof") == callback_data.id else None
    reason = callback_data.why or typed
    if not reason:
        await tap.answer(say.label("stale-button"), alert=True)
        return
    async with db.begin() as session:
        case, is_new = await by_hand.refuse(session, callback_data.id, customer.id, policy.owners, reason)
        step("proof.refusing")
    step("proof.refused")
    await _show_decided(callback, say, tap, state, case, is_new=is_new, on_card=False)


async def _case_in_mind(state: FSMContext, db: Database) -> Case:
    """Return the payment the owner is typing about. Raises InvoiceGone."""
    async with db.read() as session:
        return await by_hand.case(session, int((await state.get_data()).get("proof") or 0))


async def ask_for_text(message: Message, say: Speech) -> None:
    """Answer a photo or a sticker where words were asked for."""
    await message.answer(say("send-text"))


def build(policy: Policy) -> Router:
    """Return the routes of this desk, behind the owners' filter."""
    router = Router(name="proofs")
    router.message.filter(IsOwner(policy.owners))
    router.callback_query.filter(IsOwner(policy.owners))
    is_words = ~F.text.startswith("/")
    router.message.register(take_amount, StateFilter(Desk.proof_amount), F.text, is_words)
    router.message.register(take_reason, StateFilter(Desk.proof_reason), F.text, is_words)
    router.message.register(ask_for_text, StateFilter(Desk.proof_amount, Desk.proof_reason), ~F.text)
    router.callback_query.register(open_list, OpenProofs.filter())
    for handler, acts in (
        (open_card, {ProofAct.OPEN}),
        (approve, {ProofAct.APPROVE}),
        (ask, {ProofAct.OTHER, ProofAct.REFUSE}),
        (choose_reason, {ProofAct.WHY}),
        (refuse, {ProofAct.REFUSE_SURE}),
    ):
        router.callback_query.register(handler, OnProof.filter(F.act.in_(acts)))
    return router
