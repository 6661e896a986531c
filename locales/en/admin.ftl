# For owners.
admin-text = <b>Owner's desk</b>
    /credit &lt;telegram id&gt; &lt;amount&gt; [note] puts money into a wallet; a negative amount takes it out.
    /hold &lt;telegram id&gt; puts a customer on hold, or lets them go.
    Customers find their number in /wallet.
credit-usage = Write: /credit &lt;telegram id&gt; &lt;amount&gt; [note]
    For example: <code>/credit 123456789 5.00 card</code>
credit-done = ✔️ { $amount } for { $name } ({ $id }). Balance: { $balance }
credit-done-before = This message was credited before. Balance of { $id }: { $balance }
credit-unknown = This person has not opened the shop yet. Is the number right?
credit-too-little = Not possible: the wallet holds only { $balance }.

desk-unconfirmed = 🔍 Being checked: { $count }
decide-list = <b>Orders being checked</b>
    { $count ->
        [one] { $count } order
       *[other] { $count } orders
    }, oldest first
decide-title = 🔍 <b>Order { $order } is being checked</b>
decide-paid = { $total } in all · paid { $price } · should cost { $cost } at the panel
decide-sent = Sent { $time }; the answer: { $answer }
decide-no-answer = none
decide-open = The store is still looking for it at the panel. You will be told.
decide-absent = The panel was asked for every number it could have, { $low } to { $high }: none is this order. It was not placed.
decide-unclear = It has a number from { $low } to { $high }, if it exists. These orders of your account could be it, and the store cannot tell:
decide-no-window = Nothing tells between which of the panel's numbers to look. Look for it on the panel's own pages.
decide-too-wide = It has a number from { $low } to { $high }, if it exists: too many to ask for. Look for it on the panel's own pages.
decide-possible = • { $number }: { $status }, charge { $charge }, left { $remains }
decide-balance = The panel's balance before: { $before }, after: { $after }; other orders took { $others }.
decide-button-is = It is { $number }
decide-button-type = ⌨️ It exists: another number
decide-button-refund = ↩️ Not placed: pay back
decide-button-again = 🔁 Not placed: send again
decide-type = Send the panel's number of order { $order }.
decide-type-wrong = That is not a number of the panel's.
decide-sure-is = Panel order { $number }: { $status }, charge { $charge } (expected { $cost }), left { $remains }.
    Is this order { $order }?
decide-sure-refund = Pay { $price } back for order { $order }? If the panel has it after all, you pay for it.
decide-sure-again = Send order { $order } to the panel again? If the panel has it after all, it is ordered twice.
decide-sure-button-is_sure = ✅ Yes, it is this one
decide-sure-button-refund_sure = ✅ Yes, pay it back
decide-sure-button-again_sure = ✅ Yes, send it again
decide-done-is = ✔️ Order { $order } is the panel's order { $panel }. It goes on.
decide-done-refund = ✔️ Order { $order }: { $price } was paid back.
decide-done-again = ✔️ Order { $order } is in line again.

desk-payments = 💳 Payments
desk-till = ⚙️ Taking money
payments-title = <b>Payments</b>
    { $count ->
        [0] None yet
        [one] { $count } payment, newest first
       *[other] { $count } payments, newest first
    }
payments-find = 🔎 Find by its number
payments-find-type = Send the payment number from the customer's receipt, or the number of the payment here.
return-button = ↩️ Send back
return-button-hand = ↩️ I have sent it back by hand
return-ask = Send { $units } back to { $name }? { $amount } leaves the wallet.
return-ask-hand = Have you sent { $units } back to { $name } yourself? The store cannot do it. { $amount } leaves the wallet.
return-spent = ⚠️ Only { $unspent } of { $amount } is unspent. The balance is { $balance }: the rest would be taken from other money in it.
return-lacking = ⚠️ Not possible now: the wallet holds { $balance }, and { $amount } would have to leave it.
return-sure-return-sure = ✅ Yes, send it back
return-sure-return-from-balance = ✅ Take it from the balance
return-sure-returned = ✅ Yes, I have sent it back
return-sure-returned-from-balance = ✅ Sent back: take it from the balance
till-title = <b>Taking money</b>
till-button-star-value = ⭐ Value of a Star
till-button-minimum = Smallest top-up
till-button-maximum = Largest top-up
till-button-terms = 📄 /terms
till-button-support = 🛟 /paysupport
till-button-default = Back to the default
till-button-sure = ✅ Yes, set it
till-no-stars = not set: nobody can pay in Stars
till-shops-own = the shop's own words
till-ask-sum = Send a sum in { $currency }.
till-ask-text = Send what customers are to read, at most { $most } characters.
till-too-long = That is too long: at most { $most } characters.
till-before = Before:
till-after = After:
till-done = ✔️ Set.
