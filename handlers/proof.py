"""The customer says that an invoice is paid by hand, and shows it: a picture, a document, or a reference."""

from aiogram import F, Router
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from db.engine import Database
from db.tables import Customer, Invoice
from handlers.proof_card import units
from handlers.screen import Screen, Tap, show, show_below
from handlers.states import TopUp
from keyboards import proofs as keys
from keyboards.callbacks import InvoiceAct, OnInvoice
from shop import by_hand, payments
from shop.by_hand import LONGEST_WORDS, File
from shop.names import short
from shop.policy import Policy
from shop.steps import step
from texts import Speech

PDF = "application/pdf"


async def ask_for_proof(
    callback: CallbackQuery,
    callback_data: OnInvoice,
    state: FSMContext,
    say: Speech,
    tap: Tap,
    customer: Customer,
    db: Database,
) -> None:
    """Ask for a proof of the payment. Raises OnHold, InvoiceGone, AlreadyClaimed, TooManyClaimed."""
    async with db.read() as session:
        invoice = await by_hand.may_claim(session, callback_data.id, customer.id)
    await state.set_state(TopUp.proof)
    await state.update_data(invoice=invoice.id)
    fresh = callback_data.act is InvoiceAct.CLAIM_AGAIN
    await show(callback, _ask(say, invoice), state, tap, fresh=fresh)


def _ask(say: Speech, invoice: Invoice, note: str = "") -> Screen:
    lines = [note, ""] if note else []
    lines.append(say("proof-ask", id=str(invoice.id), units=units(say, invoice), max=LONGEST_WORDS))
    return Screen("\n".join(lines), keys.ask(say, invoice.id))


async def take_words(
    message: Message, state: FSMContext, say: Speech, customer: Customer, db: Database, policy: Policy
) -> None:
    """Take a reference. Raises OnHold, InvoiceGone, AlreadyClaimed, TooManyClaimed."""
    words = message.text or ""
    if len(words) > LONGEST_WORDS:
        await _ask_again(message, state, say, customer, db, say("proof-too-long", given=len(words), max=LONGEST_WORDS))
        return
    await _take(message, state, say, customer, db, policy, None, words)


async def take_file(
    message: Message, state: FSMContext, say: Speech, customer: Customer, db: Database, policy: Policy
) -> None:
    """Take a picture or a PDF; of several sent together nothing is taken, and that is said once.

    Raises OnHold, InvoiceGone, AlreadyClaimed, TooManyClaimed.
    """
    album = message.media_group_id
    if album is not None:
        if (await state.get_data()).get("album") != album:
            await state.update_data(album=album)
            await _ask_again(message, state, say, customer, db, say("proof-album"))
        return
    file = _file_of(message)
    if file is None:
        await _ask_again(message, state, say, customer, db, say("proof-wrong"))
        return
    words = short(message.caption, LONGEST_WORDS) if message.caption else None
    await _take(message, state, say, customer, db, policy, file, words)


def _file_of(message: Message) -> File | None:
    if message.photo:
        largest = message.photo[-1]
        return File("photo", largest.file_id, largest.file_unique_id)
    document = message.document
    if document is None or not (document.mime_type or "").startswith(("image/", PDF)):
        return None
    return File("document", document.file_id, document.file_unique_id)


async def _ask_again(
    message: Message, state: FSMContext, say: Speech, customer: Customer, db: Database, note: str
) -> None:
    async with db.read() as session:
        invoice = await payments.find_invoice(session, await _invoice_id(state), customer.id)
    await show_below(message, _ask(say, invoice, note), state)


async def _invoice_id(state: FSMContext) -> int:
    return int((await state.get_data()).get("invoice") or 0)


async def _take(
    message: Message,
    state: FSMContext,
    say: Speech,
    customer: Customer,
    db: Database,
    policy: Policy,
    file: File | None,
    words: str | None,
) -> None:
    """Keep the proof and say that the shop has it now; that message stays."""
    invoice_id = await _invoice_id(state)
    async with db.begin() as session:
        invoice = await by_hand.take_proof(session, invoice_id, customer.id, policy.owners, file=file, words=words)
        usual = await by_hand.usual_wait(session)
        step("proof.keeping")
    step("proof.kept")
    text = say("proof-sent", id=str(invoice.id), units=units(say, invoice), amount=say.money(invoice.amount))
    if usual is not None:
        text += "\n" + say("proof-usual", time=say.duration(usual))
    await show_below(message, Screen(text), state)
    await state.clear()


def build() -> Router:
    """Return the routes of this journey."""
    router = Router(name="proof")
    claims = OnInvoice.filter(F.act.in_({InvoiceAct.CLAIM, InvoiceAct.CLAIM_AGAIN}))
    router.callback_query.register(ask_for_proof, claims)
    showing = StateFilter(TopUp.proof)
    router.message.register(take_words, showing, F.text, ~F.text.startswith("/"))
    router.message.register(take_file, showing, ~F.text)
    return router
