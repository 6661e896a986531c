# From the link to the placed order.
button-insist = Use it anyway
button-drip-off = 💧 Drip-feed: off
button-drip-on = 💧 Drip-feed: on
button-plan = { $runs } × every { $minutes } min
button-interval = every { $minutes } min
button-comments-done = Next ›
button-comments-clear = 🗑 Begin again
button-top-up = ➕ Top up { $missing } or more
button-order = ✅ Order for { $price }
button-change = ‹ Change

link-taken = { $link } ✓
link-empty = There is no link in that.
link-malformed = That is not a link I can read.
link-private = That link is private or closed. It has to be open to everyone.
link-foreign = This link does not look like { $platform }, and the service is for { $platform }. Send another link, or use it anyway.
link-foreign-known = This looks like a { $found } link, and the service is for { $platform }. Send another link, or use it anyway.
link-handle-not-taken = This service needs a whole link, not a name.
link-too-long = That link is too long.
link-several = There are several links in that. Please send one.

ask-quantity = How many? { $min } to { $max }, { $price } for 1000
ask-quantity-each-run = How many <b>in each run</b>? { $min } to { $max }, { $price } for 1000
quantity-unreadable = I need a whole number, like 1000 or 1k.
quantity-out-of-range = That is { $given }. This service takes { $min } to { $max }.

ask-plan = { $quantity } in each run, { $price } a run.
    How many runs, and how many minutes between them? Up to { $runs } runs.
    For example: <code>5 60</code>
ask-interval = { $runs } runs. How many minutes between them? 1 to { $max }
plan-unreadable = I need two numbers: runs and minutes, like <code>5 60</code>.
plan-out-of-range = That does not fit. Possible are 2 to { $runs } runs with 1 to { $minutes } minutes between them.

ask-comments = ✍️ Send the comments, each on its own line: { $min } to { $max }, { $price } for 1000. Several messages or a .txt file are fine.
ask-comments-package = ✍️ Send the comments, each on its own line. Several messages or a .txt file are fine.
comments-counted = <b>{ $count ->
    [one] { $count } comment
   *[other] { $count } comments
}</b> · { $price }
comments-missing = { $count ->
    [one] { $count } more is needed.
   *[other] { $count } more are needed.
}
comment-line = { $number }. { $text }
comments-more = … and { $count } more
comments-too-many = Together that is { $given } comments; this service takes at most { $max }. None of these was added.
comments-file-large = That file is too large: at most 1 MB.
comments-file-wrong = I can read .txt files only, one comment on each line.

confirm-title = Please check
confirm-service = { $name }, No. { $id }
confirm-quantity = { $quantity } × { $price } per 1000
confirm-comments = { $quantity } × { $price } per 1000
confirm-package = The whole package
confirm-drip = 💧 { $quantity } × { $runs } runs, every { $minutes } min: { $total } in all, the last one at about { $last }
confirm-comment-count = { $count ->
    [one] { $count } comment:
   *[other] { $count } comments:
}
confirm-price = To pay: <b>{ $price }</b>
confirm-balance = Balance: { $balance } → { $after }
confirm-missing = Balance: { $balance } · missing { $missing }
confirm-use-buttons = Please use the buttons below.
price-changed = ⚠️ The price changed from { $shown } to { $price }. Please check again.
order-taken = Order { $id } is placed in line.
order-already-placed = Order { $id } is already placed. It was charged once.
confirm-money-came = Your money is here. The order waits for your word.
