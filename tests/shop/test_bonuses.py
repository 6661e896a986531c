"""Bonus codes and referrals: paid once, within every limit, and gone with the payment that brought them."""

import asyncio
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import col, select, update

from db.engine import Database
from db.tables import BonusCode, BonusUse, Customer, EntryKind, NoticeKind, OwnerAct, Payment, RefundState, utc_now
from shop import bonuses, customers, payment_desk, payments, referrals, returns, wallet
from shop.audit import CHECKS, prove
from shop.bonuses import GUESSES_AN_HOUR, Terms, redeem
from shop.customers import Person
from shop.errors import (
    AlreadySpent,
    CodeOver,
    CodeRefused,
    CodeTaken,
    CodeUnknown,
    CodeUsedBefore,
    CodeUsedUp,
    OnHold,
    TooManyCodes,
)
from shop.returns import RefundRefused, send_back_next
from tests.shop.conftest import ANNA, NOW, OWNER, POLICY, Shop

BORIS, VERA = 1002, 1003
FIVE, TEN = Decimal(5), Decimal(10)


async def make(shop: Shop, code: str, **terms: Any) -> BonusCode:
    async with shop.db.begin() as session:
        return await bonuses.make(session, Terms(code, **terms), OWNER, NOW)


async def pay(
    db: Database, customer: int, charge: str, amount: Decimal = TEN, now: datetime | None = None
) -> Payment | None:
    """Have a payment arrive."""
    async with db.begin() as session:
        return await payments.receive(
            session, customer, "stars", charge, units=amount * 100, unit="XTR", amount=amount, now=now
        )


async def told(shop: Shop, customer: int = ANNA) -> list[str]:
    return [n.content["about"] for n in await shop.notices(customer) if n.kind is NoticeKind.BONUS]


async def brought(shop: Shop, customer: int = ANNA) -> list[Decimal]:
    return [entry.amount for entry in await shop.entries(customer) if entry.kind is EntryKind.BONUS]


async def books_hold(shop: Shop) -> None:
    await shop.books_hold()
    async with shop.db.read() as session:
        found = [await prove(session, check, utc_now()) for check in CHECKS if check.rule.name != "unsent"]
    assert [finding for finding in found if finding.count] == []


async def people(shop: Shop, *ids: int, **values: Any) -> None:
    async with shop.db.begin() as session:
        session.add_all([Customer(id=number, **values) for number in ids])


# --- codes ----------------------------------------------------------------------------------------


async def test_an_amount_pays_at_once_and_once(shop: Shop) -> None:
    await make(shop, "gift", amount=FIVE)
    code, at_once = await redeem(shop.db, ANNA, "  GiFT ")
    assert (code.code, at_once) == ("gift", True)
    with pytest.raises(CodeUsedBefore):
        await redeem(shop.db, ANNA, "gift")
    assert await shop.balance() == Decimal(105)
    assert await told(shop) == ["code"]
    await books_hold(shop)


async def test_a_code_waits_for_the_top_up_that_fits(shop: Shop) -> None:
    await make(shop, "fifth", percent=Decimal(20), least_top_up=FIVE, most_bonus=Decimal("1.50"), most_uses_each=2)
    await make(shop, "later", amount=FIVE, least_top_up=FIVE)
    assert [(await redeem(shop.db, ANNA, word))[1] for word in ("later", "fifth")] == [False, False]
    async with shop.db.read() as session:
        waiting = await bonuses.waiting(session, ANNA)
    assert waiting is not None
    assert waiting.code == "fifth"  # one at a time: the second took the place of the first
    await pay(shop.db, ANNA, "small", Decimal("4.99"))
    assert await brought(shop) == []
    for _ in range(2):  # the update comes twice
        await pay(shop.db, ANNA, "fits", Decimal("6.17"))
    assert await brought(shop) == [Decimal("1.23")]  # a present is rounded down
    await redeem(shop.db, ANNA, "fifth")
    await pay(shop.db, ANNA, "much", Decimal(500))
    assert await brought(shop) == [Decimal("1.23"), Decimal("1.50")]
    with pytest.raises(CodeUsedBefore):
        await redeem(shop.db, ANNA, "fifth")
    assert await told(shop) == ["code-small", "code", "code"]
    await books_hold(shop)


