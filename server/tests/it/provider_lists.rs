//! The client of Invoicebox against the emulator of its API: what others have done to an order is seen, on every page.

use secrecy::SecretString;
use serde_json::{Value, json};
use server::invoicebox::{
    ApiVersion, InvoiceboxClient, InvoiceboxClientSettings, ProviderStatus, RefundStatus,
};

use test_support::{DEMO_TOKEN, DatabaseKind, TestServer, draft};

struct PaidOrder {
    server: TestServer,
    client: InvoiceboxClient,
    /// Their id.
    id: String,
    number: String,
}

impl PaidOrder {
    async fn place() -> Self {
        let placed = Self::place_unpaid().await;
        let switches = json!({ "limits": { "enabled": false }, "notifications": { "webhook": false } });
        placed.server.control(json!({ "invoicebox": switches })).await;
        let order = json!({ "merchantOrderId": placed.number, "action": "pay" });
        placed.server.control(json!({ "invoicebox": { "order": order } })).await;
        placed
    }

    async fn place_unpaid() -> Self {
        let server = TestServer::start(DatabaseKind::Sqlite).await;
        server.place_order(&draft()).await;
        let invoice = server.invoices().await.pop().unwrap();
        let text = |name: &str| invoice[name].as_str().unwrap().to_owned();
        let url = format!("{}/sandbox/invoicebox", server.url);
        let settings = InvoiceboxClientSettings::new(&url, ApiVersion::V3, SecretString::from(DEMO_TOKEN));
        let client = InvoiceboxClient::new(settings).unwrap();
        Self { id: text("id"), number: text("merchantOrderId"), server, client }
    }

    async fn office(&self, mut action: Value) {
        action["id"] = json!(self.id);
        self.server.control(json!({ "invoicebox": { "office": action } })).await;
    }

    async fn switch(&self, switches: Value) {
        self.server.control(json!({ "invoicebox": switches })).await;
    }
}

#[tokio::test]
async fn refunds_of_the_office_are_seen_on_all_pages_and_one_is_found_by_its_number() {
    let order = PaidOrder::place().await;
    order.office(json!({ "action": "refund", "amount": 1, "count": 45, "number": "office" })).await;
    for switches in [
        json!({ "max_page_size": 30 }),
        json!({ "max_page_size": 20, "ignored_filters": ["merchantOrderId", "parentId"] }),
    ] {
        order.switch(switches.clone()).await;
        let all = order.client.find_refunds(&order.id).await.unwrap();
        assert_eq!(all.len(), 45, "{switches}");
        assert!(
            all.iter().all(|refund| refund.created_at.is_some() && refund.lines.len() == 1),
            "{switches}"
        );
        let last = order.client.find_refund("office-45").await.unwrap().expect("on the last page");
        assert_eq!(last.status, RefundStatus::Created);
        assert_eq!(order.client.find_refund(&format!("{}-r1", order.number)).await.unwrap(), None);
    }
    let canceled = json!({ "merchantOrderId": "office-45", "status": "canceled" });
    order.switch(json!({ "refund": canceled })).await;
    let read = order.client.find_refund("office-45").await.unwrap().unwrap();
    assert!(read.is_canceled() && read.status.is_final());
}

#[tokio::test]
async fn what_may_be_returned_is_the_same_from_plain_items() {
    let order = PaidOrder::place().await;
    let whole = order.client.refundable(&order.id).await.unwrap();
    let sku = whole.lines[0].sku.clone();
    order.office(json!({ "action": "refund", "amount": 100, "sku": sku })).await;
    let shown = order.client.refundable(&order.id).await.unwrap();
    assert_eq!(whole.total.get() - shown.total.get(), 10_000);
    assert_eq!(whole.lines[0].available.get() - shown.lines[0].available.get(), 10_000);
    assert!(shown.lines[0].available_vat < whole.lines[0].available_vat);
    order.switch(json!({ "plain_refund_items": true })).await;
    let plain = order.client.refundable(&order.id).await.unwrap();
    assert_eq!((&plain.lines, plain.total), (&shown.lines, shown.total));
    assert_eq!(
        (shown.is_exact, plain.is_exact),
        (true, false),
        "plain lines do not say what was taken of a reserve"
    );
}

#[tokio::test]
async fn shipments_of_the_office_are_seen_on_all_pages() {
    let order = PaidOrder::place().await;
    order.office(json!({ "action": "ship", "amount": 1, "count": 33 })).await;
    let shipments = order.client.shipments(&order.id).await.unwrap();
    assert_eq!(shipments.len(), 33);
    assert!(
        shipments.iter().all(|it| it.document_number.as_ref().is_some_and(|it| it.starts_with("office-")))
    );
}

#[tokio::test]
async fn a_cancellation_that_was_not_done_is_seen_in_the_order_that_is_read() {
    let order = PaidOrder::place_unpaid().await;
    order.server.fail_next("cancel", "not_done").await;
    let read = order.client.cancel_order(&order.id).await.unwrap();
    assert_eq!(read.status, ProviderStatus::Created);
    let read = order.client.cancel_order(&order.id).await.unwrap();
    assert_eq!(read.status, ProviderStatus::Canceled);
}

#[tokio::test]
async fn conflicts_locks_and_unknown_codes_refuse_nothing_for_good() {
    let order = PaidOrder::place_unpaid().await;
    for (kind, is_final) in [
        ("400", true),
        ("404", true),
        ("422", true),
        ("401", false),
        ("403", false),
        ("409", false),
        ("423", false),
        ("unknown_code", false),
        ("500", false),
        ("504", false),
    ] {
        order.server.fail_next("cancel", kind).await;
        let error = order.client.cancel_order(&order.id).await.unwrap_err();
        assert_eq!(error.is_final_refusal(), is_final, "{kind}: {error}");
        assert!(error.is_answered(), "{kind}: {error}");
    }
}
