"""A panel and a Telegram on loopback, for trying the store by hand and for its tests."""
