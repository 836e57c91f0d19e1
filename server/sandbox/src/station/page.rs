//! `GET /sandbox/forecourt`: the pumps of the simulated station, its orders and its faults, with buttons that set the
//! same switches as the JSON call. `GET /sandbox/forecourt/orders` answers with the orders as JSON.

use std::collections::BTreeMap;

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use domain::quantity::Centi;
use maud::{Markup, html};
use rust_decimal::Decimal;

use super::{
    emulator::{StationControl, StationSandbox},
    fault::{PumpKey, StationFault},
    hold::HoldPoint,
    orders::{CallDirection, OrderPhase, RecordedCall, StationOrder},
};
use crate::{
    form::Form,
    html::{alert, document, reload_after, two_decimals, uncached},
};

/// Orders on the page.
const MAX_LISTED_ORDERS: usize = 40;
/// Interval, in seconds, at which the page reloads while an order is running.
const RELOAD_INTERVAL_S: u8 = 2;
const PRESS_PATH: &str = "/sandbox/forecourt/press";

/// Serves the page, its buttons and the list.
pub fn router(station: StationSandbox) -> Router {
    Router::new()
        .route("/sandbox/forecourt", get(show))
        .route(PRESS_PATH, post(press))
        .route("/sandbox/forecourt/orders", get(orders))
        .with_state(station)
}

async fn orders(State(station): State<StationSandbox>) -> Json<Vec<StationOrder>> {
    Json(station.orders())
}

async fn show(State(station): State<StationSandbox>) -> Response {
    uncached(StatusCode::OK, page(&station, None))
}

/// Applies a pressed button and shows the page again.
async fn press(State(station): State<StationSandbox>, body: Bytes) -> Response {
    match control_of(&Form::from_body(&body)).and_then(|control| station.control(control)) {
        Ok(_) => Redirect::to("/sandbox/forecourt").into_response(),
        Err(problem) => uncached(StatusCode::BAD_REQUEST, page(&station, Some(&problem))),
    }
}

fn control_of(form: &Form) -> Result<StationControl, String> {
    let pump = match form.given("pump") {
        Some(text) => Some(text.parse().map_err(|_| format!("«{text}» — не номер колонки"))?),
        None => None,
    };
    Ok(StationControl {
        fault: form.given("fault").map(str::to_owned),
        station: form.given("station").map(str::to_owned),
        pump,
        reservation: form.given("reservation").map(|value| value == "on"),
        hang_ms: None,
        hold: form.given("hold").map(str::to_owned),
    })
}

fn page(station: &StationSandbox, problem: Option<&str>) -> Markup {
    let orders = station.orders();
    let running = orders.iter().any(|order| !order.phase.is_over());
    let (fault, hold) = (station.fault_everywhere(), station.hold());
    let (rule, switch, label) = if station.reserves_pumps() {
        ("Одна колонка — один заказ", "off", "Снять ограничение")
    } else {
        ("На колонке сколько угодно заказов", "on", "По одному")
    };
    let body = html! {
        h1 { "Имитация АЗС" }
        @if let Some(problem) = problem { (alert(problem)) }
        p { "Адрес: " (station.url()) }
        section {
            h2 { "Сбой на всех колонках: " (fault.label()) }
            div.row {
                @for one in StationFault::ALL { (button("fault", one.name(), one.label(), one == fault)) }
            }
        }
        section {
            h2 { (rule) }
            div.row { (button("reservation", switch, label, false)) }
        }
        section {
            h2 { "Задержка заказов: " (hold.label()) }
            div.row {
                @for one in HoldPoint::ALL { (button("hold", one.name(), one.label(), one == hold)) }
            }
        }
        section { h2 { "Сбой на одной колонке" } (pump_fault_form()) }
        section { h2 { "Колонки" } (pumps(station, &orders)) }
        section { h2 { "Заказы" } (order_table(&orders)) }
    };
    let reload = (running && problem.is_none()).then(|| reload_after(RELOAD_INTERVAL_S));
    document("Имитация АЗС", reload, body)
}

/// A form for any pump of any station.
fn pump_fault_form() -> Markup {
    html! {
        form.row method="post" action=(PRESS_PATH) {
            label { "АЗС " input name="station" required value="sever-12"; }
            label { "Колонка " input name="pump" required inputmode="numeric" size="3" value="4"; }
            label {
                "Сбой "
                select name="fault" {
                    @for fault in StationFault::ALL { option value=(fault.name()) { (fault.label()) } }
                }
            }
            button.small { "Задать" }
        }
    }
}

/// Pumps that serve an order or have a fault of their own.
fn pumps(station: &StationSandbox, orders: &[StationOrder]) -> Markup {
    let mut pumps: BTreeMap<PumpKey, (Option<StationFault>, Option<&StationOrder>)> = BTreeMap::new();
    for (pump, fault) in station.faulty_pumps() {
        pumps.entry(pump).or_default().0 = Some(fault);
    }
    for order in orders.iter().rev() {
        pumps.entry(order.pump_key()).or_default().1 = Some(order);
    }
    html! {
        @if pumps.is_empty() {
            p { "Все колонки свободны." }
        } @else {
            table {
                @for ((station, pump), (fault, order)) in &pumps {
                    tr {
                        td { (station) ", № " (pump) }
                        td { (order.filter(|order| !order.phase.is_over()).map_or("свободна", phase)) }
                        td.sum { (order.map(litres).unwrap_or_default()) }
                        td { (fault.map(StationFault::label).unwrap_or_default()) }
                    }
                }
            }
        }
    }
}

fn order_table(orders: &[StationOrder]) -> Markup {
    html! {
        @if orders.is_empty() {
            p { "Заказов ещё нет." }
        } @else {
            table.log {
                @for order in orders.iter().take(MAX_LISTED_ORDERS) {
                    tr {
                        td { (order.id) small { (order.station) ", № " (order.pump) } }
                        td { (phase(order)) }
                        td.sum { (litres(order)) }
                        td { (order.fault.label()) }
                        td {
                            details {
                                summary { "запросов " (order.pushes) ", пусков " (order.released) }
                                code { @for call in &order.calls { (call_line(call)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A call and the answer to it.
fn call_line(call: &RecordedCall) -> Markup {
    let arrow = if call.direction == CallDirection::In { "→" } else { "←" };
    let status = call.status.map_or("нет ответа".to_owned(), |status| status.to_string());
    html! { (arrow) " " (call.message) ": " (status) br; }
}

fn phase(order: &StationOrder) -> &'static str {
    match order.phase {
        OrderPhase::Waiting => "ждёт пистолета",
        OrderPhase::Flowing => "идёт налив",
        OrderPhase::Completed => "завершён",
        OrderPhase::Canceled => "отменён",
    }
}

fn litres(order: &StationOrder) -> String {
    let volume = |volume: Centi| two_decimals(Decimal::new(volume.get(), 2));
    format!("{} из {}", volume(order.dispensed), volume(order.ordered))
}

fn button(name: &str, value: &str, label: &str, pressed: bool) -> Markup {
    html! {
        form method="post" action=(PRESS_PATH) {
            input type="hidden" name=(name) value=(value);
            button.small aria-pressed=[pressed.then_some("true")] disabled[pressed] { (label) }
        }
    }
}
