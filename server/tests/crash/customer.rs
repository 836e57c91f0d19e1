//! Customers who carry out a scenario.

use std::{
    cell::Cell,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use reqwest::Method;
use sandbox::station::StationFault;
use serde_json::{Value, json};

use crate::{
    process::{Installation, STATION, UNTOUCHED_PUMP},
    scenario::{REFUND_KOPECKS, Scenario, Wish},
};
use test_support::TestServer;

/// Time after which a release of which nobody hears at the station is waited for with the clock.
const STUCK_AFTER: Duration = Duration::from_secs(4);
/// Steps of the clock for orders that end days later.
const DAY: Duration = Duration::from_secs(24 * 3600);

/// An order that has been placed, and paid where the scenario pays.
pub struct Bought {
    pub scenario: Scenario,
    id: Value,
    number: u32,
}

/// Runs a scenario to its end. Returns the order's last view.
pub async fn run_scenario(kolonka: &Installation, invoicebox: &TestServer, scenario: Scenario) -> Value {
    let bought = buy(kolonka, invoicebox, scenario).await;
    if scenario == Scenario::NothingFlowed {
        bought.until_ended(kolonka, scenario.wish()).await;
    }
    match scenario {
        Scenario::Prepaid => kolonka.advance(3 * DAY).await,
        Scenario::NeverStarted => kolonka.advance(8 * DAY).await,
        Scenario::NothingFlowed => kolonka.advance(2 * DAY).await,
        _ => {}
    }
    bought.finish(kolonka).await
}

/// Places an order and pays it, if the scenario does.
pub async fn buy(kolonka: &Installation, invoicebox: &TestServer, scenario: Scenario) -> Bought {
    let (bought, payment_url) = loop {
        let placed = place(kolonka, scenario).await;
        let number = placed["view"]["number"].as_str().unwrap().parse().unwrap();
        let bought = Bought { scenario, id: placed["order_id"].clone(), number };
        let payment_url = placed["payment_url"].as_str().unwrap().to_owned();
        // A process that was just started has the time of the machine, and soon that of the test, which may be days ahead: an
        // order from between the two has expired before it could be paid.
        let has_expired = payment_url.is_empty() && placed["view"]["status"] == "expired";
        if !has_expired {
            break (bought, payment_url);
        }
        kolonka.expired_orders.fetch_add(1, Ordering::SeqCst);
    };
    let payment_url = payment_url.as_str();
    match scenario {
        Scenario::Cancel => return bought,
        Scenario::PaidTwice => {
            let second = make_second_invoice(kolonka, invoicebox, bought.number).await;
            invoicebox.pay(payment_url).await;
            // It may have been found and withdrawn already.
            invoicebox.send(Method::POST, &format!("{second}/money"), &[], "").await;
        }
        _ => invoicebox.pay_with(payment_url, scenario.payment()).await,
    }
    bought.until("the payment is known", kolonka, |view| view["status"] != "awaiting_payment").await;
    bought
}

/// Places an order, however often the answer is lost.
async fn place(kolonka: &Installation, scenario: Scenario) -> Value {
    let (path, body) = scenario.placing();
    kolonka
        .wait_for_end("the order is placed", || async {
            let (status, answer) = kolonka.post(path, &body).await?;
            assert!(matches!(status, 200 | 201 | 502 | 503 | 504), "{status}: {answer}\n{}", kolonka.log());
            (status < 300).then_some(answer)
        })
        .await
}

/// Makes a second invoice under the number of an order's. Returns the address of its payment page.
async fn make_second_invoice(kolonka: &Installation, invoicebox: &TestServer, number: u32) -> String {
    let invoices = invoicebox.invoices().await;
    let mut invoice = invoices.into_iter().find(|invoice| is_of(invoice, kolonka, number)).unwrap();
    let answered = [
        "id",
        "status",
        "orderContainerId",
        "paymentUrl",
        "createdAt",
        "subtype",
        "processingStatus",
        "fileIds",
        "processable",
    ];
    for name in answered {
        invoice.as_object_mut().unwrap().remove(name);
    }
    let (status, made) = invoicebox.call_invoicebox(Method::POST, "billing/api/order/order", &invoice).await;
    assert_eq!(status, 200, "{made}");
    made["data"]["paymentUrl"].as_str().unwrap().to_owned()
}

/// Whether an invoice is of this order. Several installations may share an Invoicebox; their addresses distinguish them.
pub fn is_of(invoice: &Value, kolonka: &Installation, number: u32) -> bool {
    let starts = |name: &str, with: &str| invoice[name].as_str().is_some_and(|text| text.starts_with(with));
    starts("merchantOrderId", &format!("{number}-")) && starts("notificationUrl", &kolonka.url)
}

impl Bought {
    /// Brings it to the end that its customer wants. Returns the last view.
    pub async fn finish(&self, kolonka: &Installation) -> Value {
        if self.scenario == Scenario::WithdrawalLost && self.is_taken(kolonka).await {
            kolonka.station.queue_fault(STATION, UNTOUCHED_PUMP, StationFault::WithdrawalAnswerLost);
        }
        let view = self.until_ended(kolonka, self.scenario.wish()).await;
        match self.scenario {
            Scenario::Refund if view["status"] == "completed" => self.refund_twice(kolonka).await,
            Scenario::NothingFlowed => {
                let is_all_back = |view: &Value| view["refund_kopecks"] == view["total_kopecks"];
                self.until("the money of the goods goes back", kolonka, is_all_back).await
            }
            _ => view,
        }
    }

    /// Waits until the order has ended, and presses what is wished meanwhile. A release of which the station knows nothing
    /// is waited for with the clock.
    pub async fn until_ended(&self, kolonka: &Installation, wish: Wish) -> Value {
        let seen = Cell::new((0, Instant::now(), 0));
        kolonka
            .wait_for_end("the order ends", || async {
                let view = self.view(kolonka).await?;
                let ended = ["completed", "canceled", "expired", "unavailable", "failed"];
                if ended.contains(&view["status"].as_str()?) {
                    return Some(view);
                }
                let (steps, since, waits) = seen.get();
                if steps != view["history"].as_array()?.len() {
                    seen.set((view["history"].as_array()?.len(), Instant::now(), 0));
                } else if since.elapsed() > STUCK_AFTER && self.is_released_in_vain(kolonka, &view) {
                    // The first time for what is asked again after a minute, then for the half hour of a silent release.
                    let skipped = kolonka.skip(if waits % 2 == 0 { 61 } else { 31 * 60 }).await;
                    seen.set((steps, Instant::now(), waits + u32::from(skipped)));
                }
                wish.press(kolonka, &self.id, &view).await;
                None
            })
            .await
    }

    /// Whether we count on a release that the station does not have, or that nobody uses.
    fn is_released_in_vain(&self, kolonka: &Installation, view: &Value) -> bool {
        let released = view["status"] == "authorising" || view["status"] == "ready";
        released && view["start"].is_object() && !self.is_used(kolonka)
    }

    fn is_used(&self, kolonka: &Installation) -> bool {
        let cancels = matches!(self.scenario.wish(), Wish::Cancel);
        let is_it = |at_station: &sandbox::station::StationOrder| {
            number_of(&at_station.id) == self.number && !at_station.phase.is_over()
        };
        !cancels && kolonka.station.orders().iter().any(is_it)
    }

    /// Waits until the station has the release. The request may have been lost with its process: then it has not.
    async fn is_taken(&self, kolonka: &Installation) -> bool {
        let since = Instant::now();
        let is_there = || kolonka.station.orders().iter().any(|there| number_of(&there.id) == self.number);
        kolonka
            .wait_for_end("the station has the release", || async {
                let view = self.view(kolonka).await?;
                let is_lost = view["status"] == "paid" || since.elapsed() > 2 * STUCK_AFTER;
                (is_there() || is_lost).then(is_there)
            })
            .await
    }

    /// Returns a part of the money; the same request is sent again after its answer, as by somebody who did not get it.
    async fn refund_twice(&self, kolonka: &Installation) -> Value {
        let path = format!("/api/erp/v1/orders/{}/refund", self.id.as_str().unwrap());
        let key = uuid::Uuid::new_v4();
        let body = json!({ "idempotency_key": key, "amount_kopecks": REFUND_KOPECKS, "reason": "недолив" });
        for _ in 0..2 {
            kolonka
                .wait_for_end("the refund is taken", || async {
                    let (status, answer) = kolonka.post(&path, &body).await?;
                    assert!(matches!(status, 200 | 503), "{status}: {answer}");
                    (status == 200).then_some(())
                })
                .await;
        }
        self.until("the refund is seen", kolonka, |view| view["refund_kopecks"] == REFUND_KOPECKS).await
    }

    async fn until(&self, what: &str, kolonka: &Installation, is_so: impl Fn(&Value) -> bool) -> Value {
        kolonka.wait_for_end(what, || async { self.view(kolonka).await.filter(|view| is_so(view)) }).await
    }

    async fn view(&self, kolonka: &Installation) -> Option<Value> {
        let (status, view) = kolonka.post("/api/orders/get", &json!({ "id": self.id })).await?;
        assert_eq!(status, 200, "{view}");
        Some(view)
    }
}

/// The number of the order whose release this is.
pub fn number_of(station_id: &str) -> u32 {
    u32::from_str_radix(&station_id[..8], 16).unwrap()
}
