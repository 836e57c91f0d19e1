//! `GET /sandbox/control`: the switches for people. Orders with the actions on them, the clock, the test notification, and
//! the log of calls both ways. Plain forms that set the same switches as the JSON call.

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use maud::{Markup, html};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::{
    control::{ControlRequest, Sandbox},
    form::Form,
    html::{alert, document, uncached},
};

/// Orders on the page.
const MAX_LISTED_ORDERS: usize = 30;
/// Entries of each log on the page.
const MAX_LOG_ENTRIES: usize = 40;

/// Serves the page and its buttons.
pub fn router(sandbox: Sandbox) -> Router {
    Router::new()
        .route("/sandbox/control", get(show))
        .route("/sandbox/control/press", post(press))
        .with_state(sandbox)
}

async fn show(State(sandbox): State<Sandbox>) -> Response {
    uncached(StatusCode::OK, page(&sandbox, None))
}

/// Applies a pressed button and shows the page again.
async fn press(State(sandbox): State<Sandbox>, body: Bytes) -> Response {
    let request = control_request(&Form::from_body(&body));
    match request.and_then(|request| sandbox.apply(request)) {
        Ok(_) => Redirect::to("/sandbox/control").into_response(),
        Err(problem) => uncached(StatusCode::BAD_REQUEST, page(&sandbox, Some(&problem))),
    }
}

fn control_request(form: &Form) -> Result<ControlRequest, String> {
    let field = |name: &str| form.given(name).unwrap_or_default();
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

fn page(sandbox: &Sandbox, problem: Option<&str>) -> Markup {
    let overview = sandbox.invoicebox.overview(MAX_LISTED_ORDERS);
    let body = html! {
        h1 { "Управление песочницей" }
        @if let Some(problem) = problem { (alert(problem)) }
        section {
            h2 { "Часы" }
            p { (to_the_second(sandbox.clock.now())) }
            div.row {
                @for (seconds, label) in
                    [("60", "+1 минута"), ("1800", "+30 минут"), ("86400", "+1 день"), ("259200", "+3 дня")]
                {
                    (button("clock", &[("seconds", seconds)], label))
                }
            }
        }
        section {
            h2 { "Эмулятор Инвойсбокса" }
            div.row {
                (button("reset", &[], "Забыть всё"))
                (button("seed", &[], "Создать примеры"))
                (button("test", &[("number", "")], "Проверочное уведомление, пустой номер"))
                (button("test", &[("number", "null")], "Проверочное уведомление, номер null"))
            }
        }
        section { h2 { "Заказы" } (orders(overview.get("orders"))) }
        section {
            h2 { "Уведомления" }
            (log(&overview, "notifications", &["at", "channel", "order_id", "try", "outcome"]))
        }
        section {
            h2 { "Запросы к API" }
            (log(&overview, "requests", &["at", "method", "path", "status", "request_id"]))
        }
    };
    document("Управление", None, body)
}

fn orders(orders: Option<&Value>) -> Markup {
    let orders = list(orders);
    html! {
        @if orders.is_empty() {
            p { "Заказов ещё нет." }
        } @else {
            table { @for order in orders { (order_row(order)) } }
        }
    }
}

fn order_row(order: &Value) -> Markup {
    let property = |name: &str| order.get(name).and_then(Value::as_str).unwrap_or_default();
    let actions: &[(&str, &str)] = match property("status") {
        "created" => &[
            ("pay", "Оплатить"),
            ("guarantee", "Гарантия"),
            ("hold", "Резерв"),
            ("cancel", "Отменить"),
            ("expire", "Истечь"),
        ],
        "hold" => &[("capture", "Списать"), ("cancel", "Отменить")],
        "completed" => &[("cancel", "Сторнировать")],
        _ => &[],
    };
    html! {
        tr {
            td {
                a href={ "/sandbox/pay/" (property("orderContainerId")) } { (property("merchantOrderId")) }
                small { (property("description")) }
            }
            td { (property("status")) }
            td.sum { (text(order.get("amount"))) }
            td {
                div.row {
                    @for (action, label) in actions {
                        (button("order", &[("id", property("id")), ("action", action)], label))
                    }
                }
            }
        }
    }
}

fn log(overview: &Value, name: &str, columns: &[&str]) -> Markup {
    let entries = list(overview.get("log").and_then(|log| log.get(name)));
    html! {
        @if entries.is_empty() {
            p { "Пока пусто." }
        } @else {
            table.log {
                @for entry in entries.iter().rev().take(MAX_LOG_ENTRIES) {
                    tr {
                        @for column in columns { td { (text(entry.get(*column))) } }
                        td { details { summary { "тело" } code { (text(entry.get("body"))) } } }
                    }
                }
            }
        }
    }
}

fn button(what: &str, fields: &[(&str, &str)], label: &str) -> Markup {
    html! {
        form method="post" action="/sandbox/control/press" {
            @for (name, value) in fields { input type="hidden" name=(name) value=(value); }
            button.small name="do" value=(what) { (label) }
        }
    }
}

/// A moment in UTC, without fractions of a second.
fn to_the_second(moment: OffsetDateTime) -> String {
    format!("{} {:02}:{:02}:{:02} UTC", moment.date(), moment.hour(), moment.minute(), moment.second())
}

fn list(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn text(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}
