"""What the shop says, and how it writes numbers, money and times."""

from texts.speech import Speech, languages, speak

__all__ = ["Speech", "languages", "speak"]
