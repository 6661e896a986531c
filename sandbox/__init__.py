"""A panel and a Telegram on loopback, for trying the store and for testing it; they know nothing of the store."""
