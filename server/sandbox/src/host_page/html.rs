//! The page around the mini-app as HTML. What happens in it is in `host.js`.

use maud::{DOCTYPE, Markup, html};

/// Results of a payment that the host can report; the last one is not in the protocol (docs/host-messages.md).
const PAYMENT_RESULTS: [(&str, &str); 8] = [
    ("pending", "pending"),
    ("completed", "completed"),
    ("hold", "hold"),
    ("canceled", "canceled"),
    ("expired", "expired"),
    ("unknown", "unknown"),
    ("paid", "paid"),
    ("teleported", "незнакомый"),
];

/// Hostile and malformed messages that a mini-app must survive.
const HOSTILE_MESSAGES: [(&str, &str); 12] = [
    ("init", "init ещё раз"),
    ("foreign-id", "чужой id"),
    ("number-id", "id числом"),
    ("foreign", "из чужого окна"),
    ("no-data", "init без данных"),
    ("bad-type", "неверный тип"),
    ("unknown-action", "незнакомое действие"),
    ("null", "null"),
    ("broken-text", "битый JSON"),
    ("deep", "вложенность 100"),
    ("huge", "300 КиБ"),
    ("prototype", "__proto__"),
];

/// The whole page.
pub fn page() -> Markup {
    html! {
        (DOCTYPE)
        html lang="ru" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover";
                meta name="robots" content="noindex";
                title { "Окно Инвойсбокс – песочница" }
                link rel="stylesheet" href="/sandbox/host.css";
                script type="module" src="/sandbox/host.js" {}
            }
            body {
                (frame_section())
                aside.panel aria-label="Управление песочницей" {
                    (settings())
                    fieldset {
                        legend { "Результат оплаты" }
                        @for (result, label) in PAYMENT_RESULTS {
                            button type="button" data-result=(result) { (label) }
                        }
                    }
                    fieldset {
                        legend { "Чужое и сломанное" }
                        @for (message, label) in HOSTILE_MESSAGES {
                            button type="button" data-trick=(message) { (label) }
                        }
                    }
                    section aria-labelledby="log-title" {
                        h2 #log-title { "Сообщения" }
                        ol #log.log {}
                    }
                }
            }
        }
    }
}

/// The host's frame: the mini-app's place and the payment page over it.
fn frame_section() -> Markup {
    html! {
        main.stage aria-label="Окно Инвойсбокс" {
            section #window.window {
                header.window-head {
                    span.step { "Дополнительные услуги" }
                    span.title { "Колонка" }
                }
                p #notice.notice role="status" hidden {}
                div #place.place {}
                div #overlay.overlay role="dialog" aria-label="Оплата" hidden {
                    header.overlay-head {
                        span { "Оплата" }
                        button #give-up type="button" { "Закрыть" }
                    }
                    div #payment.payment {}
                }
            }
        }
    }
}

/// Settings of the mini-app's opening, which are the query fields of this page.
fn settings() -> Markup {
    html! {
        details #parameters {
            summary { "Параметры окна" }
            form action="/sandbox/host" method="get" {
                (choice("Открыта из", "type", &[
                    ("order", "приложения или витрины (order)"),
                    ("suborder", "платёжной страницы (suborder)"),
                ]))
                (choice("Язык", "locale", &[("ru", "ru"), ("en", "en")]))
                (choice("Транспорт", "transport", &[("iframe", "iframe"), ("webview", "webview")]))
                (choice("Сообщения в WebView", "via", &[
                    ("window-object", "window, объект"),
                    ("window-text", "window, текст"),
                    ("document-text", "document, текст"),
                    ("both", "оба сразу"),
                ]))
                (input("Страница", "path", "/"))
                label { "shopId (пусто – не передавать) " input name="shopId" inputmode="numeric"; }
                (choice("Высота", "fullHeight", &[
                    ("", "по типу"),
                    ("true", "вся (fullHeight)"),
                    ("false", "по содержимому"),
                ]))
                (input("Имя", "userName", "Пётр Орлов"))
                (input("Почта", "userEmail", "p.orlov@firma.example"))
                (input("Телефон", "userPhone", "+79990001122"))
                (input("Счёт (orderContainerId)", "container", "0199f0a1-5c3e-7a00-b111-000000000001"))
                label { "metaData, JSON " textarea name="metaData" rows="3" { "[]" } }
                label { "Задержка init, мс " input name="initDelay" inputmode="numeric" value="0"; }
                (flag("noInit", "не отвечать на init"))
                (flag("noCheckout", "не знать checkout"))
                button { "Открыть заново" }
            }
        }
    }
}

fn choice(label: &str, name: &str, options: &[(&str, &str)]) -> Markup {
    html! {
        label {
            (label) " "
            select name=(name) {
                @for (value, text) in options { option value=(value) { (text) } }
            }
        }
    }
}

fn input(label: &str, name: &str, value: &str) -> Markup {
    html! { label { (label) " " input name=(name) value=(value); } }
}

fn flag(name: &str, label: &str) -> Markup {
    html! { label.flag { input type="checkbox" name=(name) value="1"; " " (label) } }
}
