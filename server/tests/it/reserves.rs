//! Reserves: what was taken of one while nobody could read it, what is decided about it meanwhile, and how it is released.

use std::time::Duration;

use domain::{
    order::{
        Order, Status,
        machine::StationReport,
        settlement::{Progress, ReturnedBy},
    },
    quantity::Centi,
};
use serde_json::{Value, json};
use test_support::{DRAFT_TOTAL_KOPECKS, DatabaseKind, TestServer, draft, kopecks, until};
use uuid::Uuid;

use crate::owed::{canceled_after_payment, shown};

/// What the simulated station dispenses of [`draft`] where it gives a part, and a part of that: 18.70 l and 10.00 l.
const PART_KOPECKS: i64 = 139_035;
const LESS_CENTI: i64 = 1000;
/// Invoicebox's refundable lines without sums, as older installations answer.
const PLAIN: &str = "plain_refund_items";

async fn started() -> TestServer {
    let server = TestServer::start_with(DatabaseKind::Sqlite, &[("INVOICEBOX_RELEASE_ON_HOLD", "on")]).await;
    server.remove_delays_and_limits().await;
    server.control(json!({ "forecourt": { "fault": "partial" } })).await;
    server
}

/// A reserve whose shipment Invoicebox has, while nobody can read that.
async fn shipped_without_an_answer(server: &TestServer, draft: &Value) -> Order {
    server.fail_next("ship", "executed_but_lost").await;
    let id = server.place_and_pay_with(draft, "hold").await;
    server.wait_until_any("the shipment is there", || server.shipments()).await;
    server.fail_always("shipments", "500").await;
    server.stored(&id).await
}

/// An operator returns all of the money; the request is sent again, as after a lost answer.
async fn return_all(server: &TestServer, id: &str) {
    let refund = json!({ "idempotency_key": Uuid::new_v4(), "reason": "вода в топливе" });
    for _ in 0..2 {
        let (status, answer) = server.erp_post(&format!("orders/{id}/refund"), &refund).await;
        assert_eq!(status, 200, "{answer}");
    }
}

