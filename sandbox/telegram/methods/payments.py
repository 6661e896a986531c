"""Telegram Stars: invoices, the check before a payment, refunds and the bot's balance.

https://core.telegram.org/bots/payments-stars; only the currency XTR is known here.
"""

import re
from typing import Any

from sandbox.telegram.entities import utf16_length
from sandbox.telegram.files import Upload
from sandbox.telegram.links import link_fault
from sandbox.telegram.methods.sending import send
from sandbox.telegram.refusals import bad_request, violation
from sandbox.telegram.state import Json, World

_MOST_STARS = 100_000


def _checked_invoice(args: Json) -> Json:
    if args["currency"] != "XTR":
        raise violation("CURRENCY_INVALID")
    if args.get("provider_token"):
        raise violation("PAYMENT_PROVIDER_INVALID")
    for field, most in (("title", 32), ("description", 255)):
        if not 1 <= utf16_length(args[field].strip()) <= most:
            raise violation(f"invoice {field} must be of 1-{most} characters")
    if not 1 <= len(args["payload"].encode()) <= 128:
        raise violation("INVOICE_PAYLOAD_INVALID")
    if len(args["prices"]) != 1:
        raise violation("STARS_INVOICE_INVALID")
    if not re.fullmatch(r"[A-Za-z0-9_-]{0,64}", args.get("start_parameter", "")):
        raise violation("START_PARAM_INVALID")
    if "photo_url" in args and link_fault(args["photo_url"]):
        raise violation("WEBDOCUMENT_URL_INVALID")
    amount = args["prices"][0]["amount"]
    if not 1 <= amount <= _MOST_STARS:
        raise violation("CURRENCY_TOTAL_AMOUNT_INVALID")
    return {
        "title": args["title"].strip(),
        "description": args["description"].strip(),
        "start_parameter": args.get("start_parameter", ""),
        "currency": "XTR",
        "total_amount": amount,
    }


async def send_invoice(world: World, args: Json, _: dict[str, Upload]) -> Any:
    """https://core.telegram.org/bots/api#sendinvoice"""
    invoice = _checked_invoice(args)
    if not args.get("reply_markup"):
        pay = {"text": f"Pay ⭐️{invoice['total_amount']}", "pay": True}
        args = args | {"reply_markup": {"inline_keyboard": [[pay]]}}
    message = send(world, args, {"invoice": invoice}, invoice=True)
    world.invoices[f"{message['chat']['id']}:{message['message_id']}"] = invoice | {"payload": args["payload"]}
    return message


async def create_invoice_link(world: World, args: Json, _: dict[str, Upload]) -> Any:
    """https://core.telegram.org/bots/api#createinvoicelink"""
    invoice = _checked_invoice(args)
    link = f"https://t.me/$sandbox{world.numbers.take('invoice link')}"
    world.invoices[link] = invoice | {"payload": args["payload"]}
    return link


async def answer_pre_checkout_query(world: World, args: Json, _: dict[str, Upload]) -> Any:
    """https://core.telegram.org/bots/api#answerprecheckoutquery"""
    if not args["ok"] and not args.get("error_message"):
        raise violation("error message is required when ok is False")
    world.answer(args["pre_checkout_query_id"], "pre_checkout_query", args)
    return True


async def refund_star_payment(world: World, args: Json, _: dict[str, Upload]) -> Any:
    """https://core.telegram.org/bots/api#refundstarpayment"""
    payment = world.star_charges.get(args["telegram_payment_charge_id"])
    if payment is None or payment["user"].id != args["user_id"]:
        raise bad_request("CHARGE_NOT_FOUND")
    if payment["refunded"]:
        raise bad_request("CHARGE_ALREADY_REFUNDED")
    payment["refunded"] = True
    record_transaction(world, payment, "receiver")
    user = payment["user"]
    chat = world.chats[user.id]
    message = world.post(chat, user, {"refunded_payment": payment["paid"]})
    world.update("message", message.as_json(), chat.id)
    return True


def record_transaction(world: World, payment: Json, side: str) -> None:
    """Enter a payment (`side` is `source`) or its refund (`receiver`) in the bot's Stars account."""
    paid = payment["paid"]
    partner = {
        "type": "user",
        "transaction_type": "invoice_payment",
        "user": payment["user"].as_json(),
        "invoice_payload": paid["invoice_payload"],
    }
    entry = {
        "id": paid["telegram_payment_charge_id"],
        "amount": paid["total_amount"],
        "date": int(world.clock().timestamp()),
        side: partner,
    }
    world.star_transactions.append(entry)
    world.publish("stars", about=entry)


async def get_star_transactions(world: World, args: Json, _: dict[str, Upload]) -> Any:
    """https://core.telegram.org/bots/api#getstartransactions, oldest first as Telegram lists them."""
    offset, limit = args.get("offset", 0), args.get("limit", 100)
    if offset < 0 or not 1 <= limit <= 100:
        raise violation("LIMIT_INVALID")
    return {"transactions": world.star_transactions[offset : offset + limit]}


async def get_my_star_balance(world: World, _: Json, __: dict[str, Upload]) -> Any:
    """https://core.telegram.org/bots/api#getmystarbalance"""
    entries = world.star_transactions
    return {"amount": sum(entry["amount"] if "source" in entry else -entry["amount"] for entry in entries)}


HANDLERS = {
    "sendInvoice": send_invoice,
    "createInvoiceLink": create_invoice_link,
    "answerPreCheckoutQuery": answer_pre_checkout_query,
    "refundStarPayment": refund_star_payment,
    "getStarTransactions": get_star_transactions,
    "getMyStarBalance": get_my_star_balance,
}
