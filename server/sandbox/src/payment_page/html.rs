//! The payment page as HTML.

use maud::{Markup, html};
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use crate::html::{document, money, reload_after};
use crate::invoicebox::{CUSTOMER_FIELDS, FieldAccess, Order, OrderStatus, decimal, field_access};

/// The page of an invoice; `orders` is not empty in practice, an empty one gives an empty table.
pub fn invoice(orders: &[Order]) -> Markup {
    let requests: Vec<Map<String, Value>> = orders.iter().map(Order::request).collect();
    let sum: Decimal = orders.iter().map(|order| order.amount).sum();
    let currency = requests.first().and_then(|request| text(request, "currencyId")).unwrap_or("RUB");
    let body = html! {
        h1 { "Счёт на оплату" }
        table {
            @for (order, request) in orders.iter().zip(&requests) {
                (order_rows(order, request, currency))
            }
            tfoot { tr { th colspan="2" { "К оплате" } td.sum { (money(sum, currency)) } } }
        }
        @if let (Some(order), Some(request)) = (orders.first(), requests.first()) {
            @if orders.iter().any(|order| order.status == OrderStatus::Created && order.processable) {
                (payment_form(order, request))
            } @else {
                (ended(order, request))
            }
        }
    };
    document("Оплата счёта", None, body)
}

/// The loader of «контроль отгрузки», which reloads each second.
pub fn loader() -> Markup {
    let body = html! {
        h1 { "Проверяем заказ" }
        p.loader role="status" { "Магазин подтверждает, что заказ можно выдать…" }
    };
    document("Проверяем заказ", Some(reload_after(1)), body)
}

/// The page for an invoice that does not exist.
pub fn unknown() -> Markup {
    let body = html! {
        h1 { "Счёт не найден" }
        p { "Проверьте ссылку или начните оплату заново." }
    };
    document("Счёт не найден", None, body)
}

fn order_rows(order: &Order, request: &Map<String, Value>, currency: &str) -> Markup {
    html! {
        tbody {
            tr {
                th colspan="3" {
                    "Заказ " (text(request, "merchantOrderIdVisible").unwrap_or(&order.merchant_order_id))
                    small { (text(request, "description").unwrap_or_default()) }
                }
            }
            @for line in request.get("basketItems").and_then(Value::as_array).into_iter().flatten() {
                (basket_line(line, currency))
            }
        }
    }
}

fn basket_line(line: &Value, currency: &str) -> Markup {
    let text = |name: &str| line.get(name).and_then(Value::as_str).unwrap_or_default();
    let number = |name: &str| line.get(name).and_then(decimal).unwrap_or_default();
    let quantity = number("quantity").normalize().to_string().replace('.', ",");
    html! {
        tr {
            td { (text("name")) }
            td.quantity { (quantity) " " (text("measure")) }
            td.sum { (money(number("totalAmount"), currency)) }
        }
    }
}

/// The reason why there is nothing to pay any more, with a link back.
fn ended(order: &Order, request: &Map<String, Value>) -> Markup {
    let (message, address) = match order.status {
        OrderStatus::Completed { .. } => ("Счёт оплачен", "successUrl"),
        OrderStatus::Hold { .. } => ("Средства зарезервированы", "successUrl"),
        OrderStatus::Expired => ("Срок оплаты истёк", "failUrl"),
        OrderStatus::Canceled => ("Заказ отменён", "failUrl"),
        OrderStatus::Created => ("Этот заказ не оплачивается через Инвойсбокс", "returnUrl"),
    };
    let back = text(request, address).or_else(|| text(request, "returnUrl"));
    html! {
        p.status role="status" data-status=(order.status.as_str()) { (message) }
        @if let Some(back) = back {
            a.button href=(back) { "Вернуться в магазин" }
        }
    }
}

fn payment_form(order: &Order, request: &Map<String, Value>) -> Markup {
    let path = format!("/sandbox/pay/{}", order.container_id);
    let buttons = [
        ("money", Some("primary"), "Оплатить"),
        ("guarantee", None, "Оплатить гарантией"),
        ("hold", None, "Зарезервировать (hold)"),
        ("decline", Some("quiet"), "Отказаться"),
        ("leave", Some("quiet"), "Вернуться в магазин"),
        ("expire", Some("quiet"), "Дать сроку истечь"),
    ];
    html! {
        form method="post" action={ (path) "/money" } {
            fieldset {
                legend { "Плательщик" }
                @for (name, limit) in CUSTOMER_FIELDS { (customer_field(request, name, limit)) }
            }
            div.actions {
                @for (action, class, label) in buttons {
                    button class=[class] formaction={ (path) "/" (action) } { (label) }
                }
            }
        }
    }
}

fn customer_field(request: &Map<String, Value>, name: &str, limit: usize) -> Markup {
    let value = request.get("customer").and_then(|customer| customer.get(name)).and_then(Value::as_str);
    let value = value.unwrap_or_default();
    let locked = match field_access(request, name) {
        FieldAccess::Hidden => return Markup::default(),
        FieldAccess::Locked => true,
        FieldAccess::Open => false,
    };
    html! {
        label {
            (label(name))
            @if name == "type" {
                select name=(name) disabled[locked] {
                    @for (kind, label) in [("legal", "Организация или ИП"), ("private", "Физическое лицо")] {
                        option value=(kind) selected[kind == value] { (label) }
                    }
                }
            } @else {
                input name=(name) value=(value) maxlength=(limit) readonly[locked];
            }
        }
    }
}

fn label(name: &str) -> &'static str {
    match name {
        "type" => "Тип",
        "name" => "Название или имя",
        "vatNumber" => "ИНН",
        "taxRegistrationReasonCode" => "КПП",
        "registrationAddress" => "Адрес регистрации",
        "email" => "Электронная почта",
        _ => "Телефон",
    }
}

fn text<'a>(request: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    request.get(name).and_then(Value::as_str)
}
