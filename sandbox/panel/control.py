"""The panel's controls over HTTP, for a page and for tests in another process."""

import json
from collections.abc import Callable
from decimal import Decimal
from ipaddress import ip_address
from typing import Any

from aiohttp import web

from sandbox.panel.account import Account, plain, to_json
from sandbox.panel.faults import PanelFault
from sandbox.panel.services import find_row

Body = dict[str, Any]


def add_control(app: web.Application, account: Account) -> None:
    """Add `POST /control/<verb>` and `GET /control/state`. They answer loopback only, and take nothing but JSON.

    finish {order, status, remains?, charge?} · advance {order, delivered} ·
    fault {fault, action?, times?, text?, seconds?, status?} · clear {} · balance {balance} · pace {pace} ·
    services {services?: [row…], put?: row, remove?: [id…]}. Each answers with the state, as `GET /control/state` does.
    """

    async def on_verb(request: web.Request) -> web.Response:
        verb = VERBS.get(request.match_info["verb"])
        if verb is None:
            return _refusal(404, f"no such verb, there are: {', '.join(VERBS)}")
        # A form of a foreign web page cannot be sent as JSON.
        if request.content_type != "application/json":
            return _refusal(415, "send application/json")
        try:
            verb(account, json.loads(await request.text() or "{}", parse_float=Decimal))
        except (KeyError, ValueError, TypeError, ArithmeticError) as error:
            return _refusal(400, f"{type(error).__name__}: {error}")
        return _json(state_of(account))

    async def on_state(_: web.Request) -> web.Response:
        return _json(state_of(account))

    app.router.add_post("/control/{verb}", _loopback_only(on_verb))
    app.router.add_get("/control/state", _loopback_only(on_state))


def state_of(account: Account) -> dict[str, object]:
    """Return everything about the panel that a page or a test asks for, without the key."""
    return {
        "balance": plain(account.balance),
        "currency": account.currency,
        "pace": account.pace,
        "services": account.services,
        "faults": account.faults.listed(),
        "orders": orders_of(account),
        "calls": [vars(call) | {"fault": call.fault and call.fault.name} for call in account.calls],
    }


def orders_of(account: Account) -> list[dict[str, object]]:
    """Return every order and where it stands, the newest last."""
    return [
        {
            "id": order.id,
            "service": order.service,
            "url": order.url,
            "quantity": order.quantity,
            "fields": order.fields,
            "status": order.status,
            "remains": order.remains,
            "start_count": order.start_count,
            "charge": None if order.charge is None else plain(order.charge),
        }
        for order in account.orders.values()
    ]


def _finish(account: Account, body: Body) -> None:
    charge = body.get("charge", ...)
    if not (charge is ... or charge is None):
        charge = Decimal(str(charge))
    account.finish(str(body["order"]), str(body["status"]), remains=body.get("remains"), charge=charge)


def _fault(account: Account, body: Body) -> None:
    fault = PanelFault[str(body["fault"]).upper()](
        seconds=None if body.get("seconds") is None else float(body["seconds"]),
        status=body.get("status"),
        text=body.get("text"),
    )
    account.fault(fault, action=body.get("action", "add"), times=body.get("times", 1))


def _edit_services(account: Account, body: Body) -> None:
    if "services" in body:
        account.services[:] = [dict(row) for row in body["services"]]
    if "put" in body:
        row = find_row(account.services, str(body["put"]["service"]))
        if row is None:
            account.services.append(dict(body["put"]))
        else:
            row.update(body["put"])
    gone = {str(number) for number in body.get("remove", [])}
    account.services[:] = [row for row in account.services if str(row["service"]) not in gone]


def _set_balance(account: Account, body: Body) -> None:
    account.balance = Decimal(str(body["balance"]))


def _set_pace(account: Account, body: Body) -> None:
    account.pace = float(body["pace"])


VERBS: dict[str, Callable[[Account, Body], None]] = {
    "finish": _finish,
    "advance": lambda account, body: account.advance(str(body["order"]), int(body["delivered"])),
    "fault": _fault,
    "clear": lambda account, _: account.clear_faults(),
    "services": _edit_services,
    "balance": _set_balance,
    "pace": _set_pace,
}

Handler = Callable[[web.Request], Any]


def _loopback_only(handler: Handler) -> Handler:
    async def guarded(request: web.Request) -> web.Response:
        if request.remote is None or not ip_address(request.remote).is_loopback:
            return _refusal(403, "loopback only")
        answer: web.Response = await handler(request)
        return answer

    return guarded


def _json(reply: object, status: int = 200) -> web.Response:
    return web.Response(body=to_json(reply), status=status, content_type="application/json")


def _refusal(status: int, text: str) -> web.Response:
    return _json({"error": text}, status)
