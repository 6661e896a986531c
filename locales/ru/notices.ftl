# Что приходит само.
ended-completed = ✔️ Заказ { $id } выполнен: доставлено { $delivered }.
ended-partial = ◐ Заказ { $id } закончен раньше: доставлено { $delivered } из { $total }.
ended-canceled = ⛔ Заказ { $id } отменён: доставлено { $delivered } из { $total }.
ended-completed-package = ✔️ Заказ { $id } выполнен.
ended-partial-package = ◐ Заказ { $id } закончен раньше.
ended-canceled-package = ⛔ Заказ { $id } отменён.
ended-rejected = ⛔ Заказ { $id } не принят.
ended-refund = { $amount } снова в вашем кошельке.
credited = ➕ В ваш кошелёк зачислено { $amount }. Баланс: { $balance }
debited = ➖ Магазин списал { $amount } с вашего кошелька. Баланс: { $balance }
bonus-code = 🎟 <b>{ $amount } в вашем кошельке</b> по бонусному коду { $code }. Баланс: { $balance }
bonus-code-small = 🎟 Для бонусного кода { $code } это пополнение слишком маленькое. Код ждёт пополнения от { $least }.
bonus-code-gone = 🎟 Бонусный код { $code } ничего не принёс: он закончился или больше не действует.
bonus-code-back = 🎟 Бонус { $amount } списан вместе с платежом, с которым пришёл. Баланс: { $balance }
bonus-code-again = 🎟 Бонус { $amount } снова в вашем кошельке. Баланс: { $balance }
bonus-referral = 🤝 <b>{ $amount } в вашем кошельке:</b> приглашённый вами друг пополнил свой. Баланс: { $balance }
bonus-referral-back = 🤝 { $amount } списано: платёж приглашённого вами друга возвращён. Баланс: { $balance }
bonus-referral-again = 🤝 { $amount } снова в вашем кошельке: платёж приглашённого вами друга всё же не возвращён. Баланс: { $balance }

alert-paused-funds = ⚠️ <b>На панели закончились деньги.</b> Заказы ждут, пока вы её не пополните. ({ $text })
alert-paused-key = ⚠️ <b>Панель не принимает ключ или аккаунт.</b> Заказы ждут. Проверьте PANEL_API_KEY. ({ $text })
alert-paused-panel = ⚠️ <b>Панель не принимает заказы.</b> Они ждут и уйдут сами. ({ $text })
alert-resumed = ✔️ Панель снова принимает заказы.
alert-unconfirmed = 🔍 <b>Заказ { $order } проверяется.</b> Панель ответила неясно: заказ у неё может быть, а может и не быть. Сам он не отправится снова. ({ $text })
alert-rejected = ⛔ Заказ { $order } (услуга { $service }) не принят, деньги возвращены: { $text }
alert-refund-unclear = ⚠️ Заказ { $order } закончился как «{ $text }», и неясно, сколько доставлено. Пока ничего не возвращено.
alert-refund-differs = ⚠️ Заказ { $order } закончился раньше, осталось { $remains }; по этому возвращено { $back }. По цене вышло бы иначе: { $charge } из { $cost }.
alert-charge-differs = ⚠️ Заказ { $order }: панель берёт { $charge }, ожидалось { $cost }. Верен ли PANEL_COMMENTS_ENCODING?
alert-found = ✔️ Заказ { $order } найден на панели под номером { $panel }. Он выполняется.
alert-late = ⚠️ <b>Заказ { $order }: ответ панели опоздал.</b> Она приняла его под номером { $panel }, когда о нём уже решили. Проверьте оба.
alert-restored = ♻️ <b>База восстановлена из копии.</b> Заказов, которые в ней ждали и могли с тех пор уйти, теперь на проверке: { $orders }. Неотправленных сообщений отброшено: { $notices }.
alert-crypto-pay-refused = ⚠️ <b>Crypto Pay не принимает токен.</b> Криптовалютой платить нельзя, пока он не исправлен. Проверьте CRYPTO_PAY_TOKEN. ({ $text })
receipt = ✔️ <b>{ $amount } в вашем кошельке.</b> Оплачено: { $units }
    Баланс: { $balance }
    Платёж { $id }, { $time }
    <code>{ $charge }</code>
receipt-refund = ↩️ <b>{ $units } возвращено вам.</b> Из кошелька за это списано { $amount }.
    Платёж { $id }, { $time }
    <code>{ $charge }</code>
alert-refund-failed = ⚠️ <b>Платёж /pay_{ $payment } не удалось вернуть.</b> { $units } { $unit } за { $amount }; деньги снова в кошельке. ({ $text })
alert-returned-elsewhere = ↩️ <b>Платёж /pay_{ $payment } возвращён не через этот магазин.</b> У покупателя { $customer } снова { $units } { $unit }; из кошелька списано { $taken } из { $amount }. Там уже не было: { $missing }.
alert-payment-of-nothing = ⚠️ <b>Платёж на ⭐ { $units } не называет ни одного счёта этого магазина.</b> Никому не зачислено. Заплатил { $payer }; если платёж для магазина, зачислите через /credit.
    <code>{ $charge }</code>
