//! Notifications arrive in any order: that of a payment may be older than the withdrawal of its invoice, or than the return
//! of its money. Then Invoicebox is read, and what the read says counts.

use std::time::Duration;

use domain::order::{Discrepancy, Status, settlement::ReturnedBy};
use serde_json::{Value, json};
use test_support::{
    DatabaseKind, InvoiceboxDouble, Placed, RecordedWrite, StationServerDouble, TestServer, draft,
    draft_to_start, on_both_databases, until,
};

on_both_databases! {
    a_withdrawn_duplicate_pays_for_nothing,
    a_duplicate_that_was_paid_after_all_pays_for_the_order,
    a_withdrawn_invoice_of_an_ended_order_owes_nothing,
    an_order_that_cannot_be_read_is_reported_again,
    another_sum_that_cannot_be_read_is_reported_again,
}

fn completed(invoice: &Value) -> Value {
    let mut report = invoice.clone();
    report["status"] = json!("completed");
    report
}

/// An unpaid order, and another invoice under its number, which it knows of.
async fn with_duplicate(server: &TestServer) -> (String, Value) {
    let draft = draft();
    server.fail_next("create", "executed_but_lost").await;
    server.fail_next("list", "500").await;
    assert_ne!(server.try_place(&draft).await.0, 200);
    server.clock.advance(Duration::from_secs(2));
    let number = server.store().list_by_status(&Status::ALL).await.unwrap()[0].merchant_order_id.clone();
    let duplicate = server.make_foreign_invoice(&number, "2781.43").await;
    let id = until("the order is placed", || async {
        let (status, answer) = server.try_place(&draft).await;
        (status == 200).then(|| Placed::read(answer).order_id)
    })
    .await;
    until("the duplicate is known", || async {
        (!server.stored(&id).await.duplicate_invoices.is_empty()).then_some(())
    })
    .await;
    (id, duplicate)
}

async fn act(server: &TestServer, invoice: &Value, action: &str) {
    let lost = json!({ "fail_next": [{ "kind": "lost", "ms": 0, "times": 1 }] });
    let order = json!({ "id": invoice["id"], "action": action });
    server.control(json!({ "invoicebox": { "notifications": lost, "order": order } })).await;
}

async fn a_withdrawn_duplicate_pays_for_nothing(server: TestServer) {
    let (id, duplicate) = with_duplicate(&server).await;
    server.wait_for_invoice_cancellation(|invoice| invoice["id"] == duplicate["id"]).await;
    server.wait_until_idle().await;
    assert_eq!(server.notify(&completed(&duplicate)).await, json!({ "status": "success" }));
    let order = server.stored(&id).await;
    assert_eq!((order.status, order.settlement.payment), (Status::AwaitingPayment, None));
    assert_eq!(server.discrepancy_names().await, ["twin_invoices"]);
}

async fn a_duplicate_that_was_paid_after_all_pays_for_the_order(server: TestServer) {
    server.fail_always("cancel", "500").await;
    let (id, duplicate) = with_duplicate(&server).await;
    act(&server, &duplicate, "pay").await;
    assert_eq!(server.notify(&completed(&duplicate)).await, json!({ "status": "success" }));
    let order = server.stored(&id).await;
    assert_eq!(Some(order.invoice.unwrap().provider_id.as_str()), duplicate["id"].as_str());
    assert!(order.settlement.payment.is_some());
}

async fn a_withdrawn_invoice_of_an_ended_order_owes_nothing(server: TestServer) {
    let (id, own) = server.awaited().await;
    assert_eq!(server.post("/api/orders/cancel", &json!({ "id": id })).await.0, 200);
    server.wait_for_invoice_cancellation(|invoice| invoice["id"] == own["id"]).await;
    assert_eq!(server.notify(&own).await, json!({ "status": "success" }));
    let order = server.stored(&id).await;
    assert_eq!((order.status, order.settlement.payment), (Status::Canceled, None));
    assert!(server.discrepancies().await.is_empty());
}

async fn an_order_that_cannot_be_read_is_reported_again(server: TestServer) {
    server.fail_always("cancel", "500").await;
    let (id, own) = server.awaited().await;
    assert_eq!(server.post("/api/orders/cancel", &json!({ "id": id })).await.0, 200);
    // Reported as paid, and a read does not show it, or shows nothing.
    assert_eq!(server.notify(&own).await["code"], "out_of_service");
    server.fail_always("get", "500").await;
    assert_eq!(server.notify(&own).await["code"], "out_of_service");
    assert_eq!(server.stored(&id).await.settlement.payment, None);
    server.fail_no_more().await;
}

async fn another_sum_that_cannot_be_read_is_reported_again(server: TestServer) {
    let (id, mut paid) = server.awaited().await;
    paid["amount"] = json!(2781.42);
    server.fail_always("get", "500").await;
    assert_eq!(server.notify(&paid).await["code"], "out_of_service");
    server.fail_no_more().await;
    assert_eq!(server.notify(&paid).await["code"], "order_wrong_amount");
    assert_eq!(server.stored(&id).await.settlement.payment, None, "only a read moves money");
}

/// We had the reserve cancelled, and Invoicebox says later that it stands.
#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_we_cancelled_and_that_is_there_again_goes_back_again() {
    let (station, invoicebox) = (StationServerDouble::open().await, InvoiceboxDouble::open().await);
    let mut all = vec![("INVOICEBOX_API_URL", invoicebox.url.as_str()), ("INVOICEBOX_RELEASE_ON_HOLD", "on")];
    all.extend(station.variables());
    let server = TestServer::start_with(DatabaseKind::Sqlite, &all).await;
    let id = server.place_order(&draft_to_start()).await.order_id;
    let invoice = server.stored(&id).await.invoice.unwrap().provider_id;
    let hold = || invoicebox.change_invoice(&invoice, |there| there.status = "hold".to_owned());
    hold();
    let held = invoicebox.notification_of(&invoice);
    server.notify(&held).await;
    server.wait_for_status(&id, "paid").await;
    assert_eq!(server.post("/api/orders/cancel", &json!({ "id": id })).await.0, 200);
    let order = server.wait_until_moved(&id).await;
    assert_eq!(order.settlement.returns[0].by, Some(ReturnedBy::Cancel));
    // A late report alone changes nothing.
    assert_eq!(server.notify(&held).await["status"], "success");
    assert!(server.stored(&id).await.settlement.is_canceled());
    hold();
    server.notify(&held).await;
    let order = server.wait_until_moved(&id).await;
    assert!(order.settlement.is_canceled() && order.discrepancy(Discrepancy::MoneyOwed).is_none());
    until("it was cancelled twice", || async {
        let writes = invoicebox.recorded_writes();
        let canceled = RecordedWrite::Canceled(invoice.clone());
        (writes.iter().filter(|write| **write == canceled).count() == 2).then_some(())
    })
    .await;
}