async def test_a_percent_of_next_to_nothing_waits_on_and_says_from_when(shop: Shop) -> None:
    code = await make(shop, "third", percent=Decimal("33.3"))
    await redeem(shop.db, ANNA, "third")
    await pay(shop.db, ANNA, "cents", Decimal("0.03"))
    least = bonuses.least_for(code)
    (notice,) = [n for n in await shop.notices(ANNA) if n.kind is NoticeKind.BONUS]
    assert (notice.content["about"], Decimal(notice.content["least"])) == ("code-small", least)
    assert bonuses.bonus_of(code, least) == Decimal("0.01")
    assert bonuses.bonus_of(code, least - Decimal("0.01")) == 0


async def test_each_refusal_has_its_reason(shop: Shop) -> None:
    await people(shop, BORIS)
    await make(shop, "once", amount=FIVE, most_uses=1)
    await make(shop, "past", amount=FIVE, ends_at=NOW)
    off = await make(shop, "off", amount=FIVE)
    async with shop.db.begin() as session:
        await bonuses.switch_off(session, off.id, OWNER)
    await redeem(shop.db, BORIS, "once", NOW)
    refusals = {"nothing": CodeUnknown, "": CodeUnknown, "a b": CodeUnknown, "past": CodeOver, "off": CodeOver,
                "once": CodeUsedUp}  # fmt: skip
    for word, refusal in refusals.items():
        with pytest.raises(refusal):
            await redeem(shop.db, ANNA, word, NOW)
    assert await shop.balance() == Decimal(100)


async def test_what_waited_is_told_when_it_is_over_or_used_up(shop: Shop) -> None:
    await people(shop, BORIS)
    soon = await make(shop, "soon", percent=TEN, ends_at=NOW + timedelta(hours=1))
    await redeem(shop.db, ANNA, "soon", NOW)
    await pay(shop.db, ANNA, "late", now=NOW + timedelta(hours=1))
    last = await make(shop, "last", percent=TEN, most_uses=1)
    for customer in (ANNA, BORIS):
        await redeem(shop.db, customer, "last", NOW)
    for customer in (ANNA, BORIS):
        await pay(shop.db, customer, f"of {customer}", now=NOW)
    assert (await told(shop), await brought(shop)) == (["code-gone", "code"], [Decimal(1)])
    assert (await told(shop, BORIS), await brought(shop, BORIS)) == (["code-gone"], [])
    async with shop.db.read() as session:
        assert ((await bonuses.find(session, soon.id)).uses, (await bonuses.find(session, last.id)).uses) == (0, 1)
        assert await bonuses.waiting(session, BORIS) is None
        assert await bonuses.paid_by(session, last.id) == Decimal(1)
    await books_hold(shop)


async def test_guessing_is_bounded_by_the_hour(shop: Shop) -> None:
    await make(shop, "secret", amount=FIVE)
    for number in range(GUESSES_AN_HOUR):
        with pytest.raises(CodeUnknown):
            await redeem(shop.db, ANNA, f"guess{number}", NOW + timedelta(minutes=number))
    with pytest.raises(TooManyCodes) as stopped:
        await redeem(shop.db, ANNA, "secret", NOW + timedelta(minutes=20))
    assert stopped.value.minutes == 41
    assert (await redeem(shop.db, ANNA, "secret", NOW + timedelta(minutes=61)))[1]


async def test_a_customer_on_hold_gets_nothing(shop: Shop) -> None:
    await make(shop, "gift", amount=FIVE)
    await make(shop, "tenth", percent=TEN)
    await redeem(shop.db, ANNA, "tenth")
    async with shop.db.begin() as session:
        await session.exec(update(Customer).where(col(Customer.id) == ANNA).values(held_at=NOW))
    with pytest.raises(OnHold):
        await redeem(shop.db, ANNA, "gift")
    await pay(shop.db, ANNA, "held")
    assert await shop.balance() == Decimal(110)
    async with shop.db.read() as session:
        assert await bonuses.waiting(session, ANNA) is not None


