"""What people and Telegram do about a payment in Stars, for the tests of it."""

from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.telegram import Person, SandboxTelegram
from sandbox.telegram.methods.payments import refund_star_payment


async def ask_for_invoice(person: Person, amount: str = "$5.00") -> str:
    """Ask for a top-up; return the link that pays it."""
    await person.send("/wallet")
    await person.tap("Top up", await person.see("number in this shop"))
    await person.tap(amount, await person.see("How much"))
    bill = await person.see(f"Top up {amount}")
    link = (await person.tap("Pay ⭐", bill)).url
    assert link is not None
    return link


@contextmanager
def no_news(telegram: SandboxTelegram) -> Iterator[None]:
    """Messages are posted, and no update tells the bot of them."""
    tell = telegram.world.update
    telegram.world.update = lambda kind, payload, lane=None: (  # type: ignore[method-assign]
        None if kind == "message" else tell(kind, payload, lane)
    )
    try:
        yield
    finally:
        telegram.world.update = tell  # type: ignore[method-assign]


async def send_back_elsewhere(telegram: SandboxTelegram, payer: int, charge_id: str | None) -> None:
    """Telegram's support, or the owner by other means, gives the Stars back."""
    await refund_star_payment(telegram.world, {"user_id": payer, "telegram_payment_charge_id": charge_id}, {})
