"""`python -m bot audit`: the books are proved, and said in a line each; nothing is changed."""

from collections.abc import Callable

from db.engine import Database
from db.tables import utc_now
from panel import PanelClient, PanelError
from shop.audit import CHECKS, Finding, Weight, prove
from shop.panel_audit import compare

Say = Callable[[str], None]


async def audit(db: Database, panel: PanelClient | None, say: Say) -> bool:
    """Prove everything, with a `panel` also what it can tell, say a line each, and return whether all of it holds.

    Ids are said, never names or links.
    """
    holds = True
    for check in CHECKS:
        async with db.read() as session:
            finding = await prove(session, check, utc_now())
        holds &= _say_finding(finding, say)
    if panel is not None:
        holds &= await _audit_panel(db, panel, say)
    say("The books hold." if holds else "The books do NOT hold.")
    return holds


async def _audit_panel(db: Database, panel: PanelClient, say: Say) -> bool:
    try:
        comparison = await compare(db, panel, utc_now())
    except PanelError as error:
        say(f"FAIL  panel: it cannot tell: {error}")
        return False
    holds = True
    for finding in comparison.findings:
        holds &= _say_finding(finding, say)
    say(f"note  panel: asked about {comparison.asked} orders; {comparison.running} are running")
    return holds


def _say_finding(finding: Finding, say: Say) -> bool:
    """Say one line and return whether the books may still hold."""
    rule = finding.rule
    if finding.count == 0:
        say(f"ok    {rule.name}: {rule.says}")
        return True
    warns = rule.weight is Weight.WARNS
    more = finding.count - len(finding.examples)
    examples = ", ".join(finding.examples) + (f" and {more} more" if more else "")
    say(f"{'note' if warns else 'FAIL'}  {rule.name}: {rule.says} - broken by {rule.thing} {examples}")
    return warns
