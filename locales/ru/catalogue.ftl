# Выбор услуги.
catalogue-empty = Каталог готовится. Загляните через минуту.
catalogue-platforms = <b>Каталог</b>
    { $count ->
        [one] { $count } услуга
        [few] { $count } услуги
       *[other] { $count } услуг
    }
catalogue-categories = <b>{ $platform }</b>
    { $count ->
        [one] { $count } категория
        [few] { $count } категории
       *[other] { $count } категорий
    }
catalogue-services = <b>{ $platform } › { $category }</b>
    { $count ->
        [one] { $count } услуга
        [few] { $count } услуги, сначала дешёвые
       *[other] { $count } услуг, сначала дешёвые
    }
platform-other = Другое

service-number = № { $id } · { $platform } › { $category }
service-price = <b>{ $price }</b> за 1000 · от { $lowest }
service-price-package = <b>{ $price }</b> за весь пакет
service-limits = от { $min } до { $max }
service-limits-comments = комментариев: от { $min } до { $max }
service-refill = С восполнением
service-refill-days = Восполнение { $days ->
    [one] { $days } день
    [few] { $days } дня
   *[other] { $days } дней
}
service-refill-lifetime = Восполнение навсегда
service-no-refill = Без восполнения
service-cancel = можно отменить
service-no-cancel = отменить нельзя
service-drip = можно частями
service-not-here = Услуги { $id } здесь нет. Ничего не списано.
order-command = Пришлите и номер услуги, например: /order 31

ask-link = 🔗 Пришлите ссылку, например
    { $example }
ask-link-or-handle = 🔗 Пришлите ссылку или @имя, например
    { $example } или { $handle }
