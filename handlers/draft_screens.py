"""The screens of a draft: each asks for one thing, says what was wrong with the last answer, and shows the price."""

from datetime import UTC, datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from db.tables import Draft
from handlers.catalogue import ask_link, service_card
from handlers.order_card import held
from handlers.screen import Screen
from keyboards import ordering as keys
from shop import drafts
from shop.catalogue import Catalogue, Listing
from shop.drafts import Quote, Step
from shop.errors import PlanOutOfRange, QuantityOutOfRange
from shop.links import LinkProblem
from shop.policy import Policy
from shop.quantities import QuantityUnreadable
from texts import Speech

SHOWN_COMMENTS = 3
SHOWN_COMMENT_LENGTH = 60
LONGEST_NAME = 120
LONGEST_LINK = 200


async def draft_screen(
    session: AsyncSession, draft: Draft, say: Speech, catalogue: Catalogue, policy: Policy
) -> Screen:
    """Return the screen that asks for what the draft still needs, or its confirm card. Raises ServiceGone."""
    listing = catalogue.service(draft.service_id)
    match drafts.next_step(draft, listing):
        case Step.LINK:
            return link_screen(say, catalogue, listing, draft)
        case Step.QUANTITY:
            return quantity_screen(say, listing, draft)
        case Step.PLAN:
            return plan_screen(say, listing, draft)
        case Step.COMMENTS:
            return comments_screen(say, listing, draft)
        case Step.CONFIRM:
            found, current, quote = await drafts.quote(session, draft.id, draft.customer_id, policy.markup_percent)
            return confirm_screen(say, current, found, quote)


def link_screen(
    say: Speech,
    catalogue: Catalogue,
    listing: Listing,
    draft: Draft | None,
    *,
    note: str = "",
    can_insist: bool = False,
) -> Screen:
    """Return the service's card asking for the link; a `note` of what was wrong takes the card's place."""
    if not note:
        return service_card(say, catalogue, listing)
    keyboard = keys.link(say, listing, catalogue.page_of(listing), draft, can_insist=can_insist)
    return Screen(f"{note}\n\n{ask_link(say, listing)}", keyboard)


def quantity_screen(say: Speech, listing: Listing, draft: Draft, note: str = "") -> Screen:
    """Return the question how many, with the limits and the price of 1000."""
    most = listing.maximum // 2 if draft.drip else listing.maximum
    head = note or say("link-taken", link=_link(draft))
    question = say(
        "ask-quantity-each-run" if draft.drip else "ask-quantity",
        min=say.number(listing.minimum),
        max=say.number(most),
        price=say.money(listing.list_price),
    )
    return Screen(f"{head}\n{question}", keys.quantity(say, draft, listing))


def plan_screen(say: Speech, listing: Listing, draft: Draft, note: str = "") -> Screen:
    """Return the question for runs and minutes, or for the minutes alone."""
    if draft.runs is not None:
        question = say("ask-interval", runs=draft.runs, max=say.number(drafts.MAX_INTERVAL))
    else:
        question = say(
            "ask-plan",
            quantity=say.number(draft.quantity or 0),
            price=say.money(listing.price(draft.quantity or 0)),
            runs=say.number(drafts.runs_possible(draft, listing)),
        )
    return Screen(f"{note}\n{question}".strip(), keys.plan(say, draft, listing))


def comments_screen(say: Speech, listing: Listing, draft: Draft, note: str = "") -> Screen:
    """Return the question for comments, with how many were counted, the first few, and the price so far."""
    lines = [note or say("link-taken", link=_link(draft))]
    least, most = drafts.fewest_comments(listing), drafts.most_comments(listing)
    if listing.kind.is_flat:
        lines.append(say("ask-comments-package"))
    else:
        lines.append(
            say(
                "ask-comments",
                min=say.number(least),
                max=say.number(most),
                price=say.money(listing.list_price),
            )
        )
    if draft.comments:
        count = len(draft.comments)
        price = say.money(listing.price(listing.total_of(count)))
        lines += ["", say("comments-counted", count=count, price=price), *_first_comments(say, draft)]
        if count < least:
            lines.append(say("comments-missing", count=least - count))
    return Screen("\n".join(lines), keys.comments(say, draft, listing))


def _first_comments(say: Speech, draft: Draft) -> list[str]:
    shown = [
        say("comment-line", number=str(number), text=held(line, SHOWN_COMMENT_LENGTH))
        for number, line in enumerate(draft.comments[:SHOWN_COMMENTS], start=1)
    ]
    more = len(draft.comments) - SHOWN_COMMENTS
    return [*shown, say("comments-more", count=more)] if more > 0 else shown


def confirm_screen(say: Speech, listing: Listing, draft: Draft, quote: Quote, note: str = "") -> Screen:
    """Return the card to check before money is spent."""
    lines = [note, ""] if note else []
    lines += [
        f"<b>{say('confirm-title')}</b>",
        say("confirm-service", name=held(listing.name, LONGEST_NAME), id=listing.id),
        say("verbatim", text=_link(draft)),
    ]
    if listing.kind.is_flat:
        lines.append(say("confirm-package"))
    else:
        key = "confirm-comments" if listing.kind.takes_comments else "confirm-quantity"
        lines.append(say(key, quantity=say.number(quote.total), price=say.money(listing.list_price)))
    if draft.drip and draft.runs and draft.interval:
        last = datetime.now(UTC) + timedelta(minutes=draft.interval * (draft.runs - 1))
        lines.append(
            say(
                "confirm-drip",
                quantity=say.number(draft.quantity or 0),
                runs=draft.runs,
                minutes=draft.interval,
                total=say.number(quote.total),
                last=say.day_and_clock(last),
            )
        )
    if listing.kind.takes_comments:
        lines += [say("confirm-comment-count", count=len(draft.comments)), *_first_comments(say, draft)]
    lines += ["", say("confirm-price", price=say.money(quote.price))]
    if quote.missing:
        lines.append(say("confirm-missing", balance=say.money(quote.balance), missing=say.money(quote.missing)))
    else:
        lines.append(
            say(
                "confirm-balance",
                balance=say.money(quote.balance),
                after=say.money(quote.balance - quote.price),
            )
        )
    return Screen("\n".join(lines), keys.confirm(say, draft, quote))


def _link(draft: Draft) -> str:
    return held((draft.link or "").removeprefix("https://"), LONGEST_LINK)


def link_note(say: Speech, problem: LinkProblem, listing: Listing) -> str:
    """Return what was wrong with a link."""
    found = getattr(problem, "found", None)
    if problem.reason.value == "foreign" and found is not None:
        return say("link-foreign-known", found=found.name, platform=listing.platform.name)
    return say(f"link-{problem.reason.value.replace('_', '-')}", platform=listing.platform.name)


def quantity_note(say: Speech, problem: QuantityUnreadable | QuantityOutOfRange) -> str:
    """Return what was wrong with a quantity."""
    if isinstance(problem, QuantityOutOfRange):
        return say(
            "quantity-out-of-range",
            given=say.number(problem.given),
            min=say.number(problem.minimum),
            max=say.number(problem.maximum),
        )
    return say("quantity-unreadable")


def plan_note(say: Speech, problem: QuantityUnreadable | PlanOutOfRange) -> str:
    """Return what was wrong with a drip-feed's runs or minutes."""
    if isinstance(problem, PlanOutOfRange):
        return say("plan-out-of-range", runs=say.number(problem.max_runs), minutes=say.number(problem.max_interval))
    return say("plan-unreadable")
