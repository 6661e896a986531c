"""Panels word the same refusal in many ways: this is where their texts become meanings (panel-api §4)."""

import re
import unicodedata

from panel.errors import Meaning

_OFF = r"(?:un|not |temporarily un)available|maintenance"

# Texts are matched in lower case with every mark turned into a space ("neworder.error.min_quantity" reads as
# "neworder error min quantity"). The first pattern found decides, so what must not be taken for something else
# stands first. What holds the whole line up (FUNDS, KEY, THROTTLE, OUTAGE) is worded narrowly: a customer's bad link
# taken for an outage would stop everybody's orders, while a refusal that is not recognised costs one refund.
_MEANINGS: tuple[tuple[Meaning, str], ...] = (
    (Meaning.DUPLICATE, r"\bidentical\b|(?:duplicate|same) order|order (?:was )?just placed|order already exists"),
    (
        Meaning.LINK_BUSY,
        r"\bactive order|link duplicate|duplicate link|wait until (?:the |your )?(?:\w+ )?order"
        r"|(?:already|another|existing|running|pending|progress)\b.{0,40}\border\b.{0,40}\blink\b"
        r"|\border\b.{0,40}\blink\b.{0,40}\b(?:already|running|pending|progress|active)",
    ),
    (
        Meaning.FUNDS,
        r"(?:not enough|insufficient|no|low|lack of) (?:\w+ )?(?:funds?|balance|money|credits?)\b"
        r"|balance (?:is )?(?:too low|not enough|insufficient)",
    ),
    (Meaning.THROTTLE, r"too many (?:requests|attempts|calls)|rate limit|(?:requests?|calls?|api) limit|throttl"),
    (Meaning.REQUEST, r"(?:missing|no|empty|required) (?:api )?key\b|(?:api )?key (?:is )?(?:missing|required|empty)"),
    (
        Meaning.KEY,
        r"\bapi (?:key|token)|\b(?:invalid|incorrect|wrong|bad|unknown) (?:key|token)\b"
        r"|\b(?:key|token) (?:is )?(?:invalid|incorrect|wrong|not valid|disabled|expired)"
        r"|\byour account\b.{0,20}\b(?:not active|inactive|suspended|blocked|banned|disabled|deactivated|frozen)"
        r"|^(?:account|user) (?:is |has been )?(?:not active|inactive|suspended|disabled|deactivated)$"
        r"|unauthori[sz]ed|unauthenticated|access denied|\bip\b.{0,30}\b(?:not|denied|blocked)",
    ),
    (Meaning.ACTION, r"refill|\bcancel"),
    (
        Meaning.OUTAGE,
        rf"\b(?:panel|system|server|api)\b.{{0,30}}(?:{_OFF})"
        r"|^(?:\d+ )?service (?:temporarily )?unavailable$",  # what a web server says of itself
    ),
    (Meaning.QUANTITY, r"quantity"),
    (
        Meaning.EXTRA,
        r"\bcomments?\b|\buser ?names?\b|\bruns?\b|\binterval\b|\bdrip ?feed|\bhash ?tags?\b|\banswer number\b"
        r"|\bkeywords?\b|\bmedia\b|\bgroups?\b|\bexpiry\b|\bdelay\b|\bposts?\b",
    ),
    (
        Meaning.SERVICE,
        r"\b(?:incorrect|invalid|disabled|wrong|unknown|inactive|bad) services?\b|\bservices? (?:id|type)\b"
        r"|\bservices?\b.{0,40}(?:not (?:found|exist|active|valid)|disabled|inactive|removed|does ?n.?t exist|"
        rf"{_OFF})",
    ),
    (
        Meaning.ORDER_ID,
        r"\b(?:incorrect|invalid|wrong|unknown|bad) orders?\b|\borders? ids?\b"
        r"|\borders?\b.{0,20}(?:not found|not exist)",
    ),
    (Meaning.LINK, r"\blinks?\b|\burls?\b"),
    (Meaning.QUANTITY, r"\bmin(?:imum|imal)?\b|\bmax(?:imum|imal)?\b|\bamount\b"),
    (Meaning.OUTAGE, r"^temporarily unavailable$|maintenance"),
    (Meaning.REQUEST, r"\b(?:incorrect|invalid|bad|unknown|wrong|missing|no) (?:request|action|parameter|method)"),
)  # fmt: skip
_COMPILED = tuple((meaning, re.compile(pattern)) for meaning, pattern in _MEANINGS)


def meaning_of(text: str) -> Meaning:
    """Return what a panel's error text is about; UNKNOWN for one never seen."""
    words = re.sub(r"[\W_]+", " ", unicodedata.normalize("NFKC", text).casefold()).strip()
    for meaning, pattern in _COMPILED:
        if pattern.search(words):
            return meaning
    return Meaning.UNKNOWN
