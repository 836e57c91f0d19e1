//! The money of an order, at Invoicebox and in the store.

use std::time::Duration;

use domain::{
    id::OrderId,
    order::{Discrepancy, Order, settlement::Progress},
};
use reqwest::Method;
use serde_json::{Value, json};
use server::orders::DiscrepancyFilter;

use super::{OrderView, TestServer, server::PAGE_SIZE, until};

/// Kopecks of an exact number of roubles.
pub fn kopecks(roubles: &Value) -> i64 {
    let digits = roubles.to_string();
    let (whole, part) = digits.split_once('.').unwrap_or((&digits, ""));
    assert!(part.len() <= 2, "{digits} is a sum of money");
    format!("{whole}{part:0<2}").parse().unwrap()
}

impl TestServer {
    /// The rows of a list that Invoicebox has.
    pub async fn rows(&self, path: &str) -> Vec<Value> {
        let (status, answer) = self.call_invoicebox(Method::GET, path, &Value::Null).await;
        assert_eq!(status, 200, "{answer}");
        answer["data"].as_array().unwrap().clone()
    }

    /// The shipments that Invoicebox has.
    pub async fn shipments(&self) -> Vec<Value> {
        self.all_rows("filter/api/order/shipment").await
    }

    /// The refunds that Invoicebox has.
    pub async fn refunds(&self) -> Vec<Value> {
        self.all_rows("filter/api/order/refund-order").await
    }

    /// Sums of the refunds that stand at Invoicebox, in kopecks, the smallest first.
    pub async fn refunded_sums(&self) -> Vec<i64> {
        let refunds = self.refunds().await;
        let live = refunds.iter().filter(|refund| refund["status"] != "canceled");
        let mut sums: Vec<i64> = live.map(|refund| kopecks(&refund["amount"])).collect();
        sums.sort_unstable();
        sums
    }

    /// The rows of all pages of a list.
    async fn all_rows(&self, path: &str) -> Vec<Value> {
        let mut rows = Vec::new();
        for page in 1.. {
            let some = self.rows(&format!("{path}?_page={page}")).await;
            let is_last = some.len() < PAGE_SIZE;
            rows.extend(some);
            if is_last {
                break;
            }
        }
        rows
    }

    /// The order as it is stored.
    pub async fn stored(&self, id: &str) -> Order {
        self.orders.read.by_id(OrderId::parse(id).unwrap()).await.unwrap()
    }

    /// Places and pays an order. Returns the id. The notification may still be on its way.
    pub async fn place_and_pay(&self, draft: &Value) -> String {
        self.place_and_pay_with(draft, "money").await
    }

    /// Places an order and pays it by a button of the payment page: `money`, `guarantee`, `hold`. Returns the id.
    pub async fn place_and_pay_with(&self, draft: &Value, means: &str) -> String {
        let placed = self.place_order(draft).await;
        self.pay_with(&placed.payment_url, means).await;
        placed.order_id
    }

    /// Places and pays an order, and waits until it is completed. Returns the view.
    pub async fn place_and_complete(&self, draft: &Value) -> OrderView {
        let id = self.place_and_pay(draft).await;
        self.wait_for_status(&id, "completed").await
    }

    /// Waits, with a running clock, until a list has something.
    pub async fn wait_until_any<F: Future<Output = Vec<Value>>>(&self, what: &str, list: impl Fn() -> F) {
        until(what, || async {
            let is_empty = list().await.is_empty();
            if is_empty {
                self.clock.advance(Duration::from_millis(300));
            }
            (!is_empty).then_some(())
        })
        .await;
    }

    /// Waits until the money of an order is settled, with a running clock. Returns the order.
    pub async fn wait_until_settled(&self, id: &str) -> Order {
        until("the money is settled", || async {
            self.clock.advance(Duration::from_secs(3));
            let order = self.stored(id).await;
            let shipment = order.settlement.shipment.as_ref();
            let shipping = shipment.is_some_and(|shipment| shipment.state == Progress::UnderWay);
            let open = shipping || order.settlement.pending_returns().next().is_some();
            (order.status.is_final() && !open).then_some(order)
        })
        .await
    }

    /// Waits, with a running clock, until nothing of an order's money is under way. Returns the order.
    pub async fn wait_until_moved(&self, id: &str) -> Order {
        until("the money has moved", || async {
            self.clock.advance(Duration::from_secs(5));
            let order = self.stored(id).await;
            let is_over = order.money_under_way().next().is_none();
            is_over.then_some(order)
        })
        .await
    }

    /// Names of the open discrepancies, each with the status of its order.
    pub async fn discrepancies(&self) -> Vec<(String, String)> {
        let listed = self.store().discrepancies(DiscrepancyFilter::Open).await.unwrap();
        listed.into_iter().map(|row| (row.what, row.status)).collect()
    }

    /// Names of the open discrepancies.
    pub async fn discrepancy_names(&self) -> Vec<String> {
        self.discrepancies().await.into_iter().map(|(name, _)| name).collect()
    }

    /// Settles the open discrepancies of a kind of an order. `false`: there is none.
    pub async fn settle(&self, number: u32, what: Discrepancy, note: &str) -> bool {
        let settle = &self.orders.settle_discrepancy;
        let ids = settle.open_of(number, what).await.unwrap();
        for id in &ids {
            settle.run(id, note).await.unwrap();
        }
        !ids.is_empty()
    }

    /// The driver starts this pump, having seen the order as it is. Returns the answer.
    pub async fn start_pump(&self, id: &str, pump: u16) -> Value {
        let seq = self.stored(id).await.history_seq();
        let (status, view) =
            self.post("/api/orders/start", &json!({ "id": id, "pump": pump, "seq": seq })).await;
        assert_eq!(status, 200, "{view}");
        view
    }

    /// Waits, with a running clock, until an invoice is cancelled at Invoicebox.
    pub async fn wait_for_invoice_cancellation(&self, is_meant: impl Fn(&Value) -> bool) {
        until("the invoice is canceled", || async {
            self.clock.advance(Duration::from_secs(1));
            let invoices = self.invoices().await;
            let there = invoices.iter().find(|there| is_meant(there))?;
            (there["status"] == "canceled").then_some(())
        })
        .await;
    }
}
