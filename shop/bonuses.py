"""Bonus codes: words that bring money, at once or with a top-up, within the limits the owner set.

A code is used up at the moment it pays, never by waiting: a limit of ten is ten bonuses, whoever types it how often. A
bonus that came with a payment goes with it when the payment is sent back, and so does the reward of whoever invited
the customer (`shop.referrals`).
"""

import re
import secrets
import unicodedata
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from sqlalchemy import ColumnElement, String, cast, literal
from sqlalchemy.exc import IntegrityError
from sqlmodel import and_, col, delete, func, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from db.engine import Database
from db.tables import (
    BonusCode,
    BonusGuess,
    BonusUse,
    Customer,
    EntryKind,
    LedgerEntry,
    NoticeKind,
    OwnerAct,
    Payment,
    utc_now,
)
from shop import notices, referrals, wallet
from shop.errors import (
    CodeGone,
    CodeOver,
    CodeRefused,
    CodeTaken,
    CodeUnknown,
    CodeUsedBefore,
    CodeUsedUp,
    NotEnoughMoney,
    OnHold,
    TooManyCodes,
)
from shop.money import SMALLEST_SUM, ZERO, round_down, round_up

GUESSES_AN_HOUR = 10
PAGE_SIZE = 8
MOST_PERCENT = Decimal(100)
_CODE = re.compile(r"[^\W_](?:[\w-]{1,22})[^\W_]")
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another


@dataclass(frozen=True, slots=True)
class Terms:
    """What a code brings: `amount` (currency), or `percent` of a top-up, at most `most_bonus` (currency).

    It pays `most_uses` times in all, `most_uses_each` times to one customer, until `ends_at`, and only with a top-up of
    `least_top_up` (currency). An amount without that pays at once.
    """

    code: str
    amount: Decimal | None = None
    percent: Decimal | None = None
    most_uses: int | None = None
    most_uses_each: int = 1
    least_top_up: Decimal = ZERO
    most_bonus: Decimal | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CodeList:
    """A page of the codes, newest first; `page` counts from 0."""

    codes: list[BonusCode]
    page: int
    pages: int


def read_code(words: str) -> str | None:
    """Return a code as it is kept: 3 to 24 letters, digits, - and _, in small letters; None for what can be none."""
    code = unicodedata.normalize("NFKC", words).strip().casefold()
    return code if _CODE.fullmatch(code) else None


def invent_code() -> str:
    """Return a code nobody guesses."""
    return "".join(secrets.choice(_LETTERS) for _ in range(8))


# --- the owner's side -----------------------------------------------------------------------------


async def make(session: AsyncSession, terms: Terms, actor_id: int, now: datetime | None = None) -> BonusCode:
    """Put a code on offer. Raises CodeTaken, and ValueError for terms that make no sense."""
    now = now or utc_now()
    limits = (terms.amount, terms.percent, terms.most_bonus, terms.most_uses, terms.most_uses_each)
    if (
        (terms.amount is None) == (terms.percent is None)
        or any(limit is not None and limit <= 0 for limit in limits)
        or (terms.percent or ZERO) > MOST_PERCENT
        or terms.least_top_up < ZERO
        or read_code(terms.code) != terms.code
    ):
        raise ValueError("a code is a word that brings an amount, or up to 100 percent, within limits above 0")
    code = BonusCode(**asdict(terms), actor_id=actor_id, created_at=now)
    try:
        async with session.begin_nested():
            session.add(code)
    except IntegrityError:
        raise CodeTaken from None
    facts = {name: str(value) for name, value in asdict(terms).items() if value is not None}
    session.add(OwnerAct(actor_id=actor_id, act="code_made", facts=facts | {"id": str(code.id)}, created_at=now))
    return code


