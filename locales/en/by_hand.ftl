# Paying by hand: what the customer reads.
way-hand = { $name } · from { $least }
button-copy-address = 📋 Where to pay
button-go-on-paying = ▶️ Payment { $id }: { $units }
button-proof-again = 📎 Send another proof
hand-address = <code>{ $address }</code>
hand-then = When you have paid, press “I have paid” and send a picture of the payment or its reference.
invoice-until-shown = Please pay before { $time }. The wallet is topped up once the shop has seen the money.

proof-ask = 📎 <b>Payment { $id }: { $units }</b>
    Send <b>one</b> picture of the payment (a photo, an image or a PDF), or its reference in words: up to { $max } characters.
proof-album = Those are several pictures. Please send just one.
proof-wrong = I can take a photo, an image, a PDF, or words.
proof-too-long = That is { $given } characters. Please send at most { $max }.
proof-sent = ✔️ <b>Sent to the shop.</b> Payment { $id }: { $units } for { $amount }
    You will be told here once it is checked.
proof-usual = Usual time: { $time }
proof-not-found = ⛔ <b>The shop did not find your payment { $id } of { $units }.</b>
    { $reason }
proof-no-more = If you have paid, please write to the shop: /paysupport
proof-why-not-arrived = No such payment has arrived.
proof-why-unclear = The picture or reference cannot be made out.
proof-why-used = This was sent for another payment before.
error-already-claimed = The shop is checking this payment already. You will be told here.
error-too-many-claimed = The shop is still checking { $count ->
    [one] { $count } payment
   *[other] { $count } payments
} of yours. Please wait for its answer.

# What the owner reads.
desk-proofs = 🧾 Payments to check: { $count }
proof-list = <b>Payments to check</b>
    { $count ->
        [one] { $count } payment
       *[other] { $count } payments
    }, oldest first
proof-title = 🧾 <b>Payment { $id }: { $units } for { $amount }</b>
proof-customer = { $name } { $username } <code>{ $id }</code>
proof-history = Balance { $balance } · { $count ->
    [0] nothing paid in before
    [one] { $count } payment before, { $paid } in all
   *[other] { $count } payments before, { $paid } in all
}
proof-way = { $way } · sent { $time }
proof-words = “{ $text }”
proof-number = Proof no. { $number } of this payment: the one before was refused.
proof-on-hold = ✋ This customer is on hold.
proof-alike = ⚠️ <b>The same was sent for payment { $id }</b> of { $name } ({ $state }).
invoice-state-open = open
invoice-state-claimed = being checked
invoice-state-paid = paid
invoice-state-refused = refused
invoice-state-canceled = canceled
invoice-state-expired = expired
proof-button-approve = ✅ Arrived: credit { $amount }
proof-button-other = Another amount
proof-button-refuse = ⛔ Refuse
proof-button-refuse-sure = ✅ Refuse
proof-approved-by = ✔️ { $owner }, { $time }: { $amount } credited
proof-refused-by = ⛔ { $owner }, { $time }: refused. { $reason }
proof-decided = Payment { $id }
    { $decision }
proof-ask-amount = <b>Payment { $id }: how much arrived?</b>
    Asked for were { $units } for { $amount }. Send what came: a number alone is in { $unit }, or write { $currency } behind it for the sum to credit.
proof-amount-unreadable = “{ $given }” is no amount, or can be read in two ways. Send it like 12.50 or 1000.
proof-sure-amount = Payment { $id }: credit <b>{ $amount }</b> for { $units }? Asked for were { $asked }.
proof-ask-reason = <b>Payment { $id }: why?</b>
    The customer will read it. Choose, or write it in up to { $max } characters.
proof-why-button-not-arrived = Not arrived
proof-why-button-unclear = Not readable
proof-why-button-used = Used before
proof-sure-refuse = Refuse payment { $id }? The customer will read:
    “{ $reason }”
