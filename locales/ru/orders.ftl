# Заказы: список, карточка, просьбы.
button-refresh = 🔄 Обновить
button-copy-panel = 📋 Панель { $id }
button-refill = ♻️ Попросить восполнение
button-ask-cancel = ⛔ Попросить отмену
button-cancel-sure = Да, попросить отмену
button-withdraw = ⛔ Отменить заказ
button-withdraw-sure = Да, отменить
button-comments-file = 📄 Комментарии
button-again = 🔁 Заказать снова
button-continue = ▶️ Продолжить заказ

orders-title = <b>Мои заказы</b>
    { $count ->
        [one] { $count } заказ
        [few] { $count } заказа
       *[other] { $count } заказов
    }, сначала новые
orders-done = { $done } из { $total }
orders-none = Заказов пока нет. Каталог рядом.
orders-filter-all = Все
orders-filter-running = Идут
orders-filter-ended = Закончены
orders-filter-checked = Проверяются

state-queued = ждёт очереди
state-submitting = отправляется
state-unconfirmed = проверяется
state-placed = выполняется
state-completed = выполнен
state-partial = закончен раньше
state-canceled = отменён
state-rejected = не принят

card-title = Заказ { $id } · { $state }
card-service = { $name }, № { $service }
card-drip = 💧 { $quantity } × { $runs } запусков, каждые { $minutes } мин
card-comments = { $count ->
    [one] { $count } комментарий
    [few] { $count } комментария
   *[other] { $count } комментариев
}
comments-of-order = Комментарии заказа { $id }
card-quantity = всего { $total }
card-bar = { $bar } { $delivered } из { $total }
card-start = Было { $count }
card-left = осталось { $count }
card-paid = оплачено { $price }
card-refunded = возвращено { $amount }
card-updated = Обновлено { $time }
card-updated-panel = Обновлено { $time } · панель: { $status }
card-queued = Заказ ждёт очереди и скоро начнётся.
card-waits-panel = Панель не отвечает; ваш заказ ждёт очереди и не потерян.
card-waits-link = По этой ссылке ещё идёт другой заказ. Ваш ждёт и будет отправлен сам; его можно и отменить.
card-unconfirmed = Панель ответила неясно. Мы проверяем сами; дважды деньги не спишутся.

refusal = { $why } (Панель: { $text })
refusal-unknown = Панель не приняла заказ.
refusal-link = Панель не принимает эту ссылку. Проверьте её и закажите снова.
refusal-quantity = Количество больше не подходит. Закажите снова.
refusal-service = Этой услуги больше нет. Выберите другую.
refusal-extra = Панель не приняла то, что к заказу приложено. Проверьте и закажите снова.
refusal-request = Панель не поняла заказ. Магазин уже знает.
refusal-not-placed = Его не удалось разместить на панели.

panel-says = Панель: { $text }
refill-asked = Восполнение запрошено. Это просьба: здесь будет видно, когда оно придёт. { $text }
cancel-asked = Отмена запрошена. Это просьба: мы сообщим, когда она случится. { $text }
cancel-question = Попросить панель отменить заказ { $id }? Если она согласится, недоставленное вернётся в кошелёк.
withdraw-question = Отменить заказ { $id }? { $price } сразу вернётся в кошелёк.
withdrawn = Отменён. { $amount } снова в кошельке.
