# Orders: the list, the card, what can be asked.
button-refresh = 🔄 Refresh
button-copy-panel = 📋 Panel { $id }
button-refill = ♻️ Ask for a refill
button-ask-cancel = ⛔ Ask to cancel
button-cancel-sure = Yes, ask to cancel
button-withdraw = ⛔ Cancel the order
button-withdraw-sure = Yes, cancel it
button-comments-file = 📄 Comments
button-again = 🔁 Order again
button-continue = ▶️ Go on with your order

orders-title = <b>My orders</b>
    { $count ->
        [one] { $count } order
       *[other] { $count } orders
    }, newest first
orders-done = { $done } of { $total }
orders-none = You have no orders yet. The catalogue is a tap away.
orders-filter-all = All
orders-filter-running = Running
orders-filter-ended = Ended
orders-filter-checked = Being checked

state-queued = in line
state-submitting = being sent
state-unconfirmed = being checked
state-placed = in progress
state-completed = complete
state-partial = ended early
state-canceled = canceled
state-rejected = not taken

card-title = Order { $id } · { $state }
card-service = { $name }, No. { $service }
card-drip = 💧 { $quantity } × { $runs } runs, every { $minutes } min
card-comments = { $count ->
    [one] { $count } comment
   *[other] { $count } comments
}
comments-of-order = Comments of order { $id }
card-quantity = { $total } in all
card-bar = { $bar } { $delivered } of { $total }
card-start = Start { $count }
card-left = left { $count }
card-paid = paid { $price }
card-refunded = back { $amount }
card-updated = Updated { $time }
card-updated-panel = Updated { $time } · panel: { $status }
card-queued = Your order waits in line; it starts in a moment.
card-waits-panel = The panel is not answering; your order waits in line and is not lost.
card-waits-link = Another order is still running on this link. Yours waits and is tried again by itself; you can also cancel it.
card-unconfirmed = The panel did not answer clearly. We look again by ourselves; you will not be charged twice.

refusal = { $why } (The panel says: { $text })
refusal-unknown = The panel did not take the order.
refusal-link = The panel cannot use this link. Please check it and order again.
refusal-quantity = The quantity no longer fits this service. Please order again.
refusal-service = This service is not available any more. Please choose another one.
refusal-extra = The panel did not accept what was sent along. Please check it and order again.
refusal-request = The panel did not understand the order. The shop has been told.
refusal-not-placed = It could not be placed at the panel.

panel-says = The panel says: { $text }
refill-asked = A refill was requested. This is a request: you will see here when it comes. { $text }
cancel-asked = A cancellation was requested. This is a request: you will be told when it happens. { $text }
cancel-question = Ask the panel to cancel order { $id }? What is not delivered comes back to your wallet if the panel agrees.
withdraw-question = Cancel order { $id }? { $price } comes back to your wallet at once.
withdrawn = Canceled. { $amount } is back in your wallet.
