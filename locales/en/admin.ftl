# For owners.
admin-text = <b>Owner's desk</b>
    /credit &lt;telegram id&gt; &lt;amount&gt; [note] puts money into a wallet; a negative amount takes it out.
    /hold &lt;telegram id&gt; puts a customer on hold, or lets them go.
    /statement &lt;telegram id&gt; shows what moved in a wallet.
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
return-bonus = It brought a bonus of { $bonus }, which goes with it.
return-bonus-spent = ⚠️ The balance is { $balance }: some of the bonus is spent, and only what is there is taken.
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

# Money at the owner's desk.
desk-books = 📒 Books
desk-statement = 📄 A customer's statement
desk-codes = 🎟 Bonus codes
desk-referrals = 🤝 Referrals
statement-whose = Whose statement? Send the customer's number (their Telegram id).
statement-nobody = Nobody of that number has been here. Send the customer's number (their Telegram id).
books-title = Books of the store
books-start = Owed to customers at the start: { $amount }
books-end = Owed to customers at the end: { $amount }
books-orders = Orders placed at the panel: { $count }
books-paid = Customers paid { $prices }, { $refunded } of it went back
books-charged = The panel took { $charged } for { $orders ->
    [one] { $orders } order
   *[other] { $orders } orders
}
books-estimated = and about { $estimated } for { $orders ->
    [one] { $orders } order of which it does not tell
   *[other] { $orders } orders of which it does not tell
}
books-margin = Left: { $margin }
books-owed = owed to customers
books-prices = paid for orders placed in the period
books-refunded = of which went back
books-spent = spent at the panel for them
books-left = left of them
codes-title = <b>Bonus codes</b>
    With how often each was used.
codes-none = <b>Bonus codes</b>
    There are none yet.
codes-new = ➕ New code
codes-off = ⛔ Switch off
codes-off-ask = Switch { $code } off? It brings nobody anything from then on; what it brought stays.
codes-off-sure = ✅ Yes, switch it off
codes-ask-code = <b>What is the code?</b> Send a word of 3 to 24 letters, digits, - or _.
codes-ask-worth = <b>What does it bring?</b> Send <code>5</code> for an amount, or <code>10%</code> for a percent of a top-up.
codes-ask-uses = <b>How often in all?</b> Choose, or send a number.
codes-ask-each = <b>How often by one customer?</b> Choose, or send a number.
codes-ask-least = <b>With a top-up of at least?</b> Choose, or send an amount. An amount without limit pays at once, without any top-up.
codes-ask-most = <b>At most how much each time?</b> Choose, or send an amount.
codes-ask-end = <b>For how many days?</b> Choose, or send a number.
codes-invent = 🎲 Make one up
codes-no-limit = No limit
codes-wrong = That does not fit.
codes-taken = There is a code of that name already.
codes-make-ask = Put { $code } on offer?
codes-make-sure = ✅ Yes, put it on offer
code-uses = Used: { $uses }
code-uses-of = Used: { $uses } of { $most }
code-each = By one customer: { $each }
code-ends = Until { $time }
code-is-off = Switched off { $time }
code-paid = Brought customers { $amount }
error-code-gone = There is no such code.
referrals-title = <b>Referrals</b>
referrals-are = Whoever invites a friend gets { $percent }% of the friend's top-ups, for { $days ->
    [one] { $days } day
   *[other] { $days } days
} from the friend's first message.
referrals-are-off = Inviting friends brings nothing now.
referrals-ask = Choose, or send percent and days: <code>5 90</code>
referrals-choice = { $percent }% · { $days ->
    [one] { $days } day
   *[other] { $days } days
}
referrals-off = Off
referrals-wrong = Send percent (0 to 50) and days (1 to 3650), like <code>5 90</code>.
referrals-sure-ask = Give { $percent }% of a friend's top-ups, for { $days ->
    [one] { $days } day
   *[other] { $days } days
} from the friend's first message? It counts for friends who are here already, too.
referrals-sure-off = Switch referrals off? What was earned stays.
referrals-sure = ✅ Yes, do so
referrals-set = ✔️ Done.
