# For owners.
admin-text = <b>Owner's desk</b>
    /credit &lt;telegram id&gt; &lt;amount&gt; [note] puts money into a wallet; a negative amount takes it out.
    Customers find their number in /wallet.
credit-usage = Write: /credit &lt;telegram id&gt; &lt;amount&gt; [note]
    For example: <code>/credit 123456789 5.00 card</code>
credit-done = ✔️ { $amount } for { $name } ({ $id }). Balance: { $balance }
credit-done-before = This message was credited before. Balance of { $id }: { $balance }
credit-unknown = This person has not opened the shop yet. Is the number right?
credit-too-little = Not possible: the wallet holds only { $balance }.
