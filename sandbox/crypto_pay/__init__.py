"""A Crypto Pay on loopback: a strict server for one app, and the people who pay its invoices.

async with SandboxCryptoPay(token="1:SANDBOX") as crypto_pay:
    crypto_pay.webhook = "http://127.0.0.1:8080/pay/crypto"
    await crypto_pay.pay(url)
    assert crypto_pay.violations == []
"""

from sandbox.crypto_pay.account import SandboxInvoice
from sandbox.crypto_pay.faults import CryptoPayFault
from sandbox.crypto_pay.server import SandboxCryptoPay

__all__ = ["CryptoPayFault", "SandboxCryptoPay", "SandboxInvoice"]
