# Help, terms, payments.
help-text = <b>How it works</b>
    1. Choose a service in /catalog.
    2. Send the link and how many.
    3. Check the card and press ✅.
    4. Follow the order here; /orders shows them all.
    What is not delivered is paid back to your wallet by itself.

    Questions? Write to the shop and name your number: <code>{ $id }</code>
terms-text = <b>Terms</b>
    { $shop } sells promotion services for public links. You pay from your wallet before the work begins.
    What is not delivered comes back to the wallet. Links must be public and stay so while an order runs.
    Do not order twice for one link at the same time: the counts get mixed up.
paysupport-text = <b>Payments</b>
    Every movement of your money is in /wallet. If something is wrong, write to the shop and name your number: <code>{ $id }</code>
