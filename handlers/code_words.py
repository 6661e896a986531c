"""What a bonus code brings, in words: for the customer who gave it and for the owner who made it."""

from decimal import Decimal

from db.tables import BonusCode
from texts import Speech


def percent(share: Decimal) -> str:
    """Return a percentage without idle zeros."""
    return f"{share.normalize():f}"


def worth(say: Speech, code: BonusCode) -> str:
    """Return what the code brings, from which top-up on and up to which sum."""
    if code.percent is None:
        parts = [say("code-amount", amount=say.money(code.amount or Decimal(0)))]
    else:
        parts = [say("code-percent", percent=percent(code.percent))]
    if code.most_bonus is not None:
        parts.append(say("code-most", most=say.money(code.most_bonus)))
    if code.least_top_up:
        parts.append(say("code-least", least=say.money(code.least_top_up)))
    return ", ".join(parts)


def limits(say: Speech, code: BonusCode) -> list[str]:
    """Return how often it pays, to one and in all, and until when."""
    if code.most_uses is None:
        lines = [say("code-uses", uses=code.uses)]
    else:
        lines = [say("code-uses-of", uses=code.uses, most=say.number(code.most_uses))]
    lines.append(say("code-each", each=code.most_uses_each))
    if code.ends_at is not None:
        lines.append(say("code-ends", time=say.day_and_clock(code.ends_at)))
    if code.off_at is not None:
        lines.append(say("code-is-off", time=say.day_and_clock(code.off_at)))
    return lines
