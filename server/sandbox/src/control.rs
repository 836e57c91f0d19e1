//! `POST /sandbox/control`: the knobs of all emulators, for tests and for those who play through a fault.
//!
//! ```json
//! {"invoicebox": {…}, "forecourt": {"fault": "refuse"}, "clock": {"advance_s": 1800}}
//! ```
//! The Invoicebox part is described in `invoicebox/knobs.rs`, the faults of the station in `station/fault.rs`; with
//! `"station"` and `"pump"` a fault is for one pump. `"reservation": false` lets any number of orders run at a pump.

use std::time::Duration;

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{InvoiceboxSandbox, SharedClock, StationSandbox, control_page, station::StationTurn};

/// Nobody needs to travel further in one step.
const LONGEST_STEP_S: u64 = 400 * 24 * 3600;

/// What can be turned.
#[derive(Clone)]
pub(super) struct Knobs {
    pub invoicebox: InvoiceboxSandbox,
    station: Option<StationSandbox>,
    pub clock: SharedClock,
}

/// One call.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Turn {
    invoicebox: Option<Value>,
    forecourt: Option<StationTurn>,
    clock: Option<ClockTurn>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockTurn {
    advance_s: u64,
}

pub(super) fn router(
    invoicebox: InvoiceboxSandbox,
    station: Option<StationSandbox>,
    clock: SharedClock,
) -> Router {
    Router::new()
        .route("/sandbox/control", get(control_page::show).post(turn))
        .route("/sandbox/control/press", post(control_page::press))
        .with_state(Knobs { invoicebox, station, clock })
}

async fn turn(State(knobs): State<Knobs>, Json(turn): Json<Turn>) -> Response {
    match apply(&knobs, turn) {
        Ok(answer) => Json(answer).into_response(),
        Err(problem) => (StatusCode::BAD_REQUEST, Json(json!({ "error": problem }))).into_response(),
    }
}

/// Turns the knobs.
///
/// # Errors
/// A sentence about the first thing that is wrong.
pub(super) fn apply(knobs: &Knobs, turn: Turn) -> Result<Value, String> {
    let mut answer = Map::new();
    if let Some(forecourt) = turn.forecourt {
        let station = knobs.station.as_ref().ok_or("the simulated station is not open")?;
        answer.insert("forecourt".to_owned(), station.turn(forecourt)?);
    }
    if let Some(clock) = turn.clock {
        if clock.advance_s > LONGEST_STEP_S {
            return Err(format!("advance_s is at most {LONGEST_STEP_S}"));
        }
        knobs.clock.advance(Duration::from_secs(clock.advance_s));
        answer.insert("clock".to_owned(), json!(knobs.clock.now().unix_timestamp()));
    }
    if let Some(invoicebox) = turn.invoicebox {
        answer.insert("invoicebox".to_owned(), knobs.invoicebox.control(invoicebox)?);
    }
    Ok(Value::Object(answer))
}
