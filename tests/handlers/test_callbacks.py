"""What buttons carry: told apart by its prefix, and within Telegram's 64 bytes whatever the numbers are."""

from collections import Counter
from decimal import Decimal

from aiogram.filters.callback_data import CallbackData

from keyboards import callbacks
from keyboards.callbacks import OnPayWay, OnProof, PayWayAct, ProofAct
from shop.by_hand import Why
from shop.pay_ways import Field


def test_no_two_kinds_of_button_have_one_prefix() -> None:
    kinds = [kind for kind in vars(callbacks).values() if isinstance(kind, type) and issubclass(kind, CallbackData)]
    prefixes = Counter(kind.__prefix__ for kind in kinds if kind is not CallbackData)
    assert [prefix for prefix, count in prefixes.items() if count > 1] == []


def test_the_longest_button_of_an_owner_is_packed_and_read_back() -> None:
    largest = OnProof(id=2**63 - 1, act=ProofAct.APPROVE, units=Decimal("9999999999999.12345678"), cents=10**14, why="")
    assert OnProof.unpack(largest.pack()) == largest
    plain = OnProof(id=1, act=ProofAct.WHY, why=max(Why, key=len))
    assert OnProof.unpack(plain.pack()) == plain
    field = OnPayWay(act=PayWayAct.CHANGE, id=2**63 - 1, field=max(Field, key=len))
    assert OnPayWay.unpack(field.pack()) == field
