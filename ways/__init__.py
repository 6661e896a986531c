"""The ways customers pay, one module each, behind one small interface (`ways.way`, docs/payments.md)."""

from ways.way import Bill, Offer, Way

__all__ = ["Bill", "Offer", "Way"]
