//! Text of the payment page. Everything that comes from an order is escaped.

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use crate::html::{document, escape, money};
use crate::invoicebox::{Access, CUSTOMER_FIELDS, Order, Status, access, decimal};

/// The page of an invoice; `orders` is not empty in practice, an empty one gives an empty table.
pub fn invoice(orders: &[Order]) -> String {
    let requests: Vec<Map<String, Value>> = orders.iter().map(Order::request).collect();
    let sum: Decimal = orders.iter().map(|order| order.amount).sum();
    let currency = requests.first().and_then(|request| text(request, "currencyId")).unwrap_or("RUB");
    let mut rows = String::new();
    for (order, request) in orders.iter().zip(&requests) {
        let number = text(request, "merchantOrderIdVisible").unwrap_or(&order.merchant_order_id);
        let description = text(request, "description").unwrap_or_default();
        rows += &format!(
            "<tbody><tr><th colspan=\"3\">Заказ {}<small>{}</small></th></tr>",
            escape(number),
            escape(description)
        );
        for line in request.get("basketItems").and_then(Value::as_array).into_iter().flatten() {
            rows += &basket_line(line, currency);
        }
        rows += "</tbody>";
    }
    let body = format!(
        "<h1>Счёт на оплату</h1><table>{rows}<tfoot><tr><th colspan=\"2\">К оплате</th>\
         <td class=\"sum\">{}</td></tr></tfoot></table>{}",
        money(sum, currency),
        part_of_status(orders, &requests)
    );
    document("Оплата счёта", "", &body)
}

/// The loader of «контроль отгрузки»; it asks again each second.
pub fn loader() -> String {
    document(
        "Проверяем заказ",
        "<meta http-equiv=\"refresh\" content=\"1\">",
        "<h1>Проверяем заказ</h1><p role=\"status\" class=\"loader\">Магазин подтверждает, что заказ можно выдать…</p>",
    )
}

/// There is no such invoice.
pub fn unknown() -> String {
    document(
        "Счёт не найден",
        "",
        "<h1>Счёт не найден</h1><p>Проверьте ссылку или начните оплату заново.</p>",
    )
}

fn part_of_status(orders: &[Order], requests: &[Map<String, Value>]) -> String {
    let (Some(first), Some(request)) = (orders.first(), requests.first()) else { return String::new() };
    if orders.iter().any(|order| order.status == Status::Created && order.processable) {
        return form(first, request);
    }
    let (message, address) = match first.status {
        Status::Completed { .. } => ("Счёт оплачен", "successUrl"),
        Status::Hold { .. } => ("Средства зарезервированы", "successUrl"),
        Status::Expired => ("Срок оплаты истёк", "failUrl"),
        Status::Canceled => ("Заказ отменён", "failUrl"),
        Status::Created => ("Этот заказ не оплачивается через Инвойсбокс", "returnUrl"),
    };
    let back = text(request, address).or_else(|| text(request, "returnUrl"));
    let link = back.map(|to| format!("<a class=\"button\" href=\"{}\">Вернуться в магазин</a>", escape(to)));
    format!(
        "<p role=\"status\" class=\"status\" data-status=\"{}\">{message}</p>{}",
        first.status.word(),
        link.unwrap_or_default()
    )
}

fn form(order: &Order, request: &Map<String, Value>) -> String {
    let path = format!("/sandbox/pay/{}", order.container_id);
    let button = |action: &str, class: &str, label: &str| {
        format!("<button class=\"{class}\" formaction=\"{path}/{action}\">{label}</button>")
    };
    let buttons = [
        button("money", "primary", "Оплатить"),
        button("guarantee", "", "Оплатить гарантией"),
        button("hold", "", "Зарезервировать (hold)"),
        button("decline", "quiet", "Отказаться"),
        button("leave", "quiet", "Вернуться в магазин"),
        button("expire", "quiet", "Дать сроку истечь"),
    ]
    .concat();
    let fields: String = CUSTOMER_FIELDS.iter().map(|(name, limit)| field(request, name, *limit)).collect();
    format!(
        "<form method=\"post\" action=\"{path}/money\"><fieldset><legend>Плательщик</legend>{fields}</fieldset>\
         <div class=\"actions\">{buttons}</div></form>"
    )
}

fn field(request: &Map<String, Value>, name: &str, limit: usize) -> String {
    let label = match name {
        "type" => "Тип",
        "name" => "Название или имя",
        "vatNumber" => "ИНН",
        "taxRegistrationReasonCode" => "КПП",
        "registrationAddress" => "Адрес регистрации",
        "email" => "Электронная почта",
        _ => "Телефон",
    };
    let value = request.get("customer").and_then(|customer| customer.get(name)).and_then(Value::as_str);
    let value = value.unwrap_or_default();
    let locked = match access(request, name) {
        Access::Hidden => return String::new(),
        Access::Locked => true,
        Access::Open => false,
    };
    if name == "type" {
        let option = |of: &str, label: &str| {
            let selected = if of == value { " selected" } else { "" };
            format!("<option value=\"{of}\"{selected}>{label}</option>")
        };
        let disabled = if locked { " disabled" } else { "" };
        let options = option("legal", "Организация или ИП") + &option("private", "Физическое лицо");
        return format!("<label>{label}<select name=\"{name}\"{disabled}>{options}</select></label>");
    }
    let readonly = if locked { " readonly" } else { "" };
    format!(
        "<label>{label}<input name=\"{name}\" value=\"{}\" maxlength=\"{limit}\"{readonly}></label>",
        escape(value)
    )
}

fn basket_line(line: &Value, currency: &str) -> String {
    let word = |name: &str| line.get(name).and_then(Value::as_str).unwrap_or_default();
    let number = |name: &str| line.get(name).and_then(decimal).unwrap_or_default();
    let quantity = number("quantity").normalize().to_string().replace('.', ",");
    format!(
        "<tr><td>{}</td><td>{quantity} {}</td><td class=\"sum\">{}</td></tr>",
        escape(word("name")),
        escape(word("measure")),
        money(number("totalAmount"), currency)
    )
}

fn text<'a>(request: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    request.get(name).and_then(Value::as_str)
}
