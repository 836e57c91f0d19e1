//! What customers do: whatever breaks, they press again, with the same key.

use sandbox::station::HoldPoint;
use serde_json::{Value, json};

use crate::process::Installation;
use test_support::{TestServer, draft, goods_draft};

/// What a customer wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scenario {
    Fuel,
    Goods,
    /// Cancels before the payment.
    Cancel,
    /// Cancels after the payment, before the nozzle is lifted. If that fails, the nozzle may be lifted before the next try.
    CancelPaid,
}

impl Scenario {
    /// Statuses in which the order may end.
    pub fn final_statuses(self) -> &'static [&'static str] {
        match self {
            Self::Fuel | Self::Goods => &["completed"],
            Self::Cancel => &["canceled"],
            // A station that nobody answers when the nozzle is lifted cancels, too.
            Self::CancelPaid => &["canceled", "completed", "unavailable"],
        }
    }
}

/// Runs a scenario to its end. Returns the order's last view.
pub async fn run_scenario(kolonka: &Installation, invoicebox: &TestServer, scenario: Scenario) -> Value {
    let draft = if scenario == Scenario::Goods { goods_draft() } else { draft() };
    let placed = kolonka
        .wait_for_end("the order is placed", || async {
            let (status, answer) = kolonka.post("/api/orders/place", &json!({ "draft": draft })).await?;
            assert!(matches!(status, 200 | 502 | 503 | 504), "{status}: {answer}\n{}", kolonka.log());
            (status == 200).then_some(answer)
        })
        .await;
    let asked = json!({ "id": placed["order_id"] });
    if scenario == Scenario::CancelPaid {
        kolonka.station.hold_orders(HoldPoint::Nozzle);
    }
    if scenario != Scenario::Cancel {
        invoicebox.pay(placed["payment_url"].as_str().unwrap()).await;
    }
    if scenario == Scenario::CancelPaid {
        kolonka
            .wait_for_end("the payment is known", || async {
                let (_, view) = post_or_free_pump(kolonka, "/api/orders/get", &asked).await?;
                (view["status"] != "awaiting_payment").then_some(())
            })
            .await;
    }
    if matches!(scenario, Scenario::Cancel | Scenario::CancelPaid) {
        kolonka
            .wait_for_end("the order is cancelled", || async {
                let (status, view) = post_or_free_pump(kolonka, "/api/orders/cancel", &asked).await?;
                let too_late = scenario == Scenario::CancelPaid && status == 409;
                assert!(status == 200 || too_late, "{status}: {view}");
                Some(view)
            })
            .await;
    }
    kolonka
        .wait_for_end("the order ends", || async {
            let (status, view) = post_or_free_pump(kolonka, "/api/orders/get", &asked).await?;
            assert_eq!(status, 200, "{view}");
            let ended = ["completed", "canceled", "expired", "unavailable", "failed"];
            ended.contains(&view["status"].as_str()?).then_some(view)
        })
        .await
}

/// Posts to the server. If it has died, the held pump goes on: then the nozzle may be lifted before the order is cancelled.
/// While the server lives it never is, however slow the machine.
async fn post_or_free_pump(kolonka: &Installation, path: &str, body: &Value) -> Option<(u16, Value)> {
    let answer = kolonka.post(path, body).await;
    if answer.is_none() {
        kolonka.station.hold_orders(HoldPoint::None);
    }
    answer
}
