//! `POST /sandbox/control`: the switches of all emulators, for tests and for trying faults out.
//!
//! ```json
//! {"invoicebox": {…}, "forecourt": {"fault": "refuse"}, "cashier": {"hands_over": false}, "clock": {"advance_s": 1800}}
//! ```
//! The Invoicebox part is described in `invoicebox/switches.rs`, the faults of the station in `station/fault.rs`; with
//! `"station"` and `"pump"` a fault is for one pump, with `"once": true` it strikes once. `"reason"` is the sentence of
//! refusals, `"callback"` a call to make at once. `"reservation": false` lets any number of orders run at a pump,
//! `"hang_ms": 300` ends the silence of faults without an answer by a 504;
//! `"hold"` names the point at which orders wait (`station/hold.rs`), and `"none"` lets them continue. A cashier that is
//! switched off leaves the goods to others, and continues with what is still waiting when switched on again.

use std::time::Duration;

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    cashier::{Cashier, CashierControl},
    clock::SharedClock,
    invoicebox::InvoiceboxSandbox,
    station::{StationControl, StationSandbox},
};

/// The longest step of the clock, a little more than a year.
const MAX_CLOCK_STEP_S: u64 = 400 * 24 * 3600;

/// All emulators and their clock.
#[derive(Clone)]
pub struct Sandbox {
    pub invoicebox: InvoiceboxSandbox,
    /// `None` where another station server releases the pumps.
    pub station: Option<StationSandbox>,
    /// `None` where goods are not handed over automatically.
    pub cashier: Option<Cashier>,
    pub clock: SharedClock,
}

/// Body of the control call.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlRequest {
    invoicebox: Option<Value>,
    #[serde(rename = "forecourt")]
    station: Option<StationControl>,
    cashier: Option<CashierControl>,
    clock: Option<ClockControl>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockControl {
    advance_s: u64,
}

/// Route of the control call.
pub fn router(sandbox: Sandbox) -> Router {
    Router::new().route("/sandbox/control", post(control)).with_state(sandbox)
}

async fn control(State(sandbox): State<Sandbox>, Json(request): Json<ControlRequest>) -> Response {
    match sandbox.apply(request) {
        Ok(answer) => Json(answer).into_response(),
        Err(problem) => (StatusCode::BAD_REQUEST, Json(json!({ "error": problem }))).into_response(),
    }
}

impl Sandbox {
    /// Applies the switches of a control call. Returns how they are set.
    ///
    /// # Errors
    /// A sentence about the first switch that cannot be set: an emulator that is not running, or a value out of range.
    pub fn apply(&self, request: ControlRequest) -> Result<Value, String> {
        let mut answer = Map::new();
        if let Some(control) = request.station {
            let station = self.station.as_ref().ok_or("the simulated station is not open")?;
            answer.insert("forecourt".to_owned(), station.control(control)?);
        }
        if let Some(control) = request.cashier {
            let cashier = self.cashier.as_ref().ok_or("there is no cashier")?;
            answer.insert("cashier".to_owned(), cashier.control(&control));
        }
        if let Some(control) = request.clock {
            if control.advance_s > MAX_CLOCK_STEP_S {
                return Err(format!("advance_s is at most {MAX_CLOCK_STEP_S}"));
            }
            self.clock.advance(Duration::from_secs(control.advance_s));
            answer.insert("clock".to_owned(), json!(self.clock.now().unix_timestamp()));
        }
        if let Some(control) = request.invoicebox {
            answer.insert("invoicebox".to_owned(), self.invoicebox.control(control)?);
        }
        Ok(Value::Object(answer))
    }
}
