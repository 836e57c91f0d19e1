//! The calls that the simulated station takes: `GET station`, `price`, `ping`, `POST order`. They read no
//! more of a request than a real one does, and answer with the statuses of the contract.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Json, Router,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use domain::quantity::Centi;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    fault::{FaultMoment, StationCall, StationFault},
    fulfilment,
    litres::parse_litres,
    network::NetworkStation,
    orders::{CallDirection, OrderPhase, RecordedCall, RefusedRelease, StationOrder, WithdrawalOutcome},
    state::StationState,
};

type Station = State<Arc<StationState>>;

/// Routes of the calls.
pub fn router(station: Arc<StationState>) -> Router {
    Router::new()
        .route("/station", get(stations))
        .route("/price", get(prices))
        .route("/ping", get(ping))
        .route("/order", post(order))
        .with_state(station)
}

/// The key of the calling partner.
#[derive(Deserialize)]
struct CallerKey {
    #[serde(default)]
    apikey: String,
}

impl CallerKey {
    /// 401 for a key that no partner has.
    fn refusal(&self, station: &StationState) -> Option<Response> {
        let is_unknown = station.partner(&self.apikey).is_none();
        is_unknown.then(|| (StatusCode::UNAUTHORIZED, "неверный ключ").into_response())
    }
}

/// Every station of the network with its pumps.
async fn stations(State(station): Station, Query(caller): Query<CallerKey>) -> Response {
    if let Some(refusal) = caller.refusal(&station) {
        return refusal;
    }
    if station.fault_everywhere() == StationFault::Silence {
        return stay_silent(&station).await;
    }
    Json(station.network.iter().map(station_json).collect::<Vec<_>>()).into_response()
}

fn station_json(station: &NetworkStation) -> Value {
    let columns = station.pumps.iter().map(|pump| {
        let fuels: Vec<&str> = pump.fuels.iter().map(|fuel| fuel.id()).collect();
        (pump.number.to_string(), json!({ "Fuels": fuels }))
    });
    json!({
        "Id": station.id, "Enable": station.enabled, "Name": station.name, "Address": station.address,
        "Location": { "Lat": station.lat, "Lon": station.lon },
        "Columns": columns.collect::<Map<String, Value>>(),
    })
}

/// The price of every grade at every station, in roubles.
async fn prices(State(station): Station, Query(caller): Query<CallerKey>) -> Response {
    if let Some(refusal) = caller.refusal(&station) {
        return refusal;
    }
    if station.fault_everywhere() == StationFault::Silence {
        return stay_silent(&station).await;
    }
    let list = station.network.iter().flat_map(|it| {
        it.prices.iter().filter_map(|(fuel, price)| {
            let price: serde_json::Number = price.to_decimal().parse().ok()?;
            Some(json!({ "StationId": it.id, "ProductId": fuel.id(), "Price": price }))
        })
    });
    Json(list.collect::<Vec<_>>()).into_response()
}

/// The pump that a ping asks for.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PingQuery {
    station_id: String,
    column_id: u16,
}

async fn ping(
    State(station): Station,
    Query(caller): Query<CallerKey>,
    Query(query): Query<PingQuery>,
) -> Response {
    if let Some(refusal) = caller.refusal(&station) {
        return refusal;
    }
    let pump = (query.station_id, query.column_id);
    match station.take_fault(StationCall::Ping, &pump) {
        StationFault::Silence => stay_silent(&station).await,
        StationFault::Busy | StationFault::PingRefused => pump_taken(),
        _ if station.reserves_pumps() && station.orders().is_taken(&pump) => pump_taken(),
        _ => StatusCode::OK.into_response(),
    }
}

async fn order(
    State(station): Station,
    Query(caller): Query<CallerKey>,
    Json(body): Json<Value>,
) -> Response {
    if let Some(refusal) = caller.refusal(&station) {
        return refusal;
    }
    let Some((order, status)) = read(&body, &caller.apikey) else {
        return (StatusCode::BAD_REQUEST, "заказ не читается").into_response();
    };
    let (partner, id, message) = (order.partner.clone(), order.id.clone(), status.clone());
    let is_silent = station.fault_at(&order.pump_key()) == StationFault::Silence;
    let answer = match status.as_str() {
        "OrderCreated" => created(&station, order),
        "UserCanceled" | "Expire" | "Completed" | "StationCanceled" if is_silent => None,
        "UserCanceled" | "Expire" => Some(withdrawn(&station, &order, status)),
        "Completed" | "StationCanceled" => Some(ended(&station, &order, status)),
        _ => Some((StatusCode::BAD_REQUEST, "неизвестный статус").into_response()),
    };
    // Before the silence: a caller that gives up ends this function.
    let (at, status) = (station.clock.now(), answer.as_ref().map(|answer| answer.status().as_u16()));
    station.record(&partner, &id, RecordedCall { at, direction: CallDirection::In, message, status });
    match answer {
        Some(answer) => answer,
        None => stay_silent(&station).await,
    }
}

