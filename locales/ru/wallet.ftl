# Кошелёк.
wallet-balance = Баланс: { $balance }
wallet-empty = Движений пока нет.
wallet-entry = <b>{ $amount }</b> · { $reason }
    { $time } · баланс { $balance }
wallet-top-up = Ваш номер в этом магазине: <code>{ $id }</code>
entry-top-up = пополнение, { $way }, платёж { $payment }
entry-sent-back = возврат платежа { $payment }
entry-not-sent-back = платёж { $payment } не удалось вернуть
entry-purchase = заказ { $order }
entry-refund = возврат за заказ { $order }
entry-code = бонусный код { $code }
entry-code-back = отозван бонус платежа { $payment }
entry-code-again = снова выдан бонус платежа { $payment }
entry-referral = друг пополнил кошелёк
entry-referral-back = платёж друга возвращён
entry-referral-again = платёж друга всё же не возвращён
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

# Выписка.
button-statement = 📄 Выписка
button-months = 📅 По месяцам
button-export = ⬇️ Файл
statement-title = Выписка · баланс { $balance }
statement-of = { $name } ({ $id })
month-opening = на начало { $balance }
month-closing = на конец { $balance }
reason-top-up = пополнения
reason-sent-back = возвращённые платежи
reason-not-sent-back = платежи, которые не удалось вернуть
reason-purchase = заказы
reason-refund = возвраты за заказы
reason-code = бонусные коды
reason-code-back = отозванные бонусы
reason-code-again = бонусы, выданные снова
reason-referral = приглашённые друзья
reason-referral-back = отозванные вознаграждения
reason-referral-again = вознаграждения, выданные снова
reason-adjustment = от магазина
reason-bonus = другие бонусы
period-today = Сегодня
period-week = 7 дней
period-month = Этот месяц
period-last-month = Прошлый месяц
period-quarter = 90 дней
period-all = Всё
export-ask = <b>Выписка файлом</b>
    Таблица (CSV) для Excel, Numbers или Google Таблиц. За какое время?
export-under-way = Готовлю файл…
export-done = Время по UTC.
export-opening = баланс на начало
export-closing = баланс на конец
error-statement-too-long = В один файл столько не помещается. Выберите время покороче.

# Бонусные коды.
button-bonus-code = 🎟 Бонусный код
button-drop-code = 🗑 Забыть этот код
code-ask = <b>Бонусный код</b>
    Пришлите код.
code-waits = 🎟 { $code } ждёт вашего следующего пополнения:
code-amount = { $amount } в подарок
code-percent = { $percent }% от пополнения в подарок
code-most = не больше { $most }
code-least = при пополнении от { $least }
code-unknown = Такого кода нет. Проверьте, как он написан.
code-over = Этот код больше не действует.
code-used-up = Этот код закончился: другие успели раньше.
code-used-before = Вы уже воспользовались этим кодом.
code-too-many = Слишком много попыток. Попробуйте снова через { $minutes ->
    [one] { $minutes } минуту
    [few] { $minutes } минуты
   *[other] { $minutes } минут
}.

# Приглашение друзей.
button-invite = 🤝 Пригласить друзей
button-share = 📤 Поделиться
button-copy-link = 📋 Ссылка
invite-title = 🤝 Пригласите друзей
invite-terms = Вы получаете { $percent }% от всего, чем друг пополнит кошелёк { $days ->
    [one] в первый { $days } день
    [few] в первые { $days } дня
   *[other] в первые { $days } дней
}. Деньги сами приходят в ваш кошелёк. Друг — это тот, кто впервые открыл магазин по вашей ссылке:
invite-came = { $friends ->
    [0] Пока никто не пришёл.
    [one] Пришёл { $friends } друг. Вы заработали { $earned }.
    [few] Пришли { $friends } друга. Вы заработали { $earned }.
   *[other] Пришли { $friends } друзей. Вы заработали { $earned }.
}
invite-words = { $shop }: лайки, подписчики и просмотры прямо в Telegram
