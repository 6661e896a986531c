# What is sent unasked.
ended-completed = ✔️ Order { $id } is complete: { $delivered } delivered.
ended-partial = ◐ Order { $id } ended early: { $delivered } of { $total } delivered.
ended-canceled = ⛔ Order { $id } was canceled: { $delivered } of { $total } delivered.
ended-completed-package = ✔️ Order { $id } is complete.
ended-partial-package = ◐ Order { $id } ended early.
ended-canceled-package = ⛔ Order { $id } was canceled.
ended-rejected = ⛔ Order { $id } was not taken.
ended-refund = { $amount } is back in your wallet.
credited = ➕ { $amount } was put into your wallet. Balance: { $balance }
debited = ➖ { $amount } was taken from your wallet by the shop. Balance: { $balance }
bonus-code = 🎟 <b>{ $amount } is in your wallet</b> from the bonus code { $code }. Balance: { $balance }
bonus-code-small = 🎟 This top-up was too small for the bonus code { $code }. It waits for one of at least { $least }.
bonus-code-gone = 🎟 The bonus code { $code } brought nothing: it is used up or over.
bonus-code-back = 🎟 The bonus of { $amount } left your wallet with the payment it came with. Balance: { $balance }
bonus-code-again = 🎟 The bonus of { $amount } is in your wallet again. Balance: { $balance }
bonus-referral = 🤝 <b>{ $amount } is in your wallet:</b> a friend you invited topped up. Balance: { $balance }
bonus-referral-back = 🤝 { $amount } left your wallet: the payment of a friend you invited was sent back. Balance: { $balance }
bonus-referral-again = 🤝 { $amount } is in your wallet again: the payment of a friend you invited was not sent back after all. Balance: { $balance }

alert-paused-funds = ⚠️ <b>The panel's balance is empty.</b> Orders wait in line until you top it up. ({ $text })
alert-paused-key = ⚠️ <b>The panel refuses the key or the account.</b> Orders wait in line. Check PANEL_API_KEY. ({ $text })
alert-paused-panel = ⚠️ <b>The panel does not take orders.</b> They wait in line and go by themselves. ({ $text })
alert-resumed = ✔️ The panel takes orders again.
alert-unconfirmed = 🔍 <b>Order { $order } is being checked.</b> The panel gave no clear answer, so it may have the order or not. It will not be sent again by itself. ({ $text })
alert-rejected = ⛔ Order { $order } (service { $service }) was refused and paid back: { $text }
alert-refund-unclear = ⚠️ Order { $order } ended as “{ $text }”, and nothing tells how much was delivered. Nothing was paid back yet.
alert-refund-differs = ⚠️ Order { $order } ended early with { $remains } left, by which { $back } went back. By the charge it would be another sum: { $charge } of { $cost }.
alert-charge-differs = ⚠️ Order { $order }: the panel charges { $charge }, expected was { $cost }. Is PANEL_COMMENTS_ENCODING right?
alert-found = ✔️ Order { $order } was found at the panel: its number there is { $panel }. It goes on.
alert-late = ⚠️ <b>Order { $order }: the panel's answer came late.</b> It took the order as { $panel }, after it had been decided on. Please look at both.
alert-restored = ♻️ <b>The database was brought back from a backup.</b> Orders that waited in it and may have been sent since, now being checked: { $orders }. Unsent messages dropped: { $notices }.
alert-crypto-pay-refused = ⚠️ <b>Crypto Pay refuses the token.</b> Nobody can pay in cryptocurrency until it is right. Check CRYPTO_PAY_TOKEN. ({ $text })
receipt = ✔️ <b>{ $amount } is in your wallet.</b> Paid: { $units }
    Balance: { $balance }
    Payment { $id }, { $time }
    <code>{ $charge }</code>
receipt-refund = ↩️ <b>{ $units } was sent back to you.</b> { $amount } left your wallet for it.
    Payment { $id }, { $time }
    <code>{ $charge }</code>
alert-refund-failed = ⚠️ <b>Payment /pay_{ $payment } could not be sent back.</b> { $units } { $unit } for { $amount }; the wallet has it again. ({ $text })
alert-returned-elsewhere = ↩️ <b>Payment /pay_{ $payment } went back outside of this shop.</b> Customer { $customer } has { $units } { $unit } again; { $taken } of { $amount } was taken from the wallet. Not there any more: { $missing }.
alert-payment-of-nothing = ⚠️ <b>A payment of ⭐ { $units } names no invoice of this shop.</b> Nobody was credited. Paid by { $payer }; if it was for the shop, use /credit.
    <code>{ $charge }</code>
