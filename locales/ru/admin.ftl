# Для владельцев.
admin-text = <b>Управление</b>
    /credit &lt;telegram id&gt; &lt;сумма&gt; [заметка] зачисляет деньги в кошелёк; отрицательная сумма списывает.
    /hold &lt;telegram id&gt; приостанавливает покупателя или отпускает его.
    /statement &lt;telegram id&gt; показывает движения в кошельке.
    Свой номер покупатели видят в /wallet.
credit-usage = Напишите: /credit &lt;telegram id&gt; &lt;сумма&gt; [заметка]
    Например: <code>/credit 123456789 5.00 карта</code>
credit-done = ✔️ { $amount } для { $name } ({ $id }). Баланс: { $balance }
credit-done-before = Это сообщение уже зачислено. Баланс { $id }: { $balance }
credit-unknown = Этот человек ещё не открывал магазин. Верен ли номер?
credit-too-little = Нельзя: в кошельке только { $balance }.

desk-unconfirmed = 🔍 Проверяются: { $count }
decide-list = <b>Заказы на проверке</b>
    { $count ->
        [one] { $count } заказ
        [few] { $count } заказа
       *[other] { $count } заказов
    }, сначала старые
decide-title = 🔍 <b>Заказ { $order } проверяется</b>
decide-paid = Всего { $total } · оплачено { $price } · на панели должен стоить { $cost }
decide-sent = Отправлен { $time }; ответ: { $answer }
decide-no-answer = нет
decide-open = Магазин ещё ищет его на панели. Вы узнаете о результате.
decide-absent = Панель опрошена по всем номерам, которые он мог получить, { $low }–{ $high }: этого заказа среди них нет. Он не размещён.
decide-unclear = Если он есть, его номер от { $low } до { $high }. Им могут быть эти заказы вашего аккаунта, и магазин не может решить:
decide-no-window = Неизвестно, между какими номерами панели искать. Поищите его на сайте панели.
decide-too-wide = Если он есть, его номер от { $low } до { $high }: слишком много, чтобы опросить все. Поищите его на сайте панели.
decide-possible = • { $number }: { $status }, цена { $charge }, осталось { $remains }
decide-balance = Баланс панели до: { $before }, после: { $after }; другие заказы взяли { $others }.
decide-button-is = Это { $number }
decide-button-type = ⌨️ Он есть: другой номер
decide-button-refund = ↩️ Не размещён: вернуть деньги
decide-button-again = 🔁 Не размещён: отправить снова
decide-type = Пришлите номер заказа { $order } на панели.
decide-type-wrong = Это не номер панели.
decide-sure-is = Заказ панели { $number }: { $status }, цена { $charge } (ожидалось { $cost }), осталось { $remains }.
    Это заказ { $order }?
decide-sure-refund = Вернуть { $price } за заказ { $order }? Если он всё же есть на панели, платите вы.
decide-sure-again = Отправить заказ { $order } на панель ещё раз? Если он всё же есть на панели, он будет заказан дважды.
decide-sure-button-is_sure = ✅ Да, это он
decide-sure-button-refund_sure = ✅ Да, вернуть
decide-sure-button-again_sure = ✅ Да, отправить снова
decide-done-is = ✔️ Заказ { $order } — это заказ панели { $panel }. Он выполняется.
decide-done-refund = ✔️ Заказ { $order }: { $price } возвращено.
decide-done-again = ✔️ Заказ { $order } снова в очереди.

desk-payments = 💳 Платежи
desk-till = ⚙️ Приём денег
payments-title = <b>Платежи</b>
    { $count ->
        [0] Пока нет
        [one] { $count } платёж, сначала новые
        [few] { $count } платежа, сначала новые
       *[other] { $count } платежей, сначала новые
    }
payments-find = 🔎 Найти по номеру
payments-find-type = Пришлите номер платежа из квитанции покупателя или номер платежа здесь.
return-button = ↩️ Вернуть
return-button-hand = ↩️ Возвращено вручную
return-ask = Вернуть { $units } покупателю { $name }? Из кошелька уйдёт { $amount }.
return-ask-hand = Вы сами вернули { $units } покупателю { $name }? Магазин этого не может. Из кошелька уйдёт { $amount }.
return-spent = ⚠️ Не потрачено только { $unspent } из { $amount }. Баланс { $balance }: остальное спишется с других денег в нём.
return-bonus = С ним пришёл бонус { $bonus }: он уходит вместе с платежом.
return-bonus-spent = ⚠️ Баланс { $balance }: часть бонуса потрачена, спишется только то, что осталось.
return-lacking = ⚠️ Сейчас нельзя: в кошельке { $balance }, а уйти должно { $amount }.
return-sure-return-sure = ✅ Да, вернуть
return-sure-return-from-balance = ✅ Списать с баланса
return-sure-returned = ✅ Да, я вернул(а)
return-sure-returned-from-balance = ✅ Возвращено: списать с баланса
till-title = <b>Приём денег</b>
till-button-star-value = ⭐ Цена звезды
till-button-minimum = Наименьшее пополнение
till-button-maximum = Наибольшее пополнение
till-button-terms = 📄 /terms
till-button-support = 🛟 /paysupport
till-button-default = Вернуть как было сначала
till-button-sure = ✅ Да, установить
till-no-stars = не задана: звёздами платить нельзя
till-shops-own = слова самого магазина
till-ask-sum = Пришлите сумму в { $currency }.
till-ask-text = Пришлите, что должны читать покупатели, не больше { $most } знаков.
till-too-long = Слишком длинно: не больше { $most } знаков.
till-before = Было:
till-after = Станет:
till-done = ✔️ Готово.