async def switch_off(session: AsyncSession, code_id: int, actor_id: int, now: datetime | None = None) -> BonusCode:
    """Take a code off for good; one that is off stays so. Raises CodeGone."""
    now = now or utc_now()
    code = await find(session, code_id, lock=True)
    if code.off_at is None:
        code.off_at = now
        session.add(code)
        facts = {"id": str(code.id), "code": code.code, "uses": str(code.uses)}
        session.add(OwnerAct(actor_id=actor_id, act="code_off", facts=facts, created_at=now))
    return code


async def find(session: AsyncSession, code_id: int, *, lock: bool = False) -> BonusCode:
    """Return a code by its id. Raises CodeGone."""
    code = await session.get(BonusCode, code_id, with_for_update={"key_share": True} if lock else None)
    if code is None:
        raise CodeGone
    return code


async def list_codes(session: AsyncSession, page: int = 0) -> CodeList:
    """Return a page of all codes; a page past the end is the last one."""
    count = (await session.exec(select(func.count()).select_from(BonusCode))).one()
    pages = max(1, -(-count // PAGE_SIZE))
    page = min(max(page, 0), pages - 1)
    found = select(BonusCode).order_by(col(BonusCode.id).desc()).offset(page * PAGE_SIZE).limit(PAGE_SIZE)
    return CodeList(list((await session.exec(found)).all()), page, pages)


async def paid_by(session: AsyncSession, code_id: int) -> Decimal:
    """Return what a code brought its customers in all (currency), whatever was taken back later."""
    keys = select(literal("bonus:").concat(cast(BonusUse.id, String))).where(
        col(BonusUse.code_id) == code_id, col(BonusUse.used_at).is_not(None)
    )
    paid = select(func.sum(LedgerEntry.amount)).where(col(LedgerEntry.key).in_(keys))
    return Decimal((await session.exec(paid)).one() or 0)


# --- the customer's side --------------------------------------------------------------------------


async def redeem(db: Database, customer_id: int, words: str, now: datetime | None = None) -> tuple[BonusCode, bool]:
    """Take the code a customer gave; return it and whether it paid at once. Else it waits for a top-up that fits.

    One code waits at a time; another takes its place. Raises CodeUnknown, CodeOver, CodeUsedUp, CodeUsedBefore, and
    after GUESSES_AN_HOUR of those TooManyCodes; OnHold.
    """
    now = now or utc_now()
    async with db.begin() as session:
        await _lock_customer(session, customer_id)
        await _bound_guesses(session, customer_id, now)
        try:
            return await _take(session, customer_id, words, now)
        except CodeRefused as error:  # raised before anything is written: what is written now is the guess
            session.add(BonusGuess(customer_id=customer_id, created_at=now))
            refused = error
    raise refused


async def waiting(session: AsyncSession, customer_id: int) -> BonusCode | None:
    """Return the code that waits for the customer's next top-up."""
    query = select(BonusCode).join(BonusUse, col(BonusUse.code_id) == col(BonusCode.id))
    return (await session.exec(query.where(_waits(customer_id)))).first()


async def drop(session: AsyncSession, customer_id: int) -> None:
    """Have no code wait for the customer any more."""
    await session.exec(delete(BonusUse).where(_waits(customer_id)))


async def _take(session: AsyncSession, customer_id: int, words: str, now: datetime) -> tuple[BonusCode, bool]:
    code = (await session.exec(select(BonusCode).where(col(BonusCode.code) == (read_code(words) or "")))).first()
    if code is None:
        raise CodeUnknown
    if _is_over(code, now):
        raise CodeOver
    used = select(func.count()).where(
        col(BonusUse.customer_id) == customer_id, col(BonusUse.code_id) == code.id, col(BonusUse.used_at).is_not(None)
    )
    if (await session.exec(used)).one() >= code.most_uses_each:
        raise CodeUsedBefore
    if code.most_uses is not None and code.uses >= code.most_uses:
        raise CodeUsedUp
    at_once = code.amount is not None and code.least_top_up == ZERO
    if at_once and not await _count_use(session, code, now):
        raise CodeUsedUp  # another took the last one a moment ago
    if not at_once:
        await drop(session, customer_id)
    use = BonusUse(customer_id=customer_id, code_id=code.id, created_at=now, used_at=now if at_once else None)
    session.add(use)
    await session.flush()
    if at_once:
        await _pay(session, use, code, code.amount or ZERO, now)
    return code, at_once


async def _bound_guesses(session: AsyncSession, customer_id: int, now: datetime) -> None:
    mine = col(BonusGuess.customer_id) == customer_id
    hour = timedelta(hours=1)
    await session.exec(delete(BonusGuess).where(mine, col(BonusGuess.created_at) <= now - hour))
    count, first = (await session.exec(select(func.count(), func.min(BonusGuess.created_at)).where(mine))).one()
    if count >= GUESSES_AN_HOUR:
        raise TooManyCodes(minutes=int((first + hour - now).total_seconds() // 60) + 1)


async def _lock_customer(session: AsyncSession, customer_id: int) -> None:
    row = select(Customer.held_at).where(col(Customer.id) == customer_id)
    if (await session.exec(row.with_for_update(key_share=True))).first() is not None:
        raise OnHold


# --- with a payment -------------------------------------------------------------------------------


def bonus_of(code: BonusCode, top_up: Decimal) -> Decimal:
    """Return what the code brings with a top-up (both currency); 0 for one that is too small."""
    if top_up < code.least_top_up:
        return ZERO
    if code.percent is None:
        return code.amount or ZERO
    bonus = round_down(top_up * code.percent / 100)
    return bonus if code.most_bonus is None else min(bonus, code.most_bonus)


def least_for(code: BonusCode) -> Decimal:
    """Return the smallest top-up (currency) with which the code brings anything."""
    if code.percent is None:
        return code.least_top_up
    return max(code.least_top_up, round_up(Fraction(SMALLEST_SUM) * 100 / Fraction(code.percent)))


async def pay_out(session: AsyncSession, payment: Payment, now: datetime) -> None:
    """Pay the bonus that waited for this payment, just credited; the customer's wallet is locked.

    One that does not fit goes on waiting, one whose code has been used up or is over is dropped; the customer is told.
    While the customer is on hold nothing is paid.
    """
    query = select(BonusUse, BonusCode).join(BonusCode, col(BonusUse.code_id) == col(BonusCode.id))
    found = (await session.exec(query.where(_waits(payment.customer_id)))).first()
    customer = await session.get_one(Customer, payment.customer_id)
    if found is None or customer.held_at is not None:
        return
    use, code = found
    bonus = bonus_of(code, payment.amount)
    if bonus <= ZERO and not _is_over(code, now):
        _tell(session, use.customer_id, "code-small", now, code=code.code, least=str(least_for(code)))
        return
    if not await _count_use(session, code, now):
        await session.delete(use)
        _tell(session, use.customer_id, "code-gone", now, code=code.code)
        return
    use.payment_id, use.used_at = payment.id, now
    session.add(use)
    await _pay(session, use, code, bonus, now)


async def take_back(
    session: AsyncSession, payment: Payment, actor_id: int | None, now: datetime, *, is_all_there: bool = True
) -> None:
    """Take back what a payment brought beside itself, because it is sent back: the bonus, and the referrer's reward.

    The bonus has to be in the wallet, together with the payment, unless it is known that not all is there (then it is
    taken as far as the wallet holds more than the payment); the reward is taken as far as it is there. What came of
    both is an owner's act. The wallets are locked (`referrals.lock`). Raises NotEnoughMoney.
    """
    own = await brought(session, payment)
    balance = await wallet.balance_of(session, payment.customer_id)
    taken = min(own, max(balance - payment.amount, ZERO))
    if is_all_there and taken < own:
        raise NotEnoughMoney(balance=balance, needed=payment.amount + own)
    if taken > ZERO:
        await _move(session, payment, -taken, "back", actor_id, now)
    returned = await referrals.take_back(session, payment, actor_id, now)
    if not own and not returned.reward:
        return
    facts = {
        "payment": str(payment.id),
        "bonus": str(own),
        "bonus_missing": str(own - taken),
        "reward": str(returned.reward),
        "reward_taken": str(returned.taken),
        "reward_missing": str(returned.reward - returned.taken),
    }
    act = OwnerAct(actor_id=actor_id, act="bonus_back", customer_id=payment.customer_id, facts=facts, created_at=now)
    session.add(act)


async def give_again(session: AsyncSession, payment: Payment, now: datetime) -> None:
    """Give again what `take_back` took, because the payment could not be sent back; the wallets are locked."""
    key = f"bonus-back:{payment.id}:{payment.refunds_asked}"
    back = (await session.exec(select(LedgerEntry).where(col(LedgerEntry.key) == key))).first()
    if back is not None:
        await _move(session, payment, -back.amount, "again", None, now)
    await referrals.give_again(session, payment, now)


async def brought(session: AsyncSession, payment: Payment) -> Decimal:
    """Return what a payment's bonus still amounts to (currency): paid, taken back and given again."""
    moves = or_(
        col(LedgerEntry.kind) == EntryKind.BONUS,
        col(LedgerEntry.key).startswith("bonus-back:"),
        col(LedgerEntry.key).startswith("bonus-again:"),
    )
    total = select(func.sum(LedgerEntry.amount)).where(col(LedgerEntry.payment_id) == payment.id, moves)
    return Decimal((await session.exec(total)).one() or 0)


async def _move(
    session: AsyncSession, payment: Payment, amount: Decimal, way: str, actor_id: int | None, now: datetime
) -> None:
    entry = await wallet.post(
        session,
        payment.customer_id,
        EntryKind.ADJUSTMENT,
        amount,
        key=f"bonus-{way}:{payment.id}:{payment.refunds_asked}",
        payment_id=payment.id,
        actor_id=actor_id,
        now=now,
    )
    if entry is not None:
        facts = {"amount": str(abs(amount)), "balance": str(entry.balance_after)}
        _tell(session, entry.customer_id, f"code-{way}", now, **facts)


# --- one use --------------------------------------------------------------------------------------


async def _count_use(session: AsyncSession, code: BonusCode, now: datetime) -> bool:
    """Use the code once, if it still may be: however many try at once, the limit holds."""
    used = await session.exec(
        update(BonusCode)
        .where(
            col(BonusCode.id) == code.id,
            col(BonusCode.off_at).is_(None),
            or_(col(BonusCode.ends_at).is_(None), col(BonusCode.ends_at) > now),
            or_(col(BonusCode.most_uses).is_(None), col(BonusCode.uses) < col(BonusCode.most_uses)),
        )
        .values(uses=col(BonusCode.uses) + 1)
    )
    return bool(used.rowcount)


async def _pay(session: AsyncSession, use: BonusUse, code: BonusCode, bonus: Decimal, now: datetime) -> None:
    entry = await wallet.post(
        session,
        use.customer_id,
        EntryKind.BONUS,
        bonus,
        key=f"bonus:{use.id}",
        payment_id=use.payment_id,
        note=code.code,
        now=now,
    )
    if entry is not None:
        facts = {"code": code.code, "amount": str(bonus), "balance": str(entry.balance_after)}
        _tell(session, use.customer_id, "code", now, **facts)


def _waits(customer_id: int) -> ColumnElement[bool]:
    return and_(col(BonusUse.customer_id) == customer_id, col(BonusUse.used_at).is_(None))


def _is_over(code: BonusCode, now: datetime) -> bool:
    return code.off_at is not None or (code.ends_at is not None and code.ends_at <= now)


def _tell(session: AsyncSession, customer_id: int, about: str, now: datetime, **facts: str) -> None:
    notices.enqueue(session, customer_id, NoticeKind.BONUS, content={"about": about} | facts, now=now)
