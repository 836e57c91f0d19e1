//! `GET /sandbox/control`: the knobs for people. Orders with what can be done to them, the clock, the test
//! notification, and what went over the wire both ways. Plain forms that turn the same knobs as the JSON call.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde_json::{Value, json};

use super::control::{Knobs, Turn, apply};
use super::html::{document, escape};
use super::invoicebox::form;

/// Orders on the page.
const ORDERS: usize = 30;
/// Entries of each log on the page.
const ENTRIES: usize = 40;

/// Shows everything.
pub(super) async fn show(State(knobs): State<Knobs>) -> Response {
    page(&knobs, StatusCode::OK, None)
}

/// Does what a button says, and shows the page again.
pub(super) async fn press(State(knobs): State<Knobs>, body: Bytes) -> Response {
    let done = turn(&form(&body)).and_then(|turn| apply(&knobs, turn));
    match done {
        Ok(_) => Redirect::to("/sandbox/control").into_response(),
        Err(problem) => page(&knobs, StatusCode::BAD_REQUEST, Some(&problem)),
    }
}

fn turn(fields: &[(String, String)]) -> Result<Turn, String> {
    let field = |name: &str| {
        fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str()).unwrap_or_default()
    };
    let body = match field("do") {
        "reset" => json!({"invoicebox": {"reset": true}}),
        "seed" => json!({"invoicebox": {"seed": 6}}),
        "order" => json!({"invoicebox": {"order": {"id": field("id"), "action": field("action")}}}),
        "clock" => {
            let seconds: u64 = field("seconds").parse().map_err(|_| "the seconds are not a number")?;
            json!({"clock": {"advance_s": seconds}})
        }
        "test" => {
            let number = if field("number") == "null" { Value::Null } else { json!("") };
            json!({"invoicebox": {"test_notification": {"merchantOrderId": number}}})
        }
        other => return Err(format!("there is no button «{other}»")),
    };
    serde_json::from_value(body).map_err(|error| error.to_string())
}

fn page(knobs: &Knobs, status: StatusCode, problem: Option<&str>) -> Response {
    let overview = knobs.invoicebox.overview(ORDERS);
    let problem = problem
        .map(|problem| format!("<p role=\"alert\" class=\"status\">{}</p>", escape(problem)))
        .unwrap_or_default();
    let time = escape(&knobs.clock.now().to_string());
    let body = format!(
        "<h1>Управление песочницей</h1>{problem}\
         <section><h2>Часы</h2><p>{time}</p><div class=\"row\">{}{}{}{}</div></section>\
         <section><h2>Эмулятор Инвойсбокса</h2><div class=\"row\">{}{}{}{}</div></section>\
         <section><h2>Заказы</h2>{}</section>\
         <section><h2>Уведомления</h2>{}</section>\
         <section><h2>Запросы к API</h2>{}</section>",
        clock(60, "+1 минута"),
        clock(1800, "+30 минут"),
        clock(86_400, "+1 день"),
        clock(259_200, "+3 дня"),
        button("reset", &[], "Забыть всё"),
        button("seed", &[], "Создать примеры"),
        button("test", &[("number", "")], "Проверочное уведомление, пустой номер"),
        button("test", &[("number", "null")], "Проверочное уведомление, номер null"),
        orders(&overview),
        log(&overview, "notifications", &["at", "channel", "order_id", "try", "outcome"], "body"),
        log(&overview, "requests", &["at", "method", "path", "status", "request_id"], "body"),
    );
    let mut response = (status, Html(document("Управление", "", &body))).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn orders(overview: &Value) -> String {
    let rows: String = list(overview.get("orders"))
        .map(|order| {
            let word = |name: &str| escape(order.get(name).and_then(Value::as_str).unwrap_or_default());
            let id = word("id");
            let act = |action: &str, label: &str| button("order", &[("id", &id), ("action", action)], label);
            let actions = match word("status").as_str() {
                "created" => [
                    act("pay", "Оплатить"),
                    act("guarantee", "Гарантия"),
                    act("hold", "Резерв"),
                    act("cancel", "Отменить"),
                    act("expire", "Истечь"),
                ]
                .concat(),
                "hold" => [act("capture", "Списать"), act("cancel", "Отменить")].concat(),
                "completed" => act("cancel", "Сторнировать"),
                _ => String::new(),
            };
            let amount = order.get("amount").map(ToString::to_string).unwrap_or_default();
            format!(
                "<tr><td><a href=\"/sandbox/pay/{}\">{}</a><small>{}</small></td><td>{}</td><td class=\"sum\">{amount}</td>\
                 <td><div class=\"row\">{actions}</div></td></tr>",
                word("orderContainerId"),
                word("merchantOrderId"),
                word("description"),
                word("status"),
            )
        })
        .collect();
    if rows.is_empty() {
        "<p>Заказов ещё нет.</p>".to_owned()
    } else {
        format!("<table>{rows}</table>")
    }
}

fn log(overview: &Value, name: &str, columns: &[&str], body: &str) -> String {
    let rows: String = list(overview.get("log").and_then(|log| log.get(name)))
        .rev()
        .take(ENTRIES)
        .map(|entry| {
            let cells: String = columns
                .iter()
                .map(|column| {
                    let text = match entry.get(*column) {
                        None | Some(Value::Null) => String::new(),
                        Some(Value::String(text)) => text.clone(),
                        Some(other) => other.to_string(),
                    };
                    format!("<td>{}</td>", escape(&text))
                })
                .collect();
            let text = entry.get(body).and_then(Value::as_str).unwrap_or_default();
            format!(
                "<tr>{cells}<td><details><summary>тело</summary><code>{}</code></details></td></tr>",
                escape(text)
            )
        })
        .collect();
    if rows.is_empty() {
        "<p>Пока пусто.</p>".to_owned()
    } else {
        format!("<table class=\"log\">{rows}</table>")
    }
}

fn list(value: Option<&Value>) -> impl DoubleEndedIterator<Item = &Value> {
    value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default().iter()
}

fn clock(seconds: u32, label: &str) -> String {
    button("clock", &[("seconds", &seconds.to_string())], label)
}

fn button(what: &str, fields: &[(&str, &str)], label: &str) -> String {
    let hidden: String = fields
        .iter()
        .map(|(name, value)| format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escape(value)))
        .collect();
    format!(
        "<form method=\"post\" action=\"/sandbox/control/press\">{hidden}<button class=\"small\" name=\"do\" value=\"{what}\">{label}</button></form>"
    )
}
