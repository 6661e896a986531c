"""Crypto Pay: customers pay in cryptocurrency through @CryptoBot (docs/payments.md). Off without CRYPTO_PAY_TOKEN."""

from ways.crypto_pay.client import CryptoPayAway, CryptoPayClient, CryptoPayError, CryptoPayRefused
from ways.crypto_pay.way import CRYPTO_PAY, CryptoPay

__all__ = ["CRYPTO_PAY", "CryptoPay", "CryptoPayAway", "CryptoPayClient", "CryptoPayError", "CryptoPayRefused"]