async def test_twenty_race_for_the_last_use(shop: Shop) -> None:
    """Whether it pays at once or with twenty payments that arrive together."""
    crowd = range(2001, 2021)
    await people(shop, *crowd)
    await make(shop, "first", amount=FIVE, most_uses=1)
    await make(shop, "last", percent=TEN, most_uses=1)

    async def try_first(customer: int) -> bool:
        try:
            return (await redeem(shop.db, customer, "first"))[1]
        except CodeRefused:
            return False

    assert sum(await asyncio.gather(*map(try_first, crowd))) == 1
    for customer in crowd:
        await redeem(shop.db, customer, "last")
    await asyncio.gather(*(pay(shop.db, customer, str(customer)) for customer in crowd))
    amounts = [amount for customer in crowd for amount in await brought(shop, customer)]
    assert sorted(amounts) == [Decimal(1), FIVE]
    await books_hold(shop)


async def test_one_customer_is_paid_once_however_many_try(shop: Shop) -> None:
    await make(shop, "gift", amount=FIVE)
    await asyncio.gather(*(redeem(shop.db, ANNA, "gift") for _ in range(8)), return_exceptions=True)
    assert await brought(shop) == [FIVE]
    await books_hold(shop)


async def test_owners_make_codes_and_end_them(shop: Shop) -> None:
    code = await make(shop, "made", percent=TEN, most_uses=3)
    with pytest.raises(CodeTaken):
        await make(shop, "made", amount=FIVE)
    for wrong in ({"percent": Decimal(101)}, {"amount": Decimal(0)}, {}, {"amount": FIVE, "most_uses": 0}):
        with pytest.raises(ValueError, match="a code is a word"):
            await make(shop, "other", **wrong)
    for _ in range(2):
        async with shop.db.begin() as session:
            await bonuses.switch_off(session, code.id, OWNER, NOW)
    async with shop.db.read() as session:
        acts = (await session.exec(select(OwnerAct).order_by(col(OwnerAct.id)))).all()
        assert [each.code for each in (await bonuses.list_codes(session)).codes] == ["made"]
    assert [(act.act, act.actor_id, act.facts["code"]) for act in acts] == [
        ("code_made", OWNER, "made"),
        ("code_off", OWNER, "made"),
    ]


def test_codes_are_read_as_people_type_them() -> None:
    read = {" Welcome-10 ": "welcome-10", "ПРИВЕТ": "привет", "ＡＢＣ": "abc", "a_b": "a_b"}
    assert {text: bonuses.read_code(text) for text in read} == read
    for text in ("", "ab", "-abc", "abc-", "a b c", "a" * 25, "abc!", "/start"):
        assert bonuses.read_code(text) is None, text
    assert all(bonuses.read_code(code) == code for code in (bonuses.invent_code() for _ in range(50)))


# --- with a payment that goes back ----------------------------------------------------------------


async def returned(shop: Shop, *, refused: bool = False) -> None:
    """Have the return that was asked for be made, or refused for good."""

    async def send_back(_: Payment) -> None:
        if refused:
            raise RefundRefused("no")

    assert await send_back_next(shop.db, {"stars": send_back}, POLICY)


async def test_a_payment_that_goes_back_takes_its_bonus_along(shop: Shop) -> None:
    await make(shop, "tenth", percent=TEN)
    await redeem(shop.db, ANNA, "tenth")
    payment = await pay(shop.db, ANNA, "one")
    assert payment is not None
    for _ in range(2):  # refused for good the first time: the bonus is there again, and can go again
        async with shop.db.begin() as session:
            await returns.ask_refund(session, payment.id, OWNER, from_balance=True)
        assert await shop.balance() == Decimal(100)
        await books_hold(shop)
        await returned(shop, refused=True)
        assert await shop.balance() == Decimal(111)
        await books_hold(shop)
    assert await told(shop) == ["code", "code-back", "code-again", "code-back", "code-again"]
    with pytest.raises(CodeUsedBefore):
        await redeem(shop.db, ANNA, "tenth")


