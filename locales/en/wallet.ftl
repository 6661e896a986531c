# The wallet.
wallet-balance = Balance: { $balance }
wallet-empty = Nothing has moved yet.
wallet-entry = <b>{ $amount }</b> · { $reason }
    { $time } · balance { $balance }
wallet-top-up = Your number in this shop: <code>{ $id }</code>
entry-top-up = top-up, { $way }, payment { $payment }
entry-sent-back = payment { $payment } sent back
entry-not-sent-back = payment { $payment } could not be sent back
entry-purchase = order { $order }
entry-refund = back from order { $order }
entry-code = bonus code { $code }
entry-code-back = bonus of payment { $payment } taken back
entry-code-again = bonus of payment { $payment } given again
entry-referral = a friend topped up
entry-referral-back = a friend's payment was sent back
entry-referral-again = a friend's payment was not sent back after all
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

# The statement.
button-statement = 📄 Statement
button-months = 📅 Months
button-export = ⬇️ File
statement-title = Statement · balance { $balance }
statement-of = { $name } ({ $id })
month-opening = began with { $balance }
month-closing = ended with { $balance }
reason-top-up = top-ups
reason-sent-back = payments sent back
reason-not-sent-back = payments that could not be sent back
reason-purchase = orders
reason-refund = back from orders
reason-code = bonus codes
reason-code-back = bonuses taken back
reason-code-again = bonuses given again
reason-referral = invited friends
reason-referral-back = rewards taken back
reason-referral-again = rewards given again
reason-adjustment = by the shop
reason-bonus = other bonuses
period-today = Today
period-week = 7 days
period-month = This month
period-last-month = Last month
period-quarter = 90 days
period-all = All
export-ask = <b>Statement as a file</b>
    A table (CSV) for Excel, Numbers or Google Sheets. Which period?
export-under-way = The file is on its way…
export-done = Times are in UTC.
export-opening = opening balance
export-closing = closing balance
error-statement-too-long = That is more than one file holds. Please choose a shorter period.

# Bonus codes.
button-bonus-code = 🎟 Bonus code
button-drop-code = 🗑 Forget this code
code-ask = <b>Bonus code</b>
    Send me the code.
code-waits = 🎟 { $code } waits for your next top-up:
code-amount = { $amount } as a present
code-percent = { $percent }% of the top-up as a present
code-most = at most { $most }
code-least = with a top-up of at least { $least }
code-unknown = There is no such code. Please check how it is written.
code-over = This code is over.
code-used-up = This code is used up: others were faster.
code-used-before = You have used this code before.
code-too-many = Too many codes tried. Please try again in { $minutes ->
    [one] { $minutes } minute
   *[other] { $minutes } minutes
}.

# Inviting friends.
button-invite = 🤝 Invite friends
button-share = 📤 Share
button-copy-link = 📋 Link
invite-title = 🤝 Invite friends
invite-terms = You get { $percent }% of each top-up a friend makes { $days ->
    [one] on their first day
   *[other] in their first { $days } days
} here. It comes to your wallet by itself. A friend is somebody who opens this shop for the first time, by your link:
invite-came = { $friends ->
    [0] Nobody has come yet.
    [one] { $friends } friend came. You have earned { $earned }.
   *[other] { $friends } friends came. You have earned { $earned }.
}
invite-words = { $shop }: likes, followers and views, right in Telegram
