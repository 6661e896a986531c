# Слова, которые есть на каждом экране.
button-back = ‹ Назад
button-close = ✖️ Закрыть
button-cancel = ✖️ Отмена
button-catalogue = 🛍 Каталог
button-orders = 📦 Мои заказы
button-wallet = 👛 Кошелёк
button-help = ❓ Помощь
button-settings = ⚙️ Настройки
verbatim = { $text }
page-of = страница { $page } из { $pages }

home-welcome =
    <b>{ $name }, добро пожаловать в { $shop }.</b>
    Выберите услугу, пришлите ссылку и следите за заказом прямо здесь.
    Баланс: { $balance }
home =
    <b>{ $shop }</b>
    Что выберем?
    Баланс: { $balance }
not-understood = Не понимаю. Пожалуйста, выберите ниже.
stale-button = Эта кнопка устарела. Откройте заново /catalog или /orders.
private-only = Пожалуйста, напишите мне в личный чат.
send-text = Пожалуйста, пришлите текстом.

# Когда что-то не так у нас.
error-busy = Сейчас всё работает медленно. Ничего не потеряно. Попробуйте через минуту.
error-unexpected = Не получилось, и это наша вина. Ничего не списано. Попробуйте ещё раз.
error-answer-lost = Мой ответ потерялся в пути. Возможно, всё уже сделано: пожалуйста, проверьте, прежде чем повторять.
error-panel = Панель сейчас не отвечает. Ничего не потеряно. Попробуйте через минуту.
error-draft-gone = Эта карточка устарела. Откройте услугу заново.
error-order-gone = У вас нет такого заказа.
error-not-possible = Для этого заказа сейчас так нельзя.
error-too-soon = Только что смотрели. Снова через { $seconds ->
    [one] { $seconds } секунду
    [few] { $seconds } секунды
   *[other] { $seconds } секунд
}.
error-quantity = Не подходит: можно от { $min } до { $max }.
error-amount = Слишком большая сумма.
error-decided = Этот заказ больше не проверяется: о нём уже решено.
error-taken = Это номер заказа { $order } на панели.

command-start = Начать
command-catalog = Каталог
command-orders = Мои заказы
command-wallet = Кошелёк
command-settings = Настройки
command-help = Помощь
command-admin = Управление
command-credit = Пополнить кошелёк
command-statement = Выписка покупателя
error-on-hold = Ваш счёт приостановлен. Пожалуйста, напишите магазину.
error-way-closed = Этот способ оплаты сейчас не работает. Ничего не списано. Выберите другой.
error-invoice-gone = Этот счёт больше нельзя оплатить. Начните новое пополнение в /wallet.
error-payment-gone = Такого платежа нет.
error-already-refunded = Этот платёж уже возвращён.
error-already-spent = Не потрачено только { $unspent } из { $amount }.
error-top-up = Пополнить можно от { $min } до { $max }.
error-too-many-invoices = Слишком много счетов за час. Попробуйте снова через { $minutes ->
    [one] { $minutes } минуту
    [few] { $minutes } минуты
   *[other] { $minutes } минут
}.
error-value = Не подходит: можно от { $min } до { $max }.
command-terms = Условия
command-paysupport = Помощь с платежом
