# Кошелёк.
wallet-balance = Баланс: { $balance }
wallet-empty = Движений пока нет.
wallet-entry = <b>{ $amount }</b> · { $reason }
    { $time } · баланс { $balance }
wallet-top-up = Чтобы пополнить, напишите магазину и назовите свой номер: <code>{ $id }</code>
entry-top-up = пополнение
entry-purchase = заказ { $order }
entry-refund = возврат за заказ { $order }
entry-adjustment = от магазина
entry-bonus = бонус
