"""What Telegram does when a person pays in Stars: it asks the bot first, then takes the money and says so."""

from sandbox.telegram.methods.payments import record_transaction
from sandbox.telegram.state import Json, User, World
from sandbox.telegram.views import Payment

# A webhook gets it beside the other updates of the person, not after them (Client.cpp, add_new_pre_checkout_query).
_LANE = 4 << 33


async def pay_bill(world: World, user: User, bill: Json, ok: bool) -> Payment:
    """Pay an invoice; with `ok` false the payment falls through after the bot agreed.

    A bot that does not answer the pre-checkout query in time is a violation, and the payment fails.
    """
    agreed = await _pre_checkout(world, user, bill)
    if agreed is None:
        world.violate("answerPreCheckoutQuery", f"not answered within {world.pre_checkout_seconds:g} s")
        return Payment(False, error="the bot did not answer")
    if not agreed["ok"]:
        return Payment(False, error=agreed["error_message"])
    if not ok:
        return Payment(False, error="the payment fell through")
    return Payment(True, _charge(world, user, bill))


async def _pre_checkout(world: World, user: User, bill: Json) -> Json | None:
    query = world.ask("pre_checkout_query", user, f"{user.first_name}'s payment")
    payload = {
        "id": query.id,
        "from": user.as_json(),
        "currency": bill["currency"],
        "total_amount": bill["total_amount"],
        "invoice_payload": bill["payload"],
    }
    world.update("pre_checkout_query", payload, user.id + _LANE)
    return await world.until(lambda: query.answers[0] if query.answers else None, world.pre_checkout_seconds)


def _charge(world: World, user: User, bill: Json) -> str:
    number = world.numbers.take("charge")
    charge_id = f"stx{user.id}n{number}"
    paid = {
        "currency": bill["currency"],
        "total_amount": bill["total_amount"],
        "invoice_payload": bill["payload"],
        "telegram_payment_charge_id": charge_id,
        "provider_payment_charge_id": f"{user.id}_{number}",
    }
    payment: Json = {"paid": paid, "user": user, "refunded": False}
    world.star_charges[charge_id] = payment
    record_transaction(world, payment, "source")
    private = world.chats[user.id]
    message = world.post(private, user, {"successful_payment": paid})
    world.update("message", message.as_json(), private.id)
    return charge_id
