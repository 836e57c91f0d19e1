//! `GET /sandbox/forecourt`: the pumps of the simulated station, its releases and its faults, with buttons that set the
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
use uuid::Uuid;

use super::{
    callback::ScriptedCallback,
    emulator::{StationControl, StationSandbox},
    fault::{FaultMoment, PumpKey, StationFault},
    hold::HoldPoint,
    orders::{CallDirection, OrderPhase, RecordedCall, RefusedRelease, StationOrder},
};
use crate::{
    form::Form,
    html::{alert, document, reload_after, two_decimals, uncached},
};

/// Orders on the page.
const MAX_LISTED_ORDERS: usize = 40;
/// Interval, in seconds, at which the page reloads while a release moves by itself.
const RELOAD_INTERVAL_S: u8 = 2;
/// Characters at the end of an id that tell releases of one order apart.
const SHORT_ID_LEN: usize = 6;
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
    let text = |name: &str| form.given(name).map(str::to_owned);
    let pump = match form.given("pump") {
        Some(text) => Some(text.parse().map_err(|_| format!("«{text}» — не номер колонки"))?),
        None => None,
    };
    let callback = text("call").map(|call| ScriptedCallback {
        id: text("id").unwrap_or_default(),
        call,
        litre: text("litre"),
        reason: text("reason"),
    });
    Ok(StationControl {
        fault: text("fault"),
        once: form.given("once").is_some(),
        station: text("station"),
        pump,
        // An empty field brings the usual sentences back.
        reason: form.has("refusal_reason").then(|| text("refusal_reason").unwrap_or_default()),
        reservation: form.given("reservation").map(|value| value == "on"),
        hang_ms: None,
        hold: text("hold"),
        callback,
    })
}

fn page(station: &StationSandbox, problem: Option<&str>) -> Markup {
    let orders = station.orders();
    let hold = station.hold();
    let moves = hold == HoldPoint::None && orders.iter().any(moves_by_itself);
    let (rule, switch, label) = if station.reserves_pumps() {
        ("Одна колонка — один заказ", "off", "Снять ограничение")
    } else {
        ("На колонке сколько угодно заказов", "on", "По одному")
    };
    let body = html! {
        h1 { "Имитация АЗС" }
        @if let Some(problem) = problem { (alert(problem)) }
        p { "Адрес: " (station.url()) " · " a href="/sandbox/forecourt" { "Обновить" } }
        section { h2 { "Колонки" } (pumps(station, &orders)) }
        section { h2 { "Пуски" } (order_table(&orders)) (refusals(&station.refused())) }
        section {
            h2 { "Задержка пусков: " (hold.label()) }
            div.row {
                @for one in HoldPoint::ALL { (button("hold", one.name(), one.label(), one == hold)) }
            }
        }
        (fault_switches(station))
        section {
            h2 { (rule) }
            div.row { (button("reservation", switch, label, false)) }
        }
        section { h2 { "Сообщение под любым Id" } (callback_form()) }
    };
    let reload = (moves && problem.is_none()).then(|| reload_after(RELOAD_INTERVAL_S));
    document("Имитация АЗС", reload, body)
}

/// Whether a release goes on without anybody's doing.
fn moves_by_itself(order: &StationOrder) -> bool {
    let waits = matches!(
        order.fault,
        StationFault::ReleaseSilent
            | StationFault::NozzleNotLifted
            | StationFault::AcceptAfterWithdrawal
            | StationFault::FuelAfterWithdrawal
    );
    match order.phase {
        OrderPhase::Waiting => !waits,
        OrderPhase::Flowing => true,
        OrderPhase::Completed | OrderPhase::Canceled => false,
    }
}

/// Faults of all pumps, grouped by the moment at which they strike, and the forms beside them.
fn fault_switches(station: &StationSandbox) -> Markup {
    let current = station.fault_everywhere();
    let switch = |fault: StationFault| button("fault", fault.name(), fault.label(), fault == current);
    html! {
        section {
            h2 { "Сбой на всех колонках: " (current.label()) }
            div.row { (switch(StationFault::None)) }
            @for moment in FaultMoment::ALL {
                h3 { (moment.label()) }
                div.row { @for fault in faults_of(moment) { (switch(fault)) } }
            }
        }
        section {
            h2 { "Сбой на одной колонке или один раз" }
            (fault_form())
            @for queued in station.queued_faults() {
                p {
                    "Ждёт своего раза: " (queued.fault.label())
                    @if let Some((station, pump)) = queued.pump { " (" (station) ", № " (pump) ")" }
                }
            }
        }
        section { h2 { "Причина отказов и отмен" } (reason_form(&station.reason())) }
    }
}

fn faults_of(moment: FaultMoment) -> impl Iterator<Item = StationFault> {
    StationFault::ALL.into_iter().filter(move |fault| fault.moment() == Some(moment))
}

