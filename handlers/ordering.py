"""From a service's card to the placed order: link, quantity or comments, drip-feed, confirm."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiogram import Bot, F, Router
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message
from sqlmodel.ext.asyncio.session import AsyncSession

from db.engine import Database
from db.tables import Customer, Draft
from handlers import order_card
from handlers.catalogue import platforms
from handlers.draft_screens import (
    comments_screen,
    confirm_screen,
    draft_screen,
    link_note,
    link_screen,
    plan_note,
    plan_screen,
    quantity_note,
    quantity_screen,
)
from handlers.screen import SCREEN, Screen, Tap, show, show_below
from handlers.states import Ordering
from keyboards.callbacks import Confirm, DraftAct, EditDraft, OnOrder, OrderAct
from shop import drafts, notices, ordering, orders
from shop.catalogue import Catalogue, CatalogueMemory, Listing
from shop.comments import MAX_FILE_BYTES, CommentsTooLarge, CommentsUnreadable, decode_file, lines_of
from shop.drafts import Step
from shop.errors import (
    CommentsOutOfRange,
    DraftGone,
    NotEnoughMoney,
    PlanOutOfRange,
    PriceChanged,
    QuantityOutOfRange,
    ServiceGone,
    ShopError,
)
from shop.links import LinkProblem
from shop.policy import Policy
from shop.quantities import QuantityUnreadable, parse_plan, parse_quantity
from shop.steps import step
from texts import Speech

# --- typed answers --------------------------------------------------------------------------------


async def take_text(
    message: Message,
    state: FSMContext,
    say: Speech,
    customer: Customer,
    db: Database,
    catalogue: CatalogueMemory,
    policy: Policy,
) -> None:
    """Take a typed answer to whatever the draft asks for. Raises ServiceGone, DraftGone."""
    text = message.text or ""
    data = await state.get_data()
    async with db.begin() as session:
        draft = await _current_draft(session, data, customer, catalogue.current)
        screen = await _answer(session, draft, text, say, catalogue.current, policy)
    if data.get("draft") != draft.id:
        await state.update_data(draft=draft.id, service=None)
    await show_below(message, screen, state)


async def _current_draft(
    session: AsyncSession, data: dict[str, object], customer: Customer, catalogue: Catalogue
) -> Draft:
    """Return the draft the conversation is about; the first answer to a service's card begins it."""
    draft_id, service_id = data.get("draft"), data.get("service")
    if isinstance(draft_id, int):
        return await drafts.find(session, draft_id, customer.id)
    if isinstance(service_id, str):
        return await drafts.start(session, customer.id, catalogue.service(service_id))
    raise DraftGone


async def _answer(
    session: AsyncSession, draft: Draft, text: str, say: Speech, catalogue: Catalogue, policy: Policy
) -> Screen:
    """Give the text to the step it answers; return the next screen, or the same one saying what was wrong."""
    listing = catalogue.service(draft.service_id)
    ids = draft.id, draft.customer_id
    match drafts.next_step(draft, listing):
        case Step.LINK:
            try:
                draft = await drafts.give_link(session, *ids, text, listing)
            except LinkProblem as problem:
                kept = await drafts.keep_foreign_link(session, *ids, text, listing, problem)
                note = link_note(say, problem, listing)
                return link_screen(say, catalogue, listing, draft, note=note, can_insist=kept)
        case Step.QUANTITY:
            try:
                draft = await drafts.give_quantity(session, *ids, parse_quantity(text), listing)
            except (QuantityUnreadable, QuantityOutOfRange) as problem:
                return quantity_screen(say, listing, draft, quantity_note(say, problem))
        case Step.PLAN:
            try:
                draft = await _give_plan(session, draft, text, listing)
            except (QuantityUnreadable, PlanOutOfRange) as problem:
                return plan_screen(say, listing, draft, plan_note(say, problem))
        case Step.COMMENTS:
            return await _add_comments(session, draft, lines_of(text), say, listing)
        case Step.CONFIRM:
            screen = await draft_screen(session, draft, say, catalogue, policy)
            return Screen(f"{say('confirm-use-buttons')}\n\n{screen.text}", screen.keyboard)
    return await draft_screen(session, draft, say, catalogue, policy)


