"""Keyboards of the journey from a service's card to the confirmed order."""

from aiogram.types import InlineKeyboardMarkup

from db.tables import Draft
from keyboards.base import Row, back, button, close, commit, keyboard, pairs
from keyboards.callbacks import Confirm, DraftAct, EditDraft, Open, OpenCategory, OpenTopUp, To
from shop import drafts
from shop.catalogue import Listing
from shop.drafts import Quote
from shop.quantities import presets
from texts import Speech

PLANS = ((2, 60), (5, 60), (10, 60), (5, 30), (10, 30), (24, 60))  # runs, minutes
INTERVALS = (15, 30, 60, 180, 720, 1440)  # minutes


def service_card(say: Speech, listing: Listing, page: int) -> InlineKeyboardMarkup:
    """Return the way back to the service's category, and out."""
    category = OpenCategory(id=listing.category_id, slug=listing.platform.slug, page=page)
    return keyboard([back(say, category), close(say)])


def link(say: Speech, listing: Listing, page: int, draft: Draft | None, *, can_insist: bool) -> InlineKeyboardMarkup:
    """Return the service card's buttons; `can_insist` offers to use a link that looks foreign."""
    rows: list[Row] = []
    if can_insist and draft is not None:
        rows.append([button(say.label("button-insist"), EditDraft(id=draft.id, act=DraftAct.INSIST))])
    category = OpenCategory(id=listing.category_id, slug=listing.platform.slug, page=page)
    return keyboard(*rows, [back(say, category), close(say)])


def quantity(say: Speech, draft: Draft, listing: Listing) -> InlineKeyboardMarkup:
    """Return a few useful quantities with their prices, and the drip-feed switch where the service has one."""
    most = listing.maximum // 2 if draft.drip else listing.maximum
    offers = [
        button(
            f"{say.number(count)} · {say.money(listing.price(count))}",
            EditDraft(id=draft.id, act=DraftAct.QUANTITY, value=count),
        )
        for count in presets(listing.minimum, most)
    ]
    switch: Row = []
    if drafts.can_drip(listing):
        label = say.label("button-drip-on" if draft.drip else "button-drip-off")
        switch.append(button(label, EditDraft(id=draft.id, act=DraftAct.DRIP)))
    return keyboard(*pairs(offers), switch, _ways_out(say, draft))


def plan(say: Speech, draft: Draft, listing: Listing) -> InlineKeyboardMarkup:
    """Return drip-feed plans that fit, or only intervals once the runs are known."""
    if draft.runs is not None:
        choices = [
            button(
                say.label("button-interval", minutes=minutes),
                EditDraft(id=draft.id, act=DraftAct.INTERVAL, value=minutes),
            )
            for minutes in INTERVALS
        ]
    else:
        most = drafts.runs_possible(draft, listing)
        choices = [
            button(
                say.label("button-plan", runs=runs, minutes=minutes),
                EditDraft(id=draft.id, act=DraftAct.PLAN, value=runs, more=minutes),
            )
            for runs, minutes in PLANS
            if runs <= most
        ]
    return keyboard(*pairs(choices), _ways_out(say, draft))


def comments(say: Speech, draft: Draft, listing: Listing) -> InlineKeyboardMarkup:
    """Return "go on" once there are enough lines, and "begin again" once there are any."""
    rows: list[Row] = []
    count = len(draft.comments)
    if drafts.fewest_comments(listing) <= count <= drafts.most_comments(listing):
        rows.append([button(say.label("button-comments-done"), EditDraft(id=draft.id, act=DraftAct.DONE))])
    if count:
        rows.append([button(say.label("button-comments-clear"), EditDraft(id=draft.id, act=DraftAct.CLEAR))])
    return keyboard(*rows, _ways_out(say, draft))


def confirm(say: Speech, draft: Draft, quote: Quote) -> InlineKeyboardMarkup:
    """Return the button that orders, or the way to more money when the wallet holds too little."""
    if quote.missing:
        first = button(say.label("button-top-up", missing=say.money(quote.missing)), OpenTopUp(draft=draft.id))
    else:
        first = commit(say.label("button-order", price=say.money(quote.price)), Confirm(token=quote.token))
    change = button(say.label("button-change"), EditDraft(id=draft.id, act=DraftAct.BACK))
    cancel = button(say.label("button-cancel"), Open(to=To.CLOSE))
    return keyboard([first], [change, cancel])


def _ways_out(say: Speech, draft: Draft) -> Row:
    return [back(say, EditDraft(id=draft.id, act=DraftAct.BACK)), close(say)]
