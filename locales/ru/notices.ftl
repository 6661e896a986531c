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
