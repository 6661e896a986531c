"""Whatever a customer calls themselves and a provider a charge, a payment's card fits Telegram's 4096 units."""

from decimal import Decimal

import pytest

from db.tables import Customer, Payment, RefundState
from handlers import payment_card
from keyboards.callbacks import Open, To
from shop.payment_desk import PaymentCase
from tests.handlers.test_screens_fit import MONSTERS, units
from texts import languages, speak


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("monster", MONSTERS, ids=["family", "words", "marks", "markup", "flags"])
@pytest.mark.parametrize("state", [None, *RefundState])
def test_every_card_fits(language: str, monster: str, state: RefundState | None) -> None:
    say = speak((language,), "USD")
    customer = Customer(id=2**52, name=monster, username="u" * 32, balance=Decimal(10) ** 9)
    payment = Payment(
        id=2**62,
        customer_id=customer.id,
        way="stars",
        charge_id=monster,
        units=Decimal(10) ** 9,
        unit="XTR",
        amount=Decimal(10) ** 9,
        refund_state=state,
        refund_failure=monster,
    )
    case = PaymentCase(payment, customer, Decimal(1), Decimal(1))
    for screen in (
        payment_card.of_customer(say, payment, Open(to=To.WALLET)),
        payment_card.of_owner(say, case, by_hand=True),
    ):
        assert units(screen.text) <= 4096
        assert screen.keyboard is not None
