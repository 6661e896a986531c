# От ссылки до заказа.
button-insist = Всё равно использовать
button-drip-off = 💧 Частями: выкл.
button-drip-on = 💧 Частями: вкл.
button-plan = { $runs } × каждые { $minutes } мин
button-interval = каждые { $minutes } мин
button-comments-done = Дальше ›
button-comments-clear = 🗑 Начать заново
button-top-up = ➕ Пополнить на { $missing } или больше
button-order = ✅ Заказать за { $price }
button-change = ‹ Изменить

link-taken = { $link } ✓
link-empty = Здесь нет ссылки.
link-malformed = Не могу прочитать эту ссылку.
link-private = Эта ссылка закрытая. Она должна быть открыта для всех.
link-foreign = Это не похоже на ссылку { $platform }, а услуга для { $platform }. Пришлите другую ссылку или используйте эту.
link-foreign-known = Похоже на ссылку { $found }, а услуга для { $platform }. Пришлите другую ссылку или используйте эту.
link-handle-not-taken = Для этой услуги нужна полная ссылка, а не имя.
link-too-long = Слишком длинная ссылка.
link-several = Здесь несколько ссылок. Пришлите одну.

ask-quantity = Сколько? От { $min } до { $max }, { $price } за 1000
ask-quantity-each-run = Сколько <b>за один запуск</b>? От { $min } до { $max }, { $price } за 1000
quantity-unreadable = Нужно целое число, например 1000 или 1к.
quantity-out-of-range = Это { $given }. Можно от { $min } до { $max }.

ask-plan = { $quantity } за запуск, { $price } за запуск.
    Сколько запусков и сколько минут между ними? Не больше { $runs } запусков.
    Например: <code>5 60</code>
ask-interval = Запусков: { $runs }. Сколько минут между ними? От 1 до { $max }
plan-unreadable = Нужны два числа: запуски и минуты, например <code>5 60</code>.
plan-out-of-range = Не подходит. Можно от 2 до { $runs } запусков и от 1 до { $minutes } минут между ними.

ask-comments = ✍️ Пришлите комментарии, каждый с новой строки: от { $min } до { $max }, { $price } за 1000. Можно несколькими сообщениями или файлом .txt.
ask-comments-package = ✍️ Пришлите комментарии, каждый с новой строки. Можно несколькими сообщениями или файлом .txt.
comments-counted = <b>{ $count ->
    [one] { $count } комментарий
    [few] { $count } комментария
   *[other] { $count } комментариев
}</b> · { $price }
comments-missing = { $count ->
    [one] Нужен ещё { $count }.
   *[other] Нужно ещё { $count }.
}
comment-line = { $number }. { $text }
comments-more = … и ещё { $count }
comments-too-many = Вместе это { $given }, а можно не больше { $max }. Эти не добавлены.
comments-file-large = Файл слишком большой: не больше 1 МБ.
comments-file-wrong = Читаю только файлы .txt, каждый комментарий с новой строки.

confirm-title = Проверьте, пожалуйста
confirm-service = { $name }, № { $id }
confirm-quantity = { $quantity } × { $price } за 1000
confirm-comments = { $quantity } × { $price } за 1000
confirm-package = Весь пакет
confirm-drip = 💧 { $quantity } × { $runs } запусков, каждые { $minutes } мин: всего { $total }, последний примерно { $last }
confirm-comment-count = { $count ->
    [one] { $count } комментарий:
    [few] { $count } комментария:
   *[other] { $count } комментариев:
}
confirm-price = К оплате: <b>{ $price }</b>
confirm-balance = Баланс: { $balance } → { $after }
confirm-missing = Баланс: { $balance } · не хватает { $missing }
confirm-use-buttons = Пожалуйста, нажмите кнопку ниже.
price-changed = ⚠️ Цена изменилась: было { $shown }, стало { $price }. Проверьте ещё раз.
order-taken = Заказ { $id } принят и ждёт очереди.
order-already-placed = Заказ { $id } уже оформлен. Списано один раз.
confirm-money-came = Деньги пришли. Заказ ждёт вашего слова.
