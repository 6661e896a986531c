"""Keyboards of the ways to pay by hand, as an owner sets them up."""

from collections.abc import Sequence

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from db.tables import PayWay
from keyboards.base import Row, back, button, close, commit, keyboard, pairs
from keyboards.callbacks import OnPayWay, OpenPayWays, PayWayAct
from shop.pay_ways import Field
from texts import Speech


def way_list(say: Speech, ways: Sequence[PayWay]) -> InlineKeyboardMarkup:
    """Return a button for each way; those that are on are marked."""
    rows: list[Row] = [
        [button(f"{'○' if way.off_at else '●'} {way.name} · {way.unit}", OnPayWay(act=PayWayAct.OPEN, id=way.id))]
        for way in ways
    ]
    return keyboard(*rows, [button(say.label("pay-way-button-add"), OnPayWay(act=PayWayAct.ADD))], [close(say)])


def way_card(say: Speech, way: PayWay) -> InlineKeyboardMarkup:
    """Return what can be changed; only a way that is off can be deleted."""

    def act(key: str, what: PayWayAct) -> InlineKeyboardButton:
        return button(say.label(key), OnPayWay(act=what, id=way.id))

    fields = [
        button(say.label(f"pay-way-field-{field}"), OnPayWay(act=PayWayAct.CHANGE, id=way.id, field=field))
        for field in Field
    ]
    is_off = way.off_at is not None
    return keyboard(
        *pairs(fields),
        [act("pay-way-button-on", PayWayAct.ON) if is_off else act("pay-way-button-off", PayWayAct.OFF)],
        [act("pay-way-button-up", PayWayAct.UP), *([act("pay-way-button-delete", PayWayAct.DELETE)] if is_off else [])],
        [back(say, OpenPayWays())],
    )


def sure(say: Speech, way_id: int, act: PayWayAct) -> InlineKeyboardMarkup:
    """Return the one button that does it, and the way back to the way's card."""
    return keyboard(
        [commit(say.label(f"pay-way-sure-{act.name.lower().replace('_', '-')}"), OnPayWay(act=act, id=way_id))],
        [back(say, OnPayWay(act=PayWayAct.OPEN, id=way_id))],
    )


def leave(say: Speech, way_id: int) -> InlineKeyboardMarkup:
    """Return the way out of typing: to the card of the way, or to all of them while there is none."""
    out = OnPayWay(act=PayWayAct.OPEN, id=way_id) if way_id else OpenPayWays()
    return keyboard([button(say.label("button-cancel"), out)])
