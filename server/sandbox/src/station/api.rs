//! The calls that the simulated station takes: `GET station`, `price`, `ping`, `POST order`. They read a request as
//! little as a real one does, and answer by the statuses of the contract.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Json, Router,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    Inner,
    book::{CalledOff, Entry, Phase, Way},
    fault::Fault,
    life::Life,
    litres::parse_litres,
};

type Station = State<Arc<Inner>>;

pub(super) fn router(station: Arc<Inner>) -> Router {
    Router::new()
        .route("/station", get(stations))
        .route("/price", get(prices))
        .route("/ping", get(ping))
        .route("/order", post(order))
        .with_state(station)
}

/// Whose call it is; keys that nobody has are told 401.
#[derive(Deserialize)]
struct Caller {
    #[serde(default)]
    apikey: String,
}

impl Caller {
    fn refused(&self, station: &Inner) -> Option<Response> {
        let is_stranger = station.partner(&self.apikey).is_none();
        is_stranger.then(|| (StatusCode::UNAUTHORIZED, "неверный ключ").into_response())
    }
}

/// Every station of the sample network with its pumps.
async fn stations(State(station): Station, Query(caller): Query<Caller>) -> Response {
    if let Some(refused) = caller.refused(&station) {
        return refused;
    }
    if station.fault_everywhere() == Fault::Silence {
        return silence().await;
    }
    let list = station.network.iter().map(|it| {
        let columns = it.pumps.iter().map(|pump| {
            let fuels: Vec<&str> = pump.fuels.iter().map(|fuel| fuel.id()).collect();
            (pump.number.to_string(), json!({ "Fuels": fuels }))
        });
        json!({
            "Id": it.id, "Enable": it.enabled, "Name": it.name, "Address": it.address,
            "Location": { "Lat": it.lat, "Lon": it.lon },
            "Columns": columns.collect::<Map<String, Value>>(),
        })
    });
    Json(list.collect::<Vec<_>>()).into_response()
}

