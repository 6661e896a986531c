# Settings.
settings-title = <b>Settings</b>
    Language, and what I may send you.
settings-language-telegram = As in Telegram
settings-cards-on = Live card: follows the order
settings-cards-off = Live card: stands still
settings-ends-on = 🔔 Message when an order ends
settings-ends-off = 🔕 No message when an order ends