# Деньги на столе владельца.
desk-books = 📒 Учёт
desk-statement = 📄 Выписка покупателя
desk-codes = 🎟 Бонусные коды
desk-referrals = 🤝 Приглашения
statement-whose = Чья выписка? Пришлите номер покупателя (его Telegram id).
statement-nobody = Покупателя с таким номером нет. Пришлите номер покупателя (его Telegram id).
books-title = Учёт магазина
books-start = Должны покупателям на начало: { $amount }
books-end = Должны покупателям на конец: { $amount }
books-orders = Заказов размещено на панели: { $count }
books-paid = Покупатели заплатили { $prices }, из них возвращено { $refunded }
books-charged = Панель взяла { $charged } за { $orders ->
    [one] { $orders } заказ
    [few] { $orders } заказа
   *[other] { $orders } заказов
}
books-estimated = и примерно { $estimated } за { $orders ->
    [one] { $orders } заказ, о котором не говорит
    [few] { $orders } заказа, о которых не говорит
   *[other] { $orders } заказов, о которых не говорит
}
books-margin = Осталось: { $margin }
books-owed = должны покупателям
books-prices = заплачено за заказы, размещённые за это время
books-refunded = из них возвращено
books-spent = потрачено на них на панели
books-left = осталось от них
codes-title = <b>Бонусные коды</b>
    И сколько раз каждый использован.
codes-none = <b>Бонусные коды</b>
    Пока ни одного.
codes-new = ➕ Новый код
codes-off = ⛔ Выключить
codes-off-ask = Выключить { $code }? Он больше никому ничего не принесёт; что принёс, остаётся.
codes-off-sure = ✅ Да, выключить
codes-ask-code = <b>Какой код?</b> Пришлите слово из 3–24 букв, цифр, - или _.
codes-ask-worth = <b>Что он приносит?</b> Пришлите <code>5</code> для суммы или <code>10%</code> для процента от пополнения.
codes-ask-uses = <b>Сколько раз всего?</b> Выберите или пришлите число.
codes-ask-each = <b>Сколько раз одному покупателю?</b> Выберите или пришлите число.
codes-ask-least = <b>При пополнении от какой суммы?</b> Выберите или пришлите сумму. Сумма без предела приходит сразу, без пополнения.
codes-ask-most = <b>Не больше чего за раз?</b> Выберите или пришлите сумму.
codes-ask-end = <b>На сколько дней?</b> Выберите или пришлите число.
codes-invent = 🎲 Придумать
codes-no-limit = Без предела
codes-wrong = Не подходит.
codes-taken = Такой код уже есть.
codes-make-ask = Включить { $code }?
codes-make-sure = ✅ Да, включить
code-uses = Использован: { $uses }
code-uses-of = Использован: { $uses } из { $most }
code-each = Одному покупателю: { $each }
code-ends = До { $time }
code-is-off = Выключен { $time }
code-paid = Принёс покупателям { $amount }
error-code-gone = Такого кода нет.
referrals-title = <b>Приглашения</b>
referrals-are = Кто пригласил друга, получает { $percent }% от пополнений друга, { $days ->
    [one] { $days } день
    [few] { $days } дня
   *[other] { $days } дней
} с первого сообщения друга.
referrals-are-off = Сейчас приглашения ничего не приносят.
referrals-ask = Выберите или пришлите процент и дни: <code>5 90</code>
referrals-choice = { $percent }% · { $days ->
    [one] { $days } день
    [few] { $days } дня
   *[other] { $days } дней
}
referrals-off = Выключить
referrals-wrong = Пришлите процент (0–50) и дни (1–3650), например <code>5 90</code>.
referrals-sure-ask = Давать { $percent }% от пополнений друга, { $days ->
    [one] { $days } день
    [few] { $days } дня
   *[other] { $days } дней
} с первого сообщения друга? Это касается и тех друзей, которые уже здесь.
referrals-sure-off = Выключить приглашения? Что заработано, остаётся.
referrals-sure = ✅ Да
referrals-set = ✔️ Готово.
