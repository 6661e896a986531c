"""Whatever a panel calls its services and whatever people send, a screen fits Telegram's 4096 units, a caption 1024."""

from datetime import UTC, datetime
from decimal import Decimal
from html import unescape

import pytest

from db.tables import Customer, Draft, Invoice, InvoiceState, Proof
from handlers import draft_screens, proof_card
from handlers.catalogue import card_text
from shop.by_hand import LONGEST_WORDS, MOST_ALIKE, Alike, Case
from shop.catalogue import Listing, RefillTerms
from shop.drafts import Quote
from shop.kinds import ServiceKind
from shop.platforms import PLATFORMS
from texts import languages, speak

MONSTERS = ("👨‍👩‍👧‍👦" * 2000, "word " * 2000, "e" + "\u0301" * 9000, "<&>" * 3000, "🇺🇸" * 3000)


def units(text: str) -> int:
    """The length as Telegram counts it: without tags, entities resolved, in UTF-16 units."""
    import re

    return len(unescape(re.sub(r"</?(?:b|code|blockquote)[^<>]*>", "", text)).encode("utf-16-le")) // 2


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("monster", MONSTERS, ids=["family", "words", "marks", "markup", "flags"])
@pytest.mark.parametrize("kind", list(ServiceKind))
def test_every_screen_fits(language: str, monster: str, kind: ServiceKind) -> None:
    say = speak((language,), "USD")
    listing = Listing(
        id="9" * 40,
        name=monster,
        description=monster,
        kind=kind,
        category_id=1,
        category=monster,
        platform=PLATFORMS["instagram"],
        rate=Decimal("1604.295"),
        minimum=10,
        maximum=2**62,
        dripfeed=True,
        refill=RefillTerms(offered=True, days=30),
        cancel=False,
        markup_percent=Decimal(30),
    )
    draft = Draft(
        id=1,
        customer_id=1,
        service_id=listing.id,
        link="https://instagram.com/" + monster[:2000],
        quantity=2**61,
        comments=[monster] * 20,
        drip=kind is ServiceKind.DEFAULT,
        runs=1000,
        interval=10_080,
    )
    quote = Quote(Decimal(10) ** 9, Decimal(0), 2**62, "token")
    shown = [
        card_text(say, listing),
        draft_screens.quantity_screen(say, listing, draft).text,
        draft_screens.plan_screen(say, listing, draft).text,
        draft_screens.comments_screen(say, listing, draft).text,
        draft_screens.confirm_screen(say, listing, draft, quote, "note").text,
    ]
    assert [units(text) <= 4096 for text in shown] == [True] * 5, [units(text) for text in shown]


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("monster", MONSTERS, ids=["family", "words", "marks", "markup", "flags"])
def test_the_card_of_a_payment_by_hand_fits_a_caption(language: str, monster: str) -> None:
    say = speak((language,), "USD")
    now = datetime(2026, 3, 1, tzinfo=UTC)
    somebody = Customer(id=2**52, name=monster, username="u" * 32, balance=Decimal(10) ** 12, held_at=now)
    invoice = Invoice(id=10**12, units=Decimal("123456789.12345678"), unit="U" * 10, amount=Decimal(10) ** 12)
    proof = Proof(id=10**12, text=monster[:LONGEST_WORDS], file_kind="photo", file_id="file", created_at=now)
    alike = (Alike(10**12, somebody, InvoiceState.CLAIMED),) * MOST_ALIKE
    case = Case(proof, invoice, somebody, monster, 3, 10**6, Decimal(10) ** 12, alike, monster)
    assert units(proof_card.card(say, case)) <= 1024
    proof.decided_at, proof.reason = now, monster
    assert units(proof_card.card(say, case)) <= 1024
