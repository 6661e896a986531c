# The wallet.
wallet-balance = Balance: { $balance }
wallet-empty = Nothing has moved yet.
wallet-entry = <b>{ $amount }</b> · { $reason }
    { $time } · balance { $balance }
wallet-top-up = Your number in this shop: <code>{ $id }</code>
entry-top-up = top-up
entry-purchase = order { $order }
entry-refund = back from order { $order }
entry-adjustment = by the shop
entry-bonus = bonus

# Topping up.
button-top-up-any = ➕ Top up
button-pay = Pay { $units }
button-paid = I have paid
button-copy-charge = 📋 Payment number
way-stars = ⭐ Telegram Stars
top-up-ask = <b>How much?</b> Choose, or send an amount.
    Balance: { $balance }
top-up-limits = { $min } to { $max }
top-up-unreadable = “{ $given }” is not an amount I can read. Send it like 5 or 12.50.
top-up-out-of-range = { $given } cannot be topped up.
top-up-way = <b>Top up { $amount }</b>
    How do you want to pay?
invoice-title = Top up { $amount }
invoice-pay = To pay: { $units }
invoice-until = Good until { $time }. The wallet is topped up as soon as the payment arrives.
invoice-for-order = Your order waits and comes back here then.
stars-title = { $amount } for your wallet
stars-description = Tops your wallet up by { $amount }. You spend it in this shop.
payment-waits = ✔️ Your payment arrived. I cannot write it down right now, so it will be in your wallet a few minutes from now, by itself. Please do not pay again.
invoice-expired = This invoice ran out of time. Nothing was charged. Please begin a new top-up.
way-crypto-pay = 🪙 { $asset } · Crypto Bot
crypto-pay-description = { $amount } for your wallet in the shop
crypto-pay-how = You pay in Crypto Bot, from your balance there. The rate holds until the invoice ends.
pay-refused = This invoice cannot be paid any more. Nothing was charged. Please begin a new top-up in /wallet.

# A payment.
payment-title = 💳 <b>Payment { $id }</b>
payment-payer = { $name } · <code>{ $id }</code>
payment-paid = { $units } for { $amount }
payment-arrived = Arrived { $time }
payment-going-back = ⏳ Being sent back
payment-went-back = ↩️ Sent back { $time }
payment-charge = <code>{ $charge }</code>
payment-unspent = Still unspent: { $unspent } of { $amount }
payment-balance = Balance: { $balance }
payment-failure = ⚠️ Sending it back failed: { $text }
