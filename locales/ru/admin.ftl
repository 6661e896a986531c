# Для владельцев.
admin-text = <b>Управление</b>
    /credit &lt;telegram id&gt; &lt;сумма&gt; [заметка] зачисляет деньги в кошелёк; отрицательная сумма списывает.
    Свой номер покупатели видят в /wallet.
credit-usage = Напишите: /credit &lt;telegram id&gt; &lt;сумма&gt; [заметка]
    Например: <code>/credit 123456789 5.00 карта</code>
credit-done = ✔️ { $amount } для { $name } ({ $id }). Баланс: { $balance }
credit-done-before = Это сообщение уже зачислено. Баланс { $id }: { $balance }
credit-unknown = Этот человек ещё не открывал магазин. Верен ли номер?
credit-too-little = Нельзя: в кошельке только { $balance }.