async def test_a_spent_bonus_goes_back_as_far_as_it_is_there_if_the_owner_says_so(shop: Shop) -> None:
    payment = await spend_some_bonus(shop)
    with pytest.raises(AlreadySpent):
        async with shop.db.begin() as session:
            await returns.ask_refund(session, payment.id, OWNER)
    async with shop.db.read() as session:
        assert (await session.get_one(Payment, payment.id)).refund_state is None
        case = await payment_desk.case(session, payment.id)
    assert (case.bonus, case.is_unspent, case.is_covered) == (Decimal(1), False, True)
    async with shop.db.begin() as session:
        await returns.ask_refund(session, payment.id, OWNER, from_balance=True)
    assert await shop.balance() == 0
    assert await missing_bonus(shop) == Decimal("0.01")
    await books_hold(shop)
    await returned(shop, refused=True)
    assert await shop.balance() == Decimal("10.99")
    await books_hold(shop)


async def test_money_sent_back_by_others_takes_its_bonus_along(shop: Shop) -> None:
    payment = await spend_some_bonus(shop)
    async with shop.db.begin() as session:
        await returns.note_return(session, payment.way, payment.charge_id, POLICY)
    assert await shop.balance() == 0
    assert await missing_bonus(shop) == Decimal("0.01")
    await books_hold(shop)


async def spend_some_bonus(shop: Shop) -> Payment:
    """A payment of 10 that brought 1: 10.99 of it are left in the wallet."""
    await make(shop, "tenth", percent=TEN)
    await redeem(shop.db, ANNA, "tenth")
    payment = await pay(shop.db, ANNA, "one")
    assert payment is not None
    async with shop.db.begin() as session:
        await wallet.credit(session, ANNA, Decimal("-100.01"), key="spent", actor_id=OWNER)
    return payment


async def missing_bonus(shop: Shop) -> Decimal:
    async with shop.db.read() as session:
        act = (await session.exec(select(OwnerAct).where(col(OwnerAct.act) == "bonus_back"))).one()
    return Decimal(act.facts["bonus_missing"])


# --- referrals ------------------------------------------------------------------------------------


async def invite(shop: Shop, person: int, inviter: int | None, now: datetime | None = None) -> Customer:
    async with shop.db.begin() as session:
        return await customers.welcome(session, Person(person, str(person)), now, inviter_id=inviter)


async def set_terms(shop: Shop, percent: int, days: int = 90) -> None:
    async with shop.db.begin() as session:
        await referrals.set_terms(session, Decimal(percent), days, OWNER)


async def test_a_link_counts_for_somebody_new_and_never_in_a_circle(shop: Shop) -> None:
    assert (await invite(shop, ANNA, BORIS)).referrer_id is None  # Boris is nobody yet, and Anna not new
    assert (await invite(shop, BORIS, BORIS)).referrer_id is None
    assert (await invite(shop, VERA, ANNA)).referrer_id == ANNA
    assert (await invite(shop, VERA, BORIS)).referrer_id == ANNA  # once and for all
    assert (await invite(shop, ANNA, VERA)).referrer_id is None
    assert (await invite(shop, 1004, 9999)).referrer_id is None
    async with shop.db.begin() as session:
        await session.exec(update(Customer).where(col(Customer.id) == ANNA).values(held_at=NOW))
    assert (await invite(shop, 1005, ANNA)).referrer_id is None
    await books_hold(shop)


async def test_a_share_of_each_payment_within_the_days(shop: Shop) -> None:
    await set_terms(shop, 10, days=30)
    now = utc_now()
    await invite(shop, BORIS, ANNA, now)
    await invite(shop, VERA, BORIS, now)
    for number, day in enumerate((0, 0, 30, 31)):
        for _ in range(2):
            await pay(shop.db, BORIS, f"of {number}", Decimal("3.19"), now + timedelta(days=day))
    assert await brought(shop) == [Decimal("0.31")] * 3
    await pay(shop.db, BORIS, "tiny", Decimal("0.09"), now)  # a share of less than a cent is none
    await pay(shop.db, VERA, "of vera", TEN, now)
    assert (await brought(shop), await brought(shop, BORIS)) == ([Decimal("0.31")] * 3, [Decimal(1)])
    async with shop.db.read() as session:
        assert await referrals.count_invited(session, ANNA) == referrals.Invited(1, Decimal("0.93"))
    assert await told(shop) == ["referral"] * 3
    assert all(set(n.content) == {"about", "amount", "balance"} for n in await shop.notices(ANNA)
               if n.kind is NoticeKind.BONUS)  # fmt: skip
    await set_terms(shop, 0)
    await pay(shop.db, BORIS, "off", TEN, now)
    assert len(await brought(shop)) == 3
    await books_hold(shop)


