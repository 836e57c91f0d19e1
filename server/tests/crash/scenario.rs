//! What customers want. Whatever breaks, they press again, with the same key.

use serde_json::{Value, json};

use crate::process::{
    CANCELS_PUMP, GOOD_PUMP, Installation, NOTHING_FLOWS_PUMP, REFUSES_PUMP, UNTOUCHED_PUMP,
};
use test_support::{DRAFT_TOTAL_KOPECKS, draft, draft_to_start, fuel_sale, goods_draft};

/// What is returned in [`Scenario::Refund`].
pub const REFUND_KOPECKS: i64 = 10_000;
/// Price of the goods of [`Scenario::NothingFlowed`].
const GOODS_KOPECKS: i64 = 45_000;

/// What a customer wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scenario {
    /// Fuel that flows as soon as it is paid.
    Fuel,
    /// The driver starts a pump that refuses by its answer, and then another one.
    AnotherPump,
    /// The driver starts a pump that is taken and cancelled, one that refuses, and a third.
    ThirdPump,
    Goods,
    /// Cancels before the payment.
    Cancel,
    /// Cancels when the pump has been started; the nozzle is never lifted.
    CancelStarted,
    /// The same, and the station loses its answer to the withdrawal, and the release.
    WithdrawalLost,
    /// Pays, and starts a pump days later.
    Prepaid,
    /// Pays, and never comes.
    NeverStarted,
    /// Fuel and goods. Not a drop flows, and nobody hands the goods over.
    NothingFlowed,
    /// Fuel, paid by a guarantee, which goes back by a cancellation where it goes back.
    ByGuarantee,
    /// The same, and the customer cancels once the pump has been started; the nozzle is never lifted.
    CancelGuarantee,
    /// Two invoices of one order, both paid.
    PaidTwice,
    /// Fuel; then an operator returns a part, and repeats that under the same key.
    Refund,
    /// Sold by a cashier without a pump, which the cashier starts once it is paid.
    StartedByCashier,
    /// The payment is the start, whatever the draft says.
    StartedByPayment,
    /// Nothing links us to the pumps: a cashier gives the fuel, and says how much.
    ByHand,
}

impl Scenario {
    /// Statuses in which the order may end; the first one where nobody kills the server.
    pub fn final_statuses(self) -> &'static [&'static str] {
        match self {
            Self::Cancel
            | Self::CancelStarted
            | Self::CancelGuarantee
            | Self::WithdrawalLost
            | Self::NeverStarted => &["canceled"],
            Self::Goods | Self::NothingFlowed | Self::ByHand => &["completed"],
            // A kill may cost a try, and there are five of them.
            _ => &["completed", "unavailable"],
        }
    }

    /// Discrepancies that belong to it.
    pub fn discrepancies(self) -> &'static [&'static str] {
        match self {
            Self::PaidTwice => &["paid_twice", "twin_invoices"],
            // A new process has the machine's clock for a moment: a fuelling that goes on then is days old a moment later.
            _ if self.ends_days_later() => &["not_finished"],
            _ => &[],
        }
    }

    /// Whether it pays in advance, and the end comes days later.
    pub fn ends_days_later(self) -> bool {
        matches!(self, Self::Prepaid | Self::NeverStarted | Self::NothingFlowed)
    }

    /// How it is paid, as the payment page calls it.
    pub fn payment(self) -> &'static str {
        if self.pays_by_guarantee() { "guarantee" } else { "money" }
    }

    pub fn pays_by_guarantee(self) -> bool {
        matches!(self, Self::ByGuarantee | Self::CancelGuarantee)
    }

    /// Settings of the installation that it needs.
    pub fn variables(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::StartedByPayment => &[("KOLONKA_START", "payment")],
            Self::ByHand => &[("KOLONKA_FORECOURT", "none")],
            _ => &[],
        }
    }

    /// The call that places it, with its body; whoever repeats it repeats both.
    pub fn placing(self) -> (&'static str, Value) {
        match self {
            Self::StartedByCashier => {
                let mut sale = fuel_sale();
                sale["pump"] = Value::Null;
                ("/api/erp/v1/orders", sale)
            }
            _ => ("/api/orders/place", json!({ "draft": self.draft() })),
        }
    }

    fn draft(self) -> Value {
        let at_pump = |mut draft: Value, pump: u16| {
            draft["pump"] = json!(pump);
            draft
        };
        match self {
            Self::Fuel | Self::ByGuarantee | Self::PaidTwice | Self::Refund | Self::ByHand => draft(),
            Self::AnotherPump => at_pump(draft_to_start(), REFUSES_PUMP),
            Self::ThirdPump => at_pump(draft_to_start(), CANCELS_PUMP),
            Self::Goods => goods_draft(),
            Self::Cancel | Self::NeverStarted | Self::StartedByCashier | Self::StartedByPayment => {
                draft_to_start()
            }
            Self::CancelStarted | Self::CancelGuarantee | Self::WithdrawalLost => {
                at_pump(draft(), UNTOUCHED_PUMP)
            }
            Self::Prepaid => {
                let mut draft = draft_to_start();
                draft["pump"] = Value::Null;
                draft
            }
            Self::NothingFlowed => {
                let mut draft = at_pump(draft(), NOTHING_FLOWS_PUMP);
                draft["items"] = json!([{ "sku": "washer-20", "count": 1 }]);
                draft["expected_total_kopecks"] = json!(DRAFT_TOTAL_KOPECKS + GOODS_KOPECKS);
                draft
            }
        }
    }

    /// The pumps that the driver starts, one after the other.
    fn pumps(self) -> &'static [u16] {
        match self {
            Self::AnotherPump => &[REFUSES_PUMP, GOOD_PUMP],
            Self::ThirdPump => &[CANCELS_PUMP, REFUSES_PUMP, GOOD_PUMP],
            Self::NothingFlowed => &[NOTHING_FLOWS_PUMP],
            _ => &[GOOD_PUMP],
        }
    }

    /// What the customer does at the order's page until it has ended.
    pub fn wish(self) -> Wish {
        match self {
            Self::Cancel | Self::CancelStarted | Self::CancelGuarantee | Self::WithdrawalLost => Wish::Cancel,
            Self::Goods | Self::NeverStarted => Wish::Wait,
            Self::StartedByCashier => Wish::StartAsCashier { pump: GOOD_PUMP },
            Self::ByHand => Wish::HandOver { dispensed_centi: 3741 },
            _ => Wish::Start { pumps: self.pumps() },
        }
    }
}

