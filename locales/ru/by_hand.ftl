# Оплата вручную: что читает покупатель.
way-hand = { $name } · от { $least }
button-copy-address = 📋 Куда платить
button-go-on-paying = ▶️ Платёж { $id }: { $units }
button-proof-again = 📎 Прислать другое подтверждение
hand-address = <code>{ $address }</code>
hand-then = Когда оплатите, нажмите «Я оплатил(а)» и пришлите снимок платежа или его номер.
invoice-until-shown = Оплатите до { $time }. Кошелёк пополнится, когда магазин увидит деньги.

proof-ask = 📎 <b>Платёж { $id }: { $units }</b>
    Пришлите <b>один</b> снимок платежа (фото, картинку или PDF) или его номер словами: до { $max } знаков.
proof-album = Здесь несколько снимков. Пришлите, пожалуйста, один.
proof-wrong = Подойдёт фото, картинка, PDF или текст.
proof-too-long = Знаков: { $given }. Пришлите не больше { $max }.
proof-sent = ✔️ <b>Отправлено магазину.</b> Платёж { $id }: { $units } за { $amount }
    Когда его проверят, вы узнаете об этом здесь.
proof-usual = Обычное время: { $time }
proof-not-found = ⛔ <b>Магазин не нашёл ваш платёж { $id } на { $units }.</b>
    { $reason }
proof-no-more = Если вы платили, напишите магазину: /paysupport
proof-why-not-arrived = Такой платёж не пришёл.
proof-why-unclear = Снимок или номер не разобрать.
proof-why-used = Это уже присылали для другого платежа.
error-already-claimed = Магазин уже проверяет этот платёж. Вы узнаете о результате здесь.
error-too-many-claimed = Магазин ещё проверяет { $count ->
    [one] { $count } ваш платёж
    [few] { $count } ваших платежа
   *[other] { $count } ваших платежей
}. Подождите, пожалуйста, его ответа.

# Что читает владелец.
desk-proofs = 🧾 Проверить платежи: { $count }
proof-list = <b>Платежи на проверке</b>
    { $count ->
        [one] { $count } платёж
        [few] { $count } платежа
       *[other] { $count } платежей
    }, сначала старые
proof-title = 🧾 <b>Платёж { $id }: { $units } за { $amount }</b>
proof-customer = { $name } { $username } <code>{ $id }</code>
proof-history = Баланс { $balance } · { $count ->
    [0] раньше не пополнял
    [one] раньше { $count } платёж, всего { $paid }
    [few] раньше { $count } платежа, всего { $paid }
   *[other] раньше { $count } платежей, всего { $paid }
}
proof-way = { $way } · прислано { $time }
proof-words = «{ $text }»
proof-number = Подтверждение № { $number } этого платежа: прежнему отказано.
proof-on-hold = ✋ Этот покупатель приостановлен.
proof-alike = ⚠️ <b>То же прислали для платежа { $id }</b>, покупатель { $name } ({ $state }).
invoice-state-open = открыт
invoice-state-claimed = на проверке
invoice-state-paid = оплачен
invoice-state-refused = отказано
invoice-state-canceled = отменён
invoice-state-expired = истёк
proof-button-approve = ✅ Пришло: зачислить { $amount }
proof-button-other = Другая сумма
proof-button-refuse = ⛔ Отказать
proof-button-refuse-sure = ✅ Отказать
proof-approved-by = ✔️ { $owner }, { $time }: зачислено { $amount }
proof-refused-by = ⛔ { $owner }, { $time }: отказано. { $reason }
proof-decided = Платёж { $id }
    { $decision }
proof-ask-amount = <b>Платёж { $id }: сколько пришло?</b>
    Просили { $units } за { $amount }. Пришлите, сколько пришло: просто число считается в { $unit }; или припишите { $currency } к сумме, которую зачислить.
proof-amount-unreadable = «{ $given }» — не сумма, или её можно понять двояко. Пришлите, например, 12,50 или 1000.
proof-sure-amount = Платёж { $id }: зачислить <b>{ $amount }</b> за { $units }? Просили { $asked }.
proof-ask-reason = <b>Платёж { $id }: почему?</b>
    Это прочтёт покупатель. Выберите или напишите, до { $max } знаков.
proof-why-button-not-arrived = Не пришло
proof-why-button-unclear = Не разобрать
proof-why-button-used = Уже было
proof-sure-refuse = Отказать в платеже { $id }? Покупатель прочтёт:
    «{ $reason }»
