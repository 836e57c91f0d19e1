//! `GET /sandbox/forecourt`: the pumps of the simulated station, its orders and its faults, with buttons that turn the
//! same knobs as the JSON call. `GET /sandbox/forecourt/orders` gives the orders as JSON.

use std::collections::BTreeMap;

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use domain::quantity::Centi;
use rust_decimal::Decimal;

use super::{
    StationSandbox, StationTurn,
    book::{Entry, Exchange, Phase, Way},
    fault::{Fault, Pump},
    locked,
};
use crate::{
    html::{document, escape, two_decimals},
    invoicebox::form,
};

/// Orders on the page.
const ORDERS: usize = 40;
/// The page loads itself anew while something runs.
const REFRESH: &str = "<meta http-equiv=\"refresh\" content=\"2\">";

pub fn router(station: StationSandbox) -> Router {
    Router::new()
        .route("/sandbox/forecourt", get(show))
        .route("/sandbox/forecourt/press", post(press))
        .route("/sandbox/forecourt/orders", get(orders))
        .with_state(station)
}

async fn orders(State(station): State<StationSandbox>) -> Json<Vec<Entry>> {
    Json(station.orders())
}

async fn show(State(station): State<StationSandbox>) -> Response {
    page(&station, StatusCode::OK, None)
}

/// Does what a button says, and shows the page again.
async fn press(State(station): State<StationSandbox>, body: Bytes) -> Response {
    match turn(&form(&body)).and_then(|turn| station.turn(turn)) {
        Ok(_) => Redirect::to("/sandbox/forecourt").into_response(),
        Err(problem) => page(&station, StatusCode::BAD_REQUEST, Some(&problem)),
    }
}

fn turn(fields: &[(String, String)]) -> Result<StationTurn, String> {
    let field = |name: &str| fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.trim());
    let given = |name: &str| field(name).filter(|value| !value.is_empty());
    let pump = match given("pump") {
        Some(text) => Some(text.parse().map_err(|_| format!("«{text}» — не номер колонки"))?),
        None => None,
    };
    Ok(StationTurn {
        fault: given("fault").map(str::to_owned),
        station: given("station").map(str::to_owned),
        pump,
        reservation: given("reservation").map(|value| value == "on"),
    })
}