fn returns(order: &Order) -> Vec<(i64, Option<ReturnedBy>)> {
    order.settlement.returns.iter().map(|back| (back.amount.get(), back.by)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_beyond_a_volume_that_is_decided_later_goes_back() {
    let server = started().await;
    let order = shipped_without_an_answer(&server, &draft()).await;
    let id = order.id.to_string();
    let report = StationReport::Dispensed(Centi::new(LESS_CENTI));
    server.orders.station_callback.run(&order, 1, report.into()).await.unwrap();
    assert!(server.stored(&id).await.is_shipment_held());
    let body = json!({ "dispensed_centi": LESS_CENTI });
    let (status, answer) = server.erp_post(&format!("orders/{id}/complete"), &body).await;
    assert_eq!(status, 200, "{answer}");
    server.fail_no_more().await;
    let order = server.wait_until_settled(&id).await;
    let kept = order.final_total().unwrap().get();
    let released = DRAFT_TOTAL_KOPECKS - PART_KOPECKS;
    let expected = [(released, Some(ReturnedBy::Release)), (PART_KOPECKS - kept, Some(ReturnedBy::Refund))];
    assert_eq!(returns(&order), expected);
    assert_eq!(server.refunded_sums().await, [PART_KOPECKS - kept]);
    assert_eq!(server.shipments().await.len(), 1, "it is sent once");
    assert!(server.discrepancies().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reserve_that_was_taken_when_all_of_it_is_returned_is_refunded_in_the_lines_that_it_has() {
    let server = started().await;
    let mut draft = draft();
    draft["items"] = json!([{ "sku": "washer-20", "count": 1 }]);
    draft["expected_total_kopecks"] = json!(DRAFT_TOTAL_KOPECKS + 45_000);
    let order = shipped_without_an_answer(&server, &draft).await;
    let id = order.id.to_string();
    return_all(&server, &id).await;
    server.fail_no_more().await;
    let order = server.wait_until_moved(&id).await;
    let taken = kopecks(&server.shipments().await[0]["amount"]);
    assert_eq!(server.refunded_sums().await, [taken], "{:?}", order.settlement);
    assert_eq!(order.settlement.returned(), order.total);
    assert_eq!(order.settlement.refused_total().get(), 0);
    assert_eq!(server.discrepancy_names().await, ["refunded_elsewhere"]);
}

/// Where Invoicebox shows plain lines, it does not say what was taken: our own shipment has let the rest go.
#[tokio::test(flavor = "multi_thread")]
async fn with_plain_lines_the_shipment_of_a_reserve_releases_the_rest() {
    let server = started().await;
    server.control(json!({ "invoicebox": { PLAIN: true, "capture_delay_s": 20 } })).await;
    let id = server.place_and_pay_with(&draft(), "hold").await;
    let order = server.wait_until_settled(&id).await;
    assert_eq!(returns(&order), [(DRAFT_TOTAL_KOPECKS - PART_KOPECKS, Some(ReturnedBy::Release))]);
    assert!(server.refunds().await.is_empty());
    assert_eq!(order.settlement.shipment.map(|shipment| shipment.state), Some(Progress::Done));
    assert_eq!((order.status, server.discrepancies().await.len()), (Status::Completed, 0));
}

/// Plain lines say nothing of what was taken; the shipment that nobody has heard of does.
#[tokio::test(flavor = "multi_thread")]
async fn with_plain_lines_a_reserve_that_was_taken_in_part_is_refunded_by_what_was_shipped() {
    let server = started().await;
    server.control(json!({ "invoicebox": { PLAIN: true } })).await;
    let order = shipped_without_an_answer(&server, &draft()).await;
    let id = order.id.to_string();
    return_all(&server, &id).await;
    server.fail_no_more().await;
    let order = server.wait_until_moved(&id).await;
    assert_eq!(server.refunded_sums().await, [PART_KOPECKS], "{:?}", order.settlement);
    assert_eq!((order.settlement.returned(), order.settlement.refused_total().get()), (order.total, 0));
}

/// A reserve can only be released: no refund takes its place.
#[tokio::test(flavor = "multi_thread")]
async fn a_reserve_whose_cancellation_fails_is_released_later() {
    let server = TestServer::start_with(DatabaseKind::Sqlite, &[("INVOICEBOX_RELEASE_ON_HOLD", "on")]).await;
    server.remove_delays_and_limits().await;
    server.fail_always("cancel", "500").await;
    let id = canceled_after_payment(&server, "hold").await;
    let row = shown(&server, "money_owed", 1).await.remove(0);
    assert!(row.detail.contains("500"), "{}", row.detail);
    server.fail_no_more().await;
    let order = server.wait_until_moved(&id).await;
    assert_eq!(order.settlement.returns[0].by, Some(ReturnedBy::Cancel));
    assert!(server.refunds().await.is_empty());
    assert!(server.discrepancies().await.is_empty());
}

/// A reserve that an operator returns while its shipment does not get through is cancelled: nothing of it was taken.
#[tokio::test(flavor = "multi_thread")]
async fn a_reserve_that_is_returned_while_it_cannot_be_shipped_is_cancelled_as_a_whole() {
    let server = started().await;
    server.fail_always("ship", "500").await;
    let id = server.place_and_pay_with(&draft(), "hold").await;
    server.wait_for_status(&id, "completed").await;
    return_all(&server, &id).await;
    let order = server.wait_until_moved(&id).await;
    assert_eq!(returns(&order), [(DRAFT_TOTAL_KOPECKS, Some(ReturnedBy::Cancel))]);
    assert_eq!(server.invoices().await[0]["status"], "canceled");
    server.fail_no_more().await;
    server.clock.advance(Duration::from_secs(20 * 60));
    until("nothing is tried any more", || async {
        let rows = server.outbox().list(server.clock.wall()).await.unwrap();
        rows.iter().all(|row| row.name != "ship").then_some(())
    })
    .await;
    assert!(server.shipments().await.is_empty());
    assert!(server.discrepancies().await.is_empty());
}
