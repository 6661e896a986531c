# The wallet.
wallet-balance = Balance: { $balance }
wallet-empty = Nothing has moved yet.
wallet-entry = <b>{ $amount }</b> · { $reason }
    { $time } · balance { $balance }
wallet-top-up = To top up, write to the shop and name your number: <code>{ $id }</code>
entry-top-up = top-up
entry-purchase = order { $order }
entry-refund = back from order { $order }
entry-adjustment = by the shop
entry-bonus = bonus
