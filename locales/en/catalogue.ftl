# Looking around.
catalogue-empty = The catalogue is being prepared. Please come back in a minute.
catalogue-platforms = <b>Catalogue</b>
    { $count ->
        [one] { $count } service
       *[other] { $count } services
    }
catalogue-categories = <b>{ $platform }</b>
    { $count ->
        [one] { $count } category
       *[other] { $count } categories
    }
catalogue-services = <b>{ $platform } › { $category }</b>
    { $count ->
        [one] { $count } service
       *[other] { $count } services, cheapest first
    }
platform-other = Other

service-number = No. { $id } · { $platform } › { $category }
service-price = <b>{ $price }</b> for 1000 · from { $lowest }
service-price-package = <b>{ $price }</b> for the whole package
service-limits = { $min } to { $max }
service-limits-comments = { $min } to { $max } comments
service-refill = With refill
service-refill-days = Refill { $days ->
    [one] { $days } day
   *[other] { $days } days
}
service-refill-lifetime = Lifetime refill
service-no-refill = No refill
service-cancel = can be canceled
service-no-cancel = cannot be canceled
service-drip = drip-feed possible
service-not-here = Service { $id } is not available here. Nothing was charged.
order-command = Send the number of the service too, for example: /order 31

ask-link = 🔗 Send the link, for example
    { $example }
ask-link-or-handle = 🔗 Send the link or the @name, for example
    { $example } or { $handle }
