# Words that stand on every screen.
button-back = ‹ Back
button-close = ✖️ Close
button-cancel = ✖️ Cancel
button-catalogue = 🛍 Catalogue
button-orders = 📦 My orders
button-wallet = 👛 Wallet
button-help = ❓ Help
button-settings = ⚙️ Settings
verbatim = { $text }
page-of = page { $page } of { $pages }

home-welcome =
    <b>Welcome to { $shop }, { $name }.</b>
    Pick a service, send a link, and follow your order right here.
    Balance: { $balance }
home =
    <b>{ $shop }</b>
    What shall it be?
    Balance: { $balance }
not-understood = I did not understand that. Please choose below.
stale-button = This button is out of date. Please open /catalog or /orders anew.
private-only = Please write to me in a private chat.
send-text = Please send it as text.

# What goes wrong on our side.
error-busy = Something is slow here right now. Nothing is lost. Please try again in a minute.
error-unexpected = That did not work, and it is our fault. Nothing was charged. Please try again.
error-answer-lost = My answer got lost on the way. What you asked for may be done: please look before you try again.
error-panel = The panel is not answering right now. Nothing is lost. Please try again in a minute.
error-draft-gone = This card is out of date. Please open the service anew.
error-order-gone = There is no such order of yours.
error-not-possible = That is not possible for this order now.
error-too-soon = Just looked. Again in { $seconds ->
    [one] { $seconds } second
   *[other] { $seconds } seconds
}.
error-quantity = That does not fit: { $min } to { $max }.
error-amount = That sum is too large.
error-decided = This order is not being checked any more: it has been decided.
error-taken = That is the panel's number of order { $order }.

command-start = Start
command-catalog = Catalogue
command-orders = My orders
command-wallet = Wallet
command-settings = Settings
command-help = Help
command-admin = Owner's desk
command-credit = Credit a wallet
command-statement = A customer's statement
error-on-hold = Your account is on hold. Please write to the shop.
error-way-closed = This way to pay does not work right now. Nothing was charged. Please choose another one.
error-invoice-gone = This invoice cannot be paid any more. Please begin a new top-up in /wallet.
error-payment-gone = There is no such payment.
error-already-refunded = This payment was sent back before.
error-already-spent = Only { $unspent } of { $amount } is still unspent.
error-top-up = A top-up is from { $min } to { $max }.
error-too-many-invoices = Too many invoices within an hour. Please try again in { $minutes ->
    [one] { $minutes } minute
   *[other] { $minutes } minutes
}.
error-value = That does not fit: { $min } to { $max }.
command-terms = Terms
command-paysupport = Help with a payment