fn page(station: &StationSandbox, status: StatusCode, problem: Option<&str>) -> Response {
    let orders = station.orders();
    let running = orders.iter().any(|order| !order.phase.is_over());
    let problem = problem
        .map(|problem| format!("<p role=\"alert\" class=\"status\">{}</p>", escape(problem)))
        .unwrap_or_default();
    let (queue, switch, label) = if station.inner.reserves() {
        ("Одна колонка — один заказ", "off", "Снять ограничение")
    } else {
        ("На колонке сколько угодно заказов", "on", "По одному")
    };
    let body = format!(
        "<h1>Имитация АЗС</h1>{problem}<p>Адрес: {}</p>\
         <section><h2>Сбой на всех колонках: {}</h2><div class=\"row\">{}</div></section>\
         <section><h2>{}</h2><div class=\"row\">{}</div></section>\
         <section><h2>Сбой на одной колонке</h2>{}</section>\
         <section><h2>Колонки</h2>{}</section>\
         <section><h2>Заказы</h2>{}</section>",
        escape(station.url()),
        station.inner.fault_everywhere().label(),
        faults(station),
        queue,
        button(&[("reservation", switch)], label, false),
        one_pump(),
        pumps(station, &orders),
        table(&orders),
    );
    let head = if running && problem.is_empty() { REFRESH } else { "" };
    let mut response = (status, Html(document("Имитация АЗС", head, &body))).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn faults(station: &StationSandbox) -> String {
    let now = station.inner.fault_everywhere();
    Fault::ALL
        .into_iter()
        .map(|fault| button(&[("fault", fault.name())], fault.label(), fault == now))
        .collect()
}

/// A form for any pump of any station.
fn one_pump() -> String {
    let options: String = Fault::ALL
        .into_iter()
        .map(|fault| format!("<option value=\"{}\">{}</option>", fault.name(), fault.label()))
        .collect();
    format!(
        "<form method=\"post\" action=\"/sandbox/forecourt/press\" class=\"row\">\
         <label>АЗС <input name=\"station\" required value=\"sever-12\"></label>\
         <label>Колонка <input name=\"pump\" required inputmode=\"numeric\" size=\"3\" value=\"4\"></label>\
         <label>Сбой <select name=\"fault\">{options}</select></label>\
         <button class=\"small\">Задать</button></form>"
    )
}

/// Pumps at which something is going on, or was set to go wrong.
fn pumps(station: &StationSandbox, orders: &[Entry]) -> String {
    let mut pumps: BTreeMap<Pump, (Option<Fault>, Option<&Entry>)> = BTreeMap::new();
    for (pump, fault) in locked(&station.inner.script).pumps() {
        pumps.entry(pump.clone()).or_default().0 = Some(fault);
    }
    for order in orders.iter().rev() {
        pumps.entry(order.at()).or_default().1 = Some(order);
    }
    let rows: String = pumps
        .iter()
        .map(|((name, pump), (fault, order))| {
            let state = match order {
                Some(order) if !order.phase.is_over() => phase(order.phase),
                _ => "свободна",
            };
            let litres = order.map(litres).unwrap_or_default();
            let fault = fault.map(Fault::label).unwrap_or_default();
            let name = escape(name);
            format!("<tr><td>{name}, № {pump}</td><td>{state}</td><td class=\"sum\">{litres}</td><td>{fault}</td></tr>")
        })
        .collect();
    if rows.is_empty() {
        "<p>Все колонки свободны.</p>".to_owned()
    } else {
        format!("<table>{rows}</table>")
    }
}

fn table(orders: &[Entry]) -> String {
    let rows: String = orders
        .iter()
        .take(ORDERS)
        .map(|order| {
            let calls: String = order.calls.iter().map(call).collect();
            format!(
                "<tr><td>{}<small>{}, № {}</small></td><td>{}</td><td class=\"sum\">{}</td><td>{}</td>\
                 <td><details><summary>запросов {}, пусков {}</summary><code>{calls}</code></details></td></tr>",
                escape(&order.id),
                escape(&order.station),
                order.pump,
                phase(order.phase),
                litres(order),
                order.fault.label(),
                order.asked,
                order.released,
            )
        })
        .collect();
    if rows.is_empty() {
        "<p>Заказов ещё нет.</p>".to_owned()
    } else {
        format!("<table class=\"log\">{rows}</table>")
    }
}

/// A line of the log: who said what, and what the answer was.
fn call(exchange: &Exchange) -> String {
    let arrow = if exchange.way == Way::In { "→" } else { "←" };
    let status = exchange.status.map_or("нет ответа".to_owned(), |status| status.to_string());
    format!("{arrow} {}: {status}<br>", escape(&exchange.said))
}

fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Waiting => "ждёт пистолета",
        Phase::Flowing => "идёт налив",
        Phase::Completed => "завершён",
        Phase::Canceled => "отменён",
    }
}

fn litres(order: &Entry) -> String {
    let volume = |volume: Centi| two_decimals(Decimal::new(volume.get(), 2));
    format!("{} из {}", volume(order.poured), volume(order.ordered))
}

fn button(fields: &[(&str, &str)], label: &str, pressed: bool) -> String {
    let hidden: String = fields
        .iter()
        .map(|(name, value)| format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escape(value)))
        .collect();
    let pressed = if pressed { " aria-pressed=\"true\" disabled" } else { "" };
    format!(
        "<form method=\"post\" action=\"/sandbox/forecourt/press\">{hidden}<button class=\"small\"{pressed}>{label}</button></form>"
    )
}