/// A form for any pump of any station. Both fields empty: all pumps.
fn fault_form() -> Markup {
    html! {
        form.row method="post" action=(PRESS_PATH) {
            label { "АЗС " input name="station" value="sever-12"; }
            label { "Колонка " input name="pump" inputmode="numeric" size="3" value="4"; }
            label {
                "Сбой "
                select name="fault" {
                    option value="none" { (StationFault::None.label()) }
                    @for moment in FaultMoment::ALL {
                        optgroup label=(moment.label()) {
                            @for fault in faults_of(moment) { option value=(fault.name()) { (fault.label()) } }
                        }
                    }
                }
            }
            button.small { "Пока не сниму" }
            button.small name="once" value="yes" { "Один раз" }
        }
    }
}

fn reason_form(reason: &str) -> Markup {
    html! {
        form.row method="post" action=(PRESS_PATH) {
            label { "Пусто: обычная " input name="refusal_reason" value=(reason); }
            button.small { "Задать" }
        }
    }
}

/// A form for a call about an order that the station need not know: one that is not paid, for example.
fn callback_form() -> Markup {
    html! {
        form.row method="post" action=(PRESS_PATH) {
            label { "Id " input name="id" required; }
            label {
                "Сообщение "
                select name="call" { @for call in ScriptedCallback::CALLS { option { (call) } } }
            }
            label { "Объём " input name="litre" size="6"; }
            label { "Причина " input name="reason"; }
            button.small { "Отправить" }
        }
    }
}

/// Pumps that serve an order or have a fault of their own.
fn pumps(station: &StationSandbox, orders: &[StationOrder]) -> Markup {
    let mut pumps: BTreeMap<PumpKey, (Option<StationFault>, Option<&StationOrder>)> = BTreeMap::new();
    for (pump, fault) in station.faulty_pumps() {
        pumps.entry(pump).or_default().0 = Some(fault);
    }
    // The last release, unless an older one is still running.
    for order in orders.iter().rev() {
        let shown = &mut pumps.entry(order.pump_key()).or_default().1;
        if shown.is_none_or(|shown| shown.phase.is_over() || !order.phase.is_over()) {
            *shown = Some(order);
        }
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
            p { "Пусков ещё нет." }
        } @else {
            table.log {
                @for order in orders.iter().take(MAX_LISTED_ORDERS) {
                    tr {
                        td { (name(&order.id)) small { (order.station) ", № " (order.pump) } }
                        td { (phase(order)) }
                        td.sum { (litres(order)) }
                        td { (order.fault.label()) }
                        td {
                            details {
                                summary { "запросов " (order.pushes) ", наливов " (order.released) }
                                code { (order.id) br; @for call in &order.calls { (call_line(call)) } }
                                div.row { (callback_buttons(&order.id)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Calls about a release at the wrong time, one a button.
fn callback_buttons(id: &str) -> Markup {
    let calls = [
        ("accept", None),
        ("fueling", None),
        ("volume", Some("5,00")),
        ("completed", Some("10,00")),
        ("completed", Some("0,00")),
        ("canceled", None),
    ];
    html! {
        @for (call, litre) in calls {
            form method="post" action=(PRESS_PATH) {
                input type="hidden" name="id" value=(id);
                input type="hidden" name="call" value=(call);
                @if let Some(litre) = litre { input type="hidden" name="litre" value=(litre); }
                button.small { "Прислать " (call) @if let Some(litre) = litre { " " (litre) } }
            }
        }
    }
}

/// Releases that were not taken.
fn refusals(refused: &[RefusedRelease]) -> Markup {
    html! {
        @if !refused.is_empty() {
            h3 { "Не взяты" }
            table.log {
                @for one in refused.iter().take(MAX_LISTED_ORDERS) {
                    tr {
                        td { (name(&one.id)) small { (one.pump.0) ", № " (one.pump.1) } }
                        td { (answer(one.status)) }
                        td { (one.fault.label()) }
                    }
                }
            }
        }
    }
}

/// The number of the customer's order, where the id begins with it, and the end of the id.
fn name(id: &str) -> String {
    let tail = id.char_indices().rev().take(SHORT_ID_LEN).last().map_or(id, |(at, _)| &id[at..]);
    match order_number(id) {
        Some(number) => format!("{number} · …{tail}"),
        None => format!("…{tail}"),
    }
}

/// Kolonka begins its ids, UUIDs of the version for contents of one's own, with the number of the order. For people only:
/// the station itself tells releases apart by the whole id.
fn order_number(id: &str) -> Option<u32> {
    let id = Uuid::try_parse(id).ok().filter(|id| id.get_version_num() == 8)?;
    Some(id.as_fields().0)
}

/// A call and the answer to it.
fn call_line(call: &RecordedCall) -> Markup {
    let arrow = if call.direction == CallDirection::In { "→" } else { "←" };
    html! { (arrow) " " (call.message) ": " (answer(call.status)) br; }
}

fn answer(status: Option<u16>) -> String {
    status.map_or("нет ответа".to_owned(), |status| status.to_string())
}

fn phase(order: &StationOrder) -> &'static str {
    match order.phase {
        OrderPhase::Waiting => "ждёт пистолета",
        OrderPhase::Flowing => "идёт налив",
        OrderPhase::Completed if order.withdrawn => "отозван, но налит",
        OrderPhase::Completed => "завершён",
        OrderPhase::Canceled if order.withdrawn => "отозван",
        OrderPhase::Canceled => "отменён станцией",
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
