//! A customer with patience: whatever breaks, they press again, with the same key.

use sandbox::station::HoldPoint;
use serde_json::{Value, json};

use crate::process::Kolonka;
use test_support::{TestServer, draft, goods_draft};

/// What a customer is after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    Fuel,
    Goods,
    /// Changes their mind before they pay.
    CallOff,
    /// Changes their mind after they have paid, before the nozzle is lifted. If that goes wrong, the nozzle may be quicker
    /// than the next try.
    CallOffPaid,
}

impl Errand {
    /// The statuses in which it may end.
    pub fn ends(self) -> &'static [&'static str] {
        match self {
            Self::Fuel | Self::Goods => &["completed"],
            Self::CallOff => &["canceled"],
            // A station that nobody answers when the nozzle is lifted cancels, too.
            Self::CallOffPaid => &["canceled", "completed", "unavailable"],
        }
    }
}

/// Goes through with an errand; gives the order's last view.
pub async fn shop(kolonka: &Kolonka, invoicebox: &TestServer, errand: Errand) -> Value {
    let draft = if errand == Errand::Goods { goods_draft() } else { draft() };
    let placed = kolonka
        .in_the_end("the order is placed", || async {
            let (status, answer) = kolonka.post("/api/orders/place", &json!({ "draft": draft })).await?;
            assert!(matches!(status, 200 | 502 | 503 | 504), "{status}: {answer}\n{}", kolonka.log());
            (status == 200).then_some(answer)
        })
        .await;
    let asked = json!({ "id": placed["order_id"] });
    if errand == Errand::CallOffPaid {
        kolonka.station.hold_orders(HoldPoint::Nozzle);
    }
    if errand != Errand::CallOff {
        invoicebox.pay(placed["payment_url"].as_str().unwrap()).await;
    }
    if errand == Errand::CallOffPaid {
        kolonka
            .in_the_end("the payment is known", || async {
                let (_, view) = post_or_let_go(kolonka, "/api/orders/get", &asked).await?;
                (view["status"] != "awaiting_payment").then_some(())
            })
            .await;
    }
    if matches!(errand, Errand::CallOff | Errand::CallOffPaid) {
        kolonka
            .in_the_end("the order is called off", || async {
                let (status, view) = post_or_let_go(kolonka, "/api/orders/cancel", &asked).await?;
                let too_late = errand == Errand::CallOffPaid && status == 409;
                assert!(status == 200 || too_late, "{status}: {view}");
                Some(view)
            })
            .await;
    }
    kolonka
        .in_the_end("the order ends", || async {
            let (status, view) = post_or_let_go(kolonka, "/api/orders/get", &asked).await?;
            assert_eq!(status, 200, "{view}");
            let ended = ["completed", "canceled", "expired", "unavailable", "failed"];
            ended.contains(&view["status"].as_str()?).then_some(view)
        })
        .await
}

/// An answer of the server. When it has died, whatever is held at the pump goes on: then the nozzle may be quicker than
/// whoever changes their mind. While the server lives it never is, however slow the machine.
async fn post_or_let_go(kolonka: &Kolonka, path: &str, body: &Value) -> Option<(u16, Value)> {
    let answer = kolonka.post(path, body).await;
    if answer.is_none() {
        kolonka.station.hold_orders(HoldPoint::None);
    }
    answer
}
