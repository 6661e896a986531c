"""The journeys: aiogram routers, one module each, in the order they are asked."""

from aiogram import Router

from handlers import (
    bonus_code,
    catalogue,
    errors,
    guide,
    invite,
    ordering,
    orders,
    payment_card,
    proof,
    settings,
    stars,
    start,
    statement,
    top_up,
    wallet,
)
from handlers.admin import books, codes, credit, hold, pay_ways, payments, proofs, referring, till, unconfirmed
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
        statement.build(),
        bonus_code.build(),
        invite.build(),
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
        statement.build_for_owners(policy),
        codes.build(policy),
        referring.build(policy),
        books.build(policy),
        ordering.build(),
        start.build_last(),
    ]
