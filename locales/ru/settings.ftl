# Настройки.
settings-title = <b>Настройки</b>
    Язык и что мне можно присылать.
settings-language-telegram = Как в Telegram
settings-cards-on = Карточка: следит за заказом
settings-cards-off = Карточка: не меняется
settings-ends-on = 🔔 Сообщать, когда заказ закончен
settings-ends-off = 🔕 Не сообщать, когда заказ закончен