/// An order as it is pushed, with its status, whatever the letter case of its fields and the form of its numbers.
pub fn read(body: &Value, partner: &str) -> Option<(StationOrder, String)> {
    let fields: HashMap<String, String> = body
        .as_object()?
        .iter()
        .filter_map(|(name, value)| match value {
            Value::String(text) => Some((name.to_lowercase(), text.clone())),
            Value::Number(number) => Some((name.to_lowercase(), number.to_string())),
            _ => None,
        })
        .collect();
    let order = StationOrder {
        id: fields.get("id")?.clone(),
        station: fields.get("stationid")?.clone(),
        pump: fields.get("columnid")?.parse().ok()?,
        fuel: fields.get("fuelid")?.clone(),
        ordered: parse_litres(fields.get("litre")?)?,
        full_tank: fields.get("ordertype").is_some_and(|kind| kind.eq_ignore_ascii_case("FullTank")),
        dispensed: Centi::ZERO,
        phase: OrderPhase::Waiting,
        pushes: 1,
        released: 0,
        ended_as: Vec::new(),
        calls: Vec::new(),
        withdrawn: false,
        forgotten: false,
        fault: StationFault::None,
        partner: partner.to_owned(),
    };
    Some((order, fields.get("status")?.clone()))
}

/// Releases a pump, once for each id. `None`: no answer.
fn created(station: &Arc<StationState>, order: StationOrder) -> Option<Response> {
    let pump = order.pump_key();
    let mut orders = station.orders();
    if let Some(known) = orders.get_mut(&order.partner, &order.id) {
        known.pushes += 1;
        let is_silent = station.fault_at(&pump) == StationFault::Silence;
        return (!is_silent).then(|| StatusCode::OK.into_response());
    }
    let order = StationOrder { fault: station.take_fault(StationCall::Release, &pump), ..order };
    let is_taken = station.reserves_pumps() && orders.is_taken(&pump);
    if let Some(answer) = refusal(station, order.fault, is_taken) {
        let status = answer.as_ref().map(|answer| answer.status().as_u16());
        orders.record_refusal(RefusedRelease { id: order.id, pump, status, fault: order.fault });
        return answer;
    }
    // From here on the pump is reserved.
    orders.insert(order.clone());
    drop(orders);
    let answer = match order.fault {
        StationFault::AnswerHangs => None,
        StationFault::AnswerLost => Some(StatusCode::INTERNAL_SERVER_ERROR),
        StationFault::Answer503 => Some(StatusCode::SERVICE_UNAVAILABLE),
        _ => Some(StatusCode::OK),
    };
    fulfilment::start(station, order);
    answer.map(IntoResponse::into_response)
}

/// The answer to a release that is not taken; the inner `None`: no answer.
fn refusal(station: &StationState, fault: StationFault, is_taken: bool) -> Option<Option<Response>> {
    let (status, usual_reason) = match fault {
        StationFault::Silence | StationFault::ReleaseHangs => return Some(None),
        StationFault::Busy => return Some(Some(pump_taken())),
        _ if is_taken => return Some(Some(pump_taken())),
        StationFault::ReleaseRefused => (StatusCode::NOT_FOUND, "колонка снята с линии"),
        StationFault::Price => (StatusCode::PAYMENT_REQUIRED, "цена отличается от действующей"),
        StationFault::OrderLost => return Some(Some(StatusCode::INTERNAL_SERVER_ERROR.into_response())),
        _ => return None,
    };
    Some(Some((status, station.reason_or(usual_reason)).into_response()))
}

/// Withdraws a release, by the fault under which it was taken or by that of its pump.
fn withdrawn(station: &StationState, order: &StationOrder, status: String) -> Response {
    let kept = station.orders().get(&order.partner, &order.id).map(|known| known.fault);
    let fault = match kept {
        Some(fault) if fault.moment() == Some(FaultMoment::Withdrawal) => fault,
        Some(_) => station.take_fault(StationCall::Withdrawal, &order.pump_key()),
        None => StationFault::None,
    };
    let outcome = station.orders().withdraw(&order.partner, &order.id, status, fault);
    station.announce_withdrawal();
    match outcome {
        WithdrawalOutcome::Withdrawn => StatusCode::OK.into_response(),
        WithdrawalOutcome::AnswerLost => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        WithdrawalOutcome::TooLate => (StatusCode::BAD_REQUEST, "идёт налив").into_response(),
        WithdrawalOutcome::Refused => {
            (StatusCode::BAD_REQUEST, station.reason_or("пуск уже не отозвать")).into_response()
        }
        WithdrawalOutcome::Unknown => (StatusCode::NOT_FOUND, "нет такого заказа").into_response(),
    }
}

fn ended(station: &StationState, order: &StationOrder, status: String) -> Response {
    let mut orders = station.orders();
    match orders.get_mut(&order.partner, &order.id).filter(|known| !known.forgotten) {
        Some(known) => {
            known.ended_as.push(status);
            StatusCode::OK.into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn pump_taken() -> Response {
    (StatusCode::NOT_FOUND, "колонка занята").into_response()
}

/// Gives no answer until the caller gives up, or until the switch `hang_ms` ends the silence. Nothing was taken.
async fn stay_silent(station: &StationState) -> Response {
    match station.hang_duration() {
        Some(hang) => tokio::time::sleep(hang).await,
        None => std::future::pending().await,
    }
    StatusCode::GATEWAY_TIMEOUT.into_response()
}