/// The price of every grade at every station, in roubles.
async fn prices(State(station): Station, Query(caller): Query<Caller>) -> Response {
    if let Some(refused) = caller.refused(&station) {
        return refused;
    }
    if station.fault_everywhere() == Fault::Silence {
        return silence().await;
    }
    let list = station.network.iter().flat_map(|it| {
        it.prices.iter().filter_map(|(fuel, price)| {
            let price: serde_json::Number = price.to_decimal().parse().ok()?;
            Some(json!({ "StationId": it.id, "ProductId": fuel.id(), "Price": price }))
        })
    });
    Json(list.collect::<Vec<_>>()).into_response()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ping {
    station_id: String,
    column_id: u16,
}

async fn ping(State(station): Station, Query(caller): Query<Caller>, Query(ping): Query<Ping>) -> Response {
    if let Some(refused) = caller.refused(&station) {
        return refused;
    }
    let pump = (ping.station_id, ping.column_id);
    match station.fault_at(&pump) {
        Fault::Silence => silence().await,
        Fault::Busy => taken(),
        _ if station.reserves() && station.with_book(|book| book.is_taken(&pump)) => taken(),
        _ => StatusCode::OK.into_response(),
    }
}

async fn order(State(station): Station, Query(caller): Query<Caller>, Json(body): Json<Value>) -> Response {
    if let Some(refused) = caller.refused(&station) {
        return refused;
    }
    let Some((entry, status)) = read(&body, &caller.apikey) else {
        return (StatusCode::BAD_REQUEST, "заказ не читается").into_response();
    };
    let entry = Entry { fault: station.fault_at(&entry.at()), ..entry };
    if entry.fault == Fault::Silence {
        return silence().await;
    }
    let (id, said) = (entry.id.clone(), status.clone());
    let answer = match status.as_str() {
        "OrderCreated" => created(&station, entry),
        "UserCanceled" | "Expire" => call_off(&station, &entry, status),
        "Completed" | "StationCanceled" => ended(&station, &entry, status),
        _ => (StatusCode::BAD_REQUEST, "неизвестный статус").into_response(),
    };
    station.note(&caller.apikey, &id, Way::In, said, Some(answer.status().as_u16()));
    answer
}

/// An order as it is pushed, whatever the letter case of its fields and the form of its numbers.
pub(super) fn read(body: &Value, partner: &str) -> Option<(Entry, String)> {
    let fields: HashMap<String, String> = body
        .as_object()?
        .iter()
        .filter_map(|(name, value)| match value {
            Value::String(text) => Some((name.to_lowercase(), text.clone())),
            Value::Number(number) => Some((name.to_lowercase(), number.to_string())),
            _ => None,
        })
        .collect();
    let entry = Entry {
        id: fields.get("id")?.clone(),
        station: fields.get("stationid")?.clone(),
        pump: fields.get("columnid")?.parse().ok()?,
        fuel: fields.get("fuelid")?.clone(),
        ordered: parse_litres(fields.get("litre")?)?,
        full_tank: fields.get("ordertype").is_some_and(|kind| kind.eq_ignore_ascii_case("FullTank")),
        poured: domain::quantity::Centi::ZERO,
        phase: Phase::Waiting,
        asked: 1,
        released: 0,
        ended_as: Vec::new(),
        calls: Vec::new(),
        fault: Fault::None,
        partner: partner.to_owned(),
    };
    Some((entry, fields.get("status")?.clone()))
}

/// Known orders are known: nothing is released for them again.
fn created(station: &Arc<Inner>, entry: Entry) -> Response {
    let reserves = station.reserves();
    let refused = station.with_book(|book| {
        if let Some(known) = book.get_mut(&entry.partner, &entry.id) {
            known.asked += 1;
            return Some(StatusCode::OK.into_response());
        }
        match entry.fault {
            Fault::Busy => return Some(taken()),
            _ if reserves && book.is_taken(&entry.at()) => return Some(taken()),
            Fault::Price => {
                return Some(
                    (StatusCode::PAYMENT_REQUIRED, "цена отличается от действующей").into_response(),
                );
            }
            Fault::OrderLost => return Some(StatusCode::INTERNAL_SERVER_ERROR.into_response()),
            _ => {}
        }
        book.insert(entry.clone());
        None
    });
    if let Some(answer) = refused {
        return answer;
    }
    let lost = entry.fault == Fault::AnswerLost;
    station.serve(entry);
    if lost { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::OK }.into_response()
}

fn call_off(station: &Inner, entry: &Entry, status: String) -> Response {
    let called_off = station.with_book(|book| {
        if let Some(known) = book.get_mut(&entry.partner, &entry.id) {
            known.ended_as.push(status);
        }
        book.call_off(&entry.partner, &entry.id)
    });
    match called_off {
        CalledOff::Done => StatusCode::OK.into_response(),
        CalledOff::TooLate => (StatusCode::BAD_REQUEST, "идёт налив").into_response(),
        CalledOff::Unknown => (StatusCode::NOT_FOUND, "нет такого заказа").into_response(),
    }
}

fn ended(station: &Inner, entry: &Entry, status: String) -> Response {
    let known = station.with_book(|book| {
        book.get_mut(&entry.partner, &entry.id).map(|known| known.ended_as.push(status)).is_some()
    });
    if known { StatusCode::OK } else { StatusCode::NOT_FOUND }.into_response()
}

fn taken() -> Response {
    (StatusCode::NOT_FOUND, "колонка занята").into_response()
}

/// Until the caller has had enough.
async fn silence() -> Response {
    std::future::pending().await
}

impl Inner {
    /// Serves an order that stands in the book.
    pub(super) fn serve(self: &Arc<Self>, entry: Entry) {
        if let Some(life) = Life::of(self, entry) {
            tokio::spawn(life.live());
        }
    }
}
