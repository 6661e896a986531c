"""The journeys: aiogram routers, one module each, in the order they are asked."""

from aiogram import Router

from handlers import (
    catalogue,
    errors,
    guide,
    ordering,
    orders,
    payment_card,
    proof,
    settings,
    stars,
    start,
    top_up,
    wallet,
)
from handlers.admin import credit, hold, pay_ways, payments, proofs, till, unconfirmed
from shop.policy import Policy


def build_routers(policy: Policy) -> list[Router]:
    """Return every router. Commands come before typed answers, so that one in the middle of a journey leaves it."""
    return [
        errors.build(),
        stars.build(),
        start.build(),
        catalogue.build(),
        orders.build(),
        wallet.build(),
        top_up.build(),
        proof.build(),
        settings.build(),
        guide.build(),
        credit.build(policy),
        hold.build(policy),
        unconfirmed.build(policy),
        payments.build(policy),
        till.build(policy),
        payment_card.build(),
        proofs.build(policy),
        pay_ways.build(policy),
        ordering.build(),
        start.build_last(),
    ]