/// What somebody does at the order's page.
#[derive(Clone, Copy, Debug)]
pub enum Wish {
    /// Starts the first of these pumps, and after a refusal the next one.
    Start {
        pumps: &'static [u16],
    },
    Cancel,
    /// Starts this pump by the cashier API.
    StartAsCashier {
        pump: u16,
    },
    /// Says how much was given by hand.
    HandOver {
        dispensed_centi: i64,
    },
    Wait,
}

impl Wish {
    /// Presses what there is to press.
    pub async fn press(self, kolonka: &Installation, id: &Value, view: &Value) {
        match self {
            Self::Cancel => {
                if let Some((status, answer)) = kolonka.post("/api/orders/cancel", &json!({ "id": id })).await
                {
                    assert_eq!(status, 200, "{answer}");
                }
            }
            Self::Start { pumps } if view["start"]["allowed"] == true => {
                let history = view["history"].as_array().unwrap();
                let body = json!({ "id": id, "pump": next_pump(pumps, view), "seq": history.last().unwrap()["seq"] });
                if let Some((status, answer)) = kolonka.post("/api/orders/start", &body).await {
                    assert!(matches!(status, 200 | 409 | 502 | 503 | 504), "{status}: {answer}");
                }
            }
            Self::StartAsCashier { pump } if view["start"]["allowed"] == true => {
                press_as_cashier(kolonka, id, "start", &json!({ "pump": pump })).await;
            }
            Self::HandOver { dispensed_centi } if view["status"] == "ready" => {
                press_as_cashier(kolonka, id, "complete", &json!({ "dispensed_centi": dispensed_centi }))
                    .await;
            }
            Self::Start { .. } | Self::StartAsCashier { .. } | Self::HandOver { .. } | Self::Wait => {}
        }
    }
}

async fn press_as_cashier(kolonka: &Installation, id: &Value, call: &str, body: &Value) {
    let path = format!("/api/erp/v1/orders/{}/{call}", id.as_str().unwrap());
    if let Some((status, answer)) = kolonka.post(&path, body).await {
        assert!(matches!(status, 200 | 409 | 502 | 503 | 504), "{status}: {answer}");
    }
}

/// The pump after the one that refused, or the same again.
fn next_pump(pumps: &[u16], view: &Value) -> u16 {
    let refused = view["reason"] == "pump_refused" || view["reason"] == "canceled_by_station";
    let last = view["pump"].as_u64().and_then(|last| pumps.iter().position(|pump| u64::from(*pump) == last));
    let next = last.map_or(0, |last| if refused { last + 1 } else { last });
    pumps[next.min(pumps.len() - 1)]
}
