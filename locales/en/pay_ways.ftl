# The owner sets up ways to pay by hand.
desk-pay-ways = 💳 Ways to pay
pay-ways = <b>Ways to pay by hand</b>
    { $count ->
        [0] Customers pay to a card, a wallet or at a desk of yours, send you a picture, and you say what arrived. There is none yet.
        [one] { $count } way; ● is on.
       *[other] { $count } ways, as customers see them; ● is on.
    }
pay-way-on = ● <b>{ $name }</b> · on
pay-way-off = ○ <b>{ $name }</b> · off: customers do not see it
pay-way-rate = 1 { $unit } = { $rate } { $currency }
pay-way-minimum = At least { $least } { $unit }
pay-way-address = To copy: <code>{ $address }</code>
pay-way-button-add = ➕ Add
pay-way-button-on = ▶️ Switch on
pay-way-button-off = ⏸ Switch off
pay-way-button-up = ↑ Higher
pay-way-button-delete = 🗑 Delete
pay-way-field-name = Name
pay-way-field-unit = Currency
pay-way-field-rate = Rate
pay-way-field-minimum = Smallest amount
pay-way-field-address = To copy
pay-way-field-text = Words
pay-way-ask-name = <b>What is it called?</b> Customers see it on a button: up to { $max } characters.
    For example: Card, USDT (TRC-20)
pay-way-ask-unit = <b>In which currency do customers pay?</b> Send its code: 2 to 10 letters or digits.
    For example: EUR, USDT, BTC
pay-way-ask-rate = <b>What is 1 { $unit } worth in { $currency }?</b> A number above 0 with up to 10 places.
    For example: 1.08
pay-way-ask-minimum = <b>What is the smallest amount, in { $unit }?</b> Send 0 if any will do.
pay-way-ask-address = <b>What do customers copy?</b> The number of a card, the address of a wallet: up to { $max } characters. Send - if there is none.
pay-way-ask-text = <b>What do customers have to do?</b> In your own words, up to { $max } characters. The sum and what to copy stand beside it.
pay-way-wrong = I cannot take that, or it can be read in two ways (write 1.0830 for 1.083, and 1000 for 1,000).
pay-way-rule = ⚠️ <b>Before you switch it on</b>
    Telegram's terms ask that digital goods and services sold inside Telegram are paid in Stars. Taking money in other ways is your own decision, and your own responsibility: Telegram may restrict a bot for it, and the laws of your country apply.
pay-way-sure-on-sure = ✅ I know; switch it on
pay-way-delete = Delete “{ $name }”? What was paid in this way stays in the books.
pay-way-sure-delete-sure = ✅ Delete
error-pay-way-gone = This way to pay is gone. Please open the list anew.
error-pay-way-on = Please switch it off first.
error-pay-way-in-use = Customers are paying in this way. Leave it off, and delete it when their payments are decided or a day has gone by.

# On hold.
hold-usage = Write: /hold &lt;telegram id&gt;
    For example: <code>/hold 123456789</code>
hold-unknown = Nobody with the number { $id } has opened the shop.
hold-card = <b>{ $name }</b> { $username } <code>{ $id }</code>
    Balance: { $balance }
hold-none = Not on hold. On hold, a customer neither orders nor pays; orders under way and refunds go on.
hold-since = ✋ On hold since { $time }: neither orders nor pays.
hold-button-on = ✅ Put on hold
hold-button-off = ✅ Let go
command-hold = Put a customer on hold