async def _give_plan(session: AsyncSession, draft: Draft, text: str, listing: Listing) -> Draft:
    runs, minutes = parse_plan(text)
    if draft.runs is not None and minutes is None:
        return await drafts.give_interval(session, draft.id, draft.customer_id, runs, listing)
    return await drafts.give_plan(session, draft.id, draft.customer_id, runs, minutes, listing)


async def _add_comments(
    session: AsyncSession, draft: Draft, lines: tuple[str, ...], say: Speech, listing: Listing
) -> Screen:
    try:
        draft = await drafts.add_comments(session, draft.id, draft.customer_id, lines, listing)
    except CommentsOutOfRange as problem:
        note = say("comments-too-many", given=say.number(problem.given), max=say.number(problem.maximum))
        return comments_screen(say, listing, draft, note)
    return comments_screen(say, listing, draft)


async def take_file(
    message: Message,
    bot: Bot,
    state: FSMContext,
    say: Speech,
    customer: Customer,
    db: Database,
    catalogue: CatalogueMemory,
) -> None:
    """Take a .txt of comments; anything else is answered with what is asked for."""
    data = await state.get_data()
    async with db.read() as session:
        draft_id = data.get("draft")
        draft = await drafts.find(session, draft_id, customer.id) if isinstance(draft_id, int) else None
    listing = catalogue.current.service(draft.service_id) if draft else None
    if draft is None or listing is None or drafts.next_step(draft, listing) is not Step.COMMENTS:
        await message.answer(say("send-text"))
        return
    document = message.document
    if document is None:
        await message.answer(say("comments-file-wrong"))
        return
    try:
        if (document.file_size or 0) > MAX_FILE_BYTES:
            raise CommentsTooLarge
        content = await bot.download(document)
        lines = lines_of(decode_file(content.read() if content else b""))
    except CommentsTooLarge:
        await show_below(message, comments_screen(say, listing, draft, say("comments-file-large")), state)
        return
    except CommentsUnreadable:
        await show_below(message, comments_screen(say, listing, draft, say("comments-file-wrong")), state)
        return
    async with db.begin() as session:
        screen = await _add_comments(session, draft, lines, say, listing)
    await show_below(message, screen, state)


async def ask_for_text(message: Message, say: Speech) -> None:
    """Answer a photo, a voice or a sticker where words were asked for."""
    await message.answer(say("send-text"))


# --- taps -----------------------------------------------------------------------------------------


async def edit_draft(
    callback: CallbackQuery,
    callback_data: EditDraft,
    state: FSMContext,
    say: Speech,
    tap: Tap,
    customer: Customer,
    db: Database,
    catalogue: CatalogueMemory,
    policy: Policy,
) -> None:
    """Change a draft by a button and show what it needs next. Raises DraftGone, ServiceGone and what a step refuses."""
    async with db.begin() as session:
        draft = await drafts.find(session, callback_data.id, customer.id)
        listing = catalogue.current.service(draft.service_id)
        draft = await _change(session, draft, callback_data, listing)
        screen = await draft_screen(session, draft, say, catalogue.current, policy)
    await state.set_state(Ordering.answering)
    message_id = await show(callback, screen, state, tap)
    await state.update_data({"draft": draft.id, "service": None, SCREEN: message_id})


async def _change(session: AsyncSession, draft: Draft, data: EditDraft, listing: Listing) -> Draft:
    ids = draft.id, draft.customer_id
    match data.act:
        case DraftAct.BACK:
            return await drafts.step_back(session, *ids, listing)
        case DraftAct.INSIST:
            return await drafts.insist_on_link(session, *ids)
        case DraftAct.DRIP:
            return await drafts.switch_drip(session, *ids, listing)
        case DraftAct.QUANTITY:
            return await drafts.give_quantity(session, *ids, data.value, listing)
        case DraftAct.PLAN:
            return await drafts.give_plan(session, *ids, data.value, data.more, listing)
        case DraftAct.INTERVAL:
            return await drafts.give_interval(session, *ids, data.value, listing)
        case DraftAct.CLEAR:
            return await drafts.clear_comments(session, *ids)
        case DraftAct.DONE:
            return await drafts.finish_comments(session, *ids, listing)
        case DraftAct.OPEN:
            return draft


