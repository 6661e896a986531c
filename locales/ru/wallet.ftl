# Кошелёк.
wallet-balance = Баланс: { $balance }
wallet-empty = Движений пока нет.
wallet-entry = <b>{ $amount }</b> · { $reason }
    { $time } · баланс { $balance }
wallet-top-up = Ваш номер в этом магазине: <code>{ $id }</code>
entry-top-up = пополнение
entry-purchase = заказ { $order }
entry-refund = возврат за заказ { $order }
entry-adjustment = от магазина
entry-bonus = бонус

# Пополнение.
button-top-up-any = ➕ Пополнить
button-pay = Оплатить { $units }
button-paid = Я оплатил(а)
button-copy-charge = 📋 Номер платежа
way-stars = ⭐ Telegram Stars
top-up-ask = <b>Сколько?</b> Выберите или пришлите сумму.
    Баланс: { $balance }
top-up-limits = от { $min } до { $max }
top-up-unreadable = Не могу прочитать сумму «{ $given }». Пришлите, например, 5 или 12,50.
top-up-out-of-range = Пополнить на { $given } нельзя.
top-up-way = <b>Пополнение на { $amount }</b>
    Как будете платить?
invoice-title = Пополнение на { $amount }
invoice-pay = К оплате: { $units }
invoice-until = Действует до { $time }. Кошелёк пополнится, как только придёт платёж.
invoice-for-order = Ваш заказ ждёт и после оплаты появится здесь.
stars-title = { $amount } в ваш кошелёк
stars-description = Пополнит кошелёк на { $amount }. Тратится в этом магазине.
payment-waits = ✔️ Ваш платёж пришёл. Сейчас я не могу его записать: он сам появится в кошельке через несколько минут. Пожалуйста, не платите ещё раз.
invoice-expired = Время этого счёта вышло. Ничего не списано. Начните новое пополнение.
way-crypto-pay = 🪙 { $asset } · Crypto Bot
crypto-pay-description = { $amount } в ваш кошелёк в магазине
crypto-pay-how = Оплата в Crypto Bot, с вашего баланса там. Курс не изменится, пока счёт действует.
pay-refused = Этот счёт больше нельзя оплатить. Ничего не списано. Начните новое пополнение в /wallet.

# Платёж.
payment-title = 💳 <b>Платёж { $id }</b>
payment-payer = { $name } · <code>{ $id }</code>
payment-paid = { $units } за { $amount }
payment-arrived = Пришёл { $time }
payment-going-back = ⏳ Возвращается
payment-went-back = ↩️ Возвращён { $time }
payment-charge = <code>{ $charge }</code>
payment-unspent = Не потрачено: { $unspent } из { $amount }
payment-balance = Баланс: { $balance }
payment-failure = ⚠️ Вернуть не удалось: { $text }