async def test_only_payments_earn_and_only_while_nobody_is_on_hold(shop: Shop) -> None:
    await set_terms(shop, 10)
    await invite(shop, BORIS, ANNA)
    await make(shop, "gift", amount=FIVE)
    await make(shop, "double", percent=Decimal(100))
    await redeem(shop.db, BORIS, "gift")
    async with shop.db.begin() as session:
        await wallet.credit(session, BORIS, TEN, key="by hand of the owner", actor_id=OWNER)
    assert await brought(shop) == []
    await redeem(shop.db, BORIS, "double")
    await pay(shop.db, BORIS, "doubled")
    assert (await brought(shop), await brought(shop, BORIS)) == ([Decimal(1)], [FIVE, TEN])
    for held in (ANNA, BORIS):
        async with shop.db.begin() as session:
            await session.exec(update(Customer).values(held_at=None))
            await session.exec(update(Customer).where(col(Customer.id) == held).values(held_at=NOW))
        await pay(shop.db, BORIS, f"{held} on hold")
    assert await brought(shop) == [Decimal(1)]
    await books_hold(shop)


@pytest.mark.parametrize(("spent", "taken", "missing"), [("0", "1.00", "0.00"), ("100.40", "0.60", "0.40"),
                                                         ("101", "0", "1.00")])  # fmt: skip
async def test_a_reward_goes_back_as_far_as_it_is_there(shop: Shop, spent: str, taken: str, missing: str) -> None:
    await set_terms(shop, 10)
    await invite(shop, BORIS, ANNA)
    payment = await pay(shop.db, BORIS, "one")
    assert payment is not None
    if Decimal(spent):
        async with shop.db.begin() as session:
            await wallet.credit(session, ANNA, -Decimal(spent), key="spent", actor_id=OWNER)
    before = await shop.balance()
    async with shop.db.begin() as session:
        await returns.ask_refund(session, payment.id, OWNER)
    assert before - await shop.balance() == Decimal(taken)
    async with shop.db.read() as session:
        act = (await session.exec(select(OwnerAct).where(col(OwnerAct.act) == "bonus_back"))).one()
    assert (act.customer_id, act.actor_id, act.facts["bonus"]) == (BORIS, OWNER, "0")
    found = [Decimal(act.facts[name]) for name in ("reward", "reward_taken", "reward_missing")]
    assert found == [Decimal(1), Decimal(taken), Decimal(missing)]
    await books_hold(shop)
    await returned(shop, refused=True)
    assert await shop.balance() == before
    await books_hold(shop)
    async with shop.db.begin() as session:  # asked for once more: what is there goes back once more
        await returns.ask_refund(session, payment.id, OWNER, from_balance=True)
    assert before - await shop.balance() == Decimal(taken)
    await returned(shop)
    async with shop.db.read() as session:
        assert (await session.get_one(Payment, payment.id)).refund_state is RefundState.DONE
    await books_hold(shop)


async def test_friends_of_friends_pay_and_are_paid_back_at_once_and_nobody_waits_for_ever(shop: Shop) -> None:
    """Each money movement locks two wallets here; in any order but one, they would wait for each other."""
    chain = [2009, 2001, 2007, 2003, 2005]
    await set_terms(shop, 10)
    for inviter, friend in zip([None, *chain], chain, strict=False):
        await invite(shop, friend, inviter)
    await make(shop, "tenth", percent=TEN, most_uses_each=99)

    async def trade(customer: int) -> None:
        for number in range(4):
            await redeem(shop.db, customer, "tenth")
            payment = await pay(shop.db, customer, f"{customer} {number}")
            if payment is not None and number % 2:
                async with shop.db.begin() as session:
                    await returns.ask_refund(session, payment.id, OWNER, from_balance=True)

    async with asyncio.timeout(60):
        await asyncio.gather(*map(trade, chain))
    await books_hold(shop)
    async with shop.db.read() as session:
        used = (await session.exec(select(BonusUse))).all()
    assert len(used) == 20