async def order_again(
    callback: CallbackQuery,
    callback_data: OnOrder,
    state: FSMContext,
    say: Speech,
    tap: Tap,
    customer: Customer,
    db: Database,
    catalogue: CatalogueMemory,
    policy: Policy,
) -> None:
    """Put an order like an earlier one together: straight to the confirm card at today's price."""
    async with db.begin() as session:
        order = await orders.find(session, callback_data.id, customer.id)
        catalogue.current.service(order.service_id)
        draft = await drafts.like_order(session, order)
        screen = await draft_screen(session, draft, say, catalogue.current, policy)
    await state.set_state(Ordering.answering)
    await state.update_data(draft=draft.id, service=None)
    await show(callback, screen, state, tap, fresh=callback_data.fresh)


async def place(
    callback: CallbackQuery,
    callback_data: Confirm,
    state: FSMContext,
    say: Speech,
    tap: Tap,
    customer: Customer,
    db: Database,
    catalogue: CatalogueMemory,
    policy: Policy,
) -> None:
    """Place the order: once, however often the button is pressed. Raises DraftGone, ServiceGone."""
    message = callback.message
    if message is None:
        raise DraftGone
    try:
        async with _kept(state, message.message_id), db.begin() as session:
            order, is_new = await ordering.confirm(
                session,
                customer.id,
                callback_data.token,
                policy,
                chat_id=message.chat.id,
                card_message_id=message.message_id,
            )
            step("confirm.confirming")
        step("confirm.confirmed")
    except (PriceChanged, NotEnoughMoney) as problem:
        await _ask_again(callback, callback_data.token, problem, state, say, tap, customer, db, policy)
        return
    if not is_new:
        await tap.answer(say.label("order-already-placed", id=str(order.id)))
        return
    await state.clear()  # the screen becomes the order's card, which is to be kept
    await tap.answer(say.label("order-taken", id=str(order.id)))
    card = await show(callback, order_card.screen(say, order), state, tap)
    step("confirm.shown")
    if card != message.message_id:
        # The confirm card could not be edited any more; the new message is the live card from now on.
        await state.clear()
        async with db.begin() as session:
            await notices.keep_card(session, order.id, card)


@asynccontextmanager
async def _kept(state: FSMContext, message_id: int) -> AsyncIterator[None]:
    """Have the menu's message stay for good, unless what is done meanwhile is refused.

    It is said before the order is placed: if the process died right after that, the next menu would take its card away.
    """
    if (await state.get_data()).get(SCREEN) != message_id:
        yield
        return
    await state.update_data({SCREEN: None})
    try:
        yield
    except ShopError:
        await state.update_data({SCREEN: message_id})
        raise


async def _ask_again(
    callback: CallbackQuery,
    token: str,
    problem: PriceChanged | NotEnoughMoney,
    state: FSMContext,
    say: Speech,
    tap: Tap,
    customer: Customer,
    db: Database,
    policy: Policy,
) -> None:
    """Show the confirm card anew, with what changed since it was shown; nothing was charged."""
    async with db.begin() as session:
        draft = await drafts.by_token(session, token, customer.id)
        draft, listing, quote = await drafts.quote(session, draft.id, customer.id, policy.markup_percent)
    note = ""
    if isinstance(problem, PriceChanged):
        note = say("price-changed", shown=say.money(problem.shown), price=say.money(problem.price))
    await show(callback, confirm_screen(say, listing, draft, quote, note), state, tap)


async def service_gone(
    event: Message | CallbackQuery,
    problem: ServiceGone,
    state: FSMContext,
    say: Speech,
    tap: Tap | None,
    catalogue: CatalogueMemory,
) -> None:
    """Say that a service went off sale meanwhile, and offer the catalogue."""
    await state.set_state(None)
    screen = platforms(say, catalogue.current)
    text = f"{say('service-not-here', id=problem.service_id)}\n\n{screen.text}"
    menu = (await state.get_data()).get(SCREEN)
    # "Order again" stands on messages that are to be kept.
    keeps = isinstance(event, CallbackQuery) and event.message is not None and event.message.message_id != menu
    await show(event, Screen(text, screen.keyboard), state, tap, fresh=keeps)


def build() -> Router:
    """Return the routes of this journey."""
    router = Router(name="ordering")
    router.callback_query.register(place, Confirm.filter())
    router.callback_query.register(edit_draft, EditDraft.filter())
    router.callback_query.register(order_again, OnOrder.filter(F.act == OrderAct.AGAIN))
    answering = StateFilter(Ordering.answering)
    router.message.register(take_text, answering, F.text, ~F.text.startswith("/"))
    router.message.register(take_file, answering, F.document)
    router.message.register(ask_for_text, answering, ~F.text)
    return router
