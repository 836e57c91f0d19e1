//! Returns whose call was sent and not answered, and what others do at Invoicebox meanwhile: no kopeck goes twice, and none
//! stays.

use std::time::Duration;

use domain::{
    order::{Order, machine::StationReport},
    quantity::Centi,
};
use serde_json::json;
use server::queue::QueueEntry;
use test_support::{
    DRAFT_TOTAL_KOPECKS, TestServer, draft, draft_to_start, goods_draft, kopecks, on_both_databases, until,
};
use uuid::Uuid;

on_both_databases! {
    a_return_that_had_left_when_a_person_decided_anew_goes_once,
    a_return_that_waits_is_looked_for,
    a_refund_of_the_office_that_is_cancelled_is_paid_by_us,
    a_return_that_fails_keeps_no_other_waiting,
    a_line_that_others_have_shipped_is_not_shipped_again,
    a_rest_beyond_its_line_goes_back_in_the_others,
    a_guarantee_that_goes_back_only_as_a_whole_does_so_when_the_goods_lapse,
    goods_of_a_guarantee_are_charged_and_the_fuel_goes_back_after_the_shipment,
    a_refund_of_the_office_during_a_full_fuelling_is_shown,
    a_refund_of_the_office_between_two_tries_takes_the_place_of_ours,
    a_refusal_is_no_proof_while_an_earlier_call_may_still_arrive,
}

/// What the simulated station dispenses of [`draft`] where it gives a part.
const PART_KOPECKS: i64 = 139_035;
const REST_KOPECKS: i64 = DRAFT_TOTAL_KOPECKS - PART_KOPECKS;

/// An order of which a part was dispensed and shipped, and the refund of whose rest was carried out without an answer.
async fn refunded_without_an_answer(server: &TestServer) -> Order {
    server.control(json!({ "forecourt": { "fault": "partial" } })).await;
    server.fail_next("refund", "cut_body").await;
    let id = server.place_and_pay(&draft()).await;
    server.wait_until_any("the refund was sent", || server.refunds()).await;
    // Nobody can read what became of it.
    server.fail_always("refunds", "500").await;
    server.stored(&id).await
}

/// The station reports another end of its first release.
async fn report_end(server: &TestServer, order: &Order, centi: i64) {
    let report = StationReport::Dispensed(Centi::new(centi));
    let order = server.stored(&order.id.to_string()).await;
    server.orders.station_callback.run(&order, 1, report.into()).await.unwrap();
}

async fn a_return_that_had_left_when_a_person_decided_anew_goes_once(server: TestServer) {
    let order = refunded_without_an_answer(&server).await;
    let id = order.id.to_string();
    assert_eq!(order.settlement.pending_returns().count(), 1, "nobody knows that it has left");
    report_end(&server, &order, 2500).await;
    let body = json!({ "dispensed_centi": 2500 });
    let (status, answer) = server.erp_post(&format!("orders/{id}/complete"), &body).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(server.stored(&id).await.settlement.possibly_left().count(), 1);
    server.fail_no_more().await;
    let order = server.wait_until_moved(&id).await;
    until("it was looked for", || async {
        server.clock.advance(Duration::from_secs(10));
        (server.stored(&id).await.settlement.possibly_left().count() == 0).then_some(())
    })
    .await;
    assert_eq!(server.refunded_sums().await, [REST_KOPECKS], "once");
    assert_eq!(order.settlement.returned().get(), REST_KOPECKS);
    assert!(server.discrepancy_names().await.contains(&"refunded_elsewhere".to_owned()));
}

async fn a_return_that_waits_is_looked_for(server: TestServer) {
    let order = refunded_without_an_answer(&server).await;
    let id = order.id.to_string();
    report_end(&server, &order, 2500).await;
    assert!(server.stored(&id).await.hold.is_some());
    server.fail_no_more().await;
    let order = until("it was found", || async {
        server.clock.advance(Duration::from_secs(10));
        let order = server.stored(&id).await;
        (order.settlement.pending_returns().count() == 0).then_some(order)
    })
    .await;
    assert_eq!((order.settlement.returns.len(), order.hold), (1, None), "nothing of it waits any more");
    let body = json!({ "dispensed_centi": 2500 });
    assert_eq!(server.erp_post(&format!("orders/{id}/complete"), &body).await.0, 409, "it has left");
    assert_eq!(server.refunded_sums().await, [REST_KOPECKS]);
}

async fn a_refund_of_the_office_that_is_cancelled_is_paid_by_us(server: TestServer) {
    server.control(json!({ "forecourt": { "fault": "partial" } })).await;
    let id = server.place_and_pay(&draft_to_start()).await;
    server.wait_for_status(&id, "paid").await;
    let order = server.stored(&id).await;
    let invoice = order.invoice.as_ref().unwrap().provider_id.clone();
    let office = json!({ "id": invoice, "action": "refund", "amount": 300, "number": "office" });
    server.control(json!({ "invoicebox": { "office": office } })).await;
    server.start_pump(&id, 4).await;
    server.wait_until_settled(&id).await;
    assert_eq!(server.refunded_sums().await, [30_000, REST_KOPECKS - 30_000]);
    let refund = json!({ "merchantOrderId": "office", "status": "canceled" });
    server.control(json!({ "invoicebox": { "refund": refund } })).await;
    until("the money is owed again", || async {
        server.clock.advance(Duration::from_secs(60));
        let order = server.stored(&id).await;
        order.settlement.returns.iter().all(|back| back.number != "office").then_some(())
    })
    .await;
    let order = server.wait_until_moved(&id).await;
    assert_eq!(order.settlement.returned().get(), REST_KOPECKS);
    let mut ours: Vec<i64> = order.settlement.returns.iter().map(|back| back.amount.get()).collect();
    ours.sort_unstable();
    assert_eq!(ours, [30_000, REST_KOPECKS - 30_000]);
}

async fn a_return_that_fails_keeps_no_other_waiting(server: TestServer) {
    let mut two = goods_draft();
    two["items"] = json!([{ "sku": "washer-20", "count": 2 }]);
    two["expected_total_kopecks"] = json!(90_000);
    let id = server.place_and_complete(&two).await.id;
    server.fail_always("refund", "409").await;
    for _ in 0..2 {
        let refund =
            json!({ "idempotency_key": Uuid::new_v4(), "reason": "возврат", "amount_kopecks": 45_000 });
        assert_eq!(server.erp_post(&format!("orders/{id}/refund"), &refund).await.0, 200);
    }
    until("both were tried", || async {
        let tried = server.stored(&id).await;
        let is_sent = tried.settlement.returns.iter().all(|back| back.sent_at.is_some());
        server.clock.advance(Duration::from_secs(1));
        is_sent.then_some(())
    })
    .await;
    server.fail_no_more().await;
    server.wait_until_moved(&id).await;
    assert_eq!(server.refunded_sums().await, [45_000, 45_000]);
}

async fn a_line_that_others_have_shipped_is_not_shipped_again(server: TestServer) {
    let mut both = draft_to_start();
    both["items"] = json!([{ "sku": "washer-20", "count": 1 }]);
    both["expected_total_kopecks"] = json!(DRAFT_TOTAL_KOPECKS + 45_000);
    let id = server.place_and_pay(&both).await;
    server.wait_for_status(&id, "paid").await;
    let order = server.stored(&id).await;
    let invoice = order.invoice.as_ref().unwrap().provider_id.clone();
    let office = json!({ "id": invoice, "action": "ship", "sku": "washer-20" });
    server.control(json!({ "invoicebox": { "office": office } })).await;
    server.start_pump(&id, 4).await;
    server.wait_until_settled(&id).await;
    let shipped: Vec<i64> =
        server.shipments().await.iter().map(|shipment| kopecks(&shipment["amount"])).collect();
    assert_eq!(shipped, [45_000, DRAFT_TOTAL_KOPECKS], "each line once");
    assert!(server.refunds().await.is_empty());
}

/// The office has returned so much of the fuel that the rest is not left of it, and Invoicebox does not say of what it was:
/// what is owed goes back all the same.
async fn a_rest_beyond_its_line_goes_back_in_the_others(server: TestServer) {
    server.control(json!({ "invoicebox": { "refunds_without_lines": true } })).await;
    server.control(json!({ "forecourt": { "fault": "partial" } })).await;
    server.fail_always("refund", "409").await;
    let mut both = draft();
    both["items"] = json!([{ "sku": "washer-20", "count": 1 }]);
    both["expected_total_kopecks"] = json!(DRAFT_TOTAL_KOPECKS + 45_000);
    let id = server.place_and_pay(&both).await;
    until("its rest is owed", || async {
        server.clock.advance(Duration::from_secs(1));
        let order = server.stored(&id).await;
        order.settlement.pending_returns().any(|back| back.sent_at.is_some()).then_some(())
    })
    .await;
    let order = server.stored(&id).await;
    let invoice = order.invoice.as_ref().unwrap().provider_id.clone();
    let office = json!({
        "id": invoice, "action": "refund", "sku": order.lines[0].sku.0, "amount": 1500, "number": "office"
    });
    server.control(json!({ "invoicebox": { "office": office } })).await;
    server.fail_no_more().await;
    let order = server.wait_until_moved(&id).await;
    assert_eq!(order.settlement.refused_total().get(), 0);
    server.control(json!({ "invoicebox": { "refunds_without_lines": false } })).await;
    let refunds = server.refunds().await;
    assert_eq!(refunds.len(), 2);
    let ours = refunds.iter().find(|refund| refund["merchantOrderId"] != "office").unwrap();
    let lines = ours["basketItems"].as_array().unwrap();
    let lines: Vec<i64> = lines.iter().map(|line| kopecks(&line["totalAmount"])).collect();
    assert_eq!(lines, [DRAFT_TOTAL_KOPECKS - 150_000, REST_KOPECKS - (DRAFT_TOTAL_KOPECKS - 150_000)]);
}

/// Paid by a guarantee that Invoicebox refunds in part only after a shipment; no fuel was dispensed, and goods wait.
async fn guarantee_with_goods_that_wait(server: &TestServer) -> String {
    server.control(json!({ "invoicebox": { "whole_guarantees": true } })).await;
    server.control(json!({ "forecourt": { "fault": "zero" } })).await;
    let mut both = draft();
    both["items"] = json!([{ "sku": "washer-20", "count": 1 }]);
    both["expected_total_kopecks"] = json!(DRAFT_TOTAL_KOPECKS + 45_000);
    let id = server.place_and_pay_with(&both, "guarantee").await;
    until("the refund of the fuel was tried", || async {
        let rows = server.outbox().list(server.clock.wall()).await.unwrap();
        let is_refused = |row: &QueueEntry| row.name == "refund" && row.last_error.is_some();
        rows.iter().any(is_refused).then_some(())
    })
    .await;
    assert!(server.refunds().await.is_empty());
    let order = server.stored(&id).await;
    assert!(
        order.goods_until.is_some() && order.settlement.refused_total().get() == 0,
        "it waits for the goods"
    );
    id
}

async fn a_guarantee_that_goes_back_only_as_a_whole_does_so_when_the_goods_lapse(server: TestServer) {
    let id = guarantee_with_goods_that_wait(&server).await;
    server.clock.advance(Duration::from_secs(24 * 3600));
    let order = server.wait_until_moved(&id).await;
    assert_eq!(order.settlement.returned().get(), DRAFT_TOTAL_KOPECKS + 45_000);
    assert_eq!(server.invoices().await[0]["status"], "canceled");
    assert!(server.refunds().await.is_empty());
    assert!(server.discrepancies().await.is_empty(), "nothing is owed any more");
}

async fn goods_of_a_guarantee_are_charged_and_the_fuel_goes_back_after_the_shipment(server: TestServer) {
    let id = guarantee_with_goods_that_wait(&server).await;
    let handed = json!({ "items": [{ "line": 2, "quantity_centi": 100 }] });
    assert_eq!(server.erp_post(&format!("orders/{id}/complete"), &handed).await.0, 200);
    server.wait_until_moved(&id).await;
    assert_eq!(server.refunded_sums().await, [DRAFT_TOTAL_KOPECKS]);
    let shipped: Vec<i64> = server.shipments().await.iter().map(|row| kopecks(&row["amount"])).collect();
    assert_eq!(shipped, [45_000]);
    assert!(server.discrepancies().await.is_empty(), "nothing is owed any more");
}

async fn a_refund_of_the_office_during_a_full_fuelling_is_shown(server: TestServer) {
    let id = server.place_and_pay(&draft_to_start()).await;
    server.wait_for_status(&id, "paid").await;
    let invoice = server.stored(&id).await.invoice.unwrap().provider_id;
    server.start_pump(&id, 4).await;
    server.wait_for_status(&id, "ready").await;
    let office = json!({ "id": invoice, "action": "refund", "amount": 300, "number": "office" });
    server.control(json!({ "invoicebox": { "office": office } })).await;
    let order = server.wait_until_settled(&id).await;
    assert_eq!(order.settlement.returned().get(), 30_000);
    assert_eq!(server.discrepancy_names().await, ["refunded_elsewhere"], "fuel was given for it");
}

async fn a_refund_of_the_office_between_two_tries_takes_the_place_of_ours(server: TestServer) {
    server.control(json!({ "forecourt": { "fault": "partial" } })).await;
    server.fail_always("refund", "409").await;
    let id = server.place_and_pay(&draft()).await;
    until("our refund was tried", || async {
        server.clock.advance(Duration::from_secs(1));
        let order = server.stored(&id).await;
        order.settlement.pending_returns().any(|back| back.sent_at.is_some()).then_some(())
    })
    .await;
    let invoice = server.stored(&id).await.invoice.unwrap().provider_id;
    let all = json!({
        "id": invoice, "action": "refund", "amount": DRAFT_TOTAL_KOPECKS / 100, "number": "office"
    });
    server.control(json!({ "invoicebox": { "office": all } })).await;
    server.fail_no_more().await;
    until("the refund of the office is known", || async {
        server.clock.advance(Duration::from_secs(10));
        let order = server.stored(&id).await;
        order.settlement.returns.iter().any(|back| back.number == "office").then_some(())
    })
    .await;
    let order = server.wait_until_moved(&id).await;
    assert_eq!(order.settlement.returned().get(), DRAFT_TOTAL_KOPECKS);
    let returned: i64 = server.refunded_sums().await.iter().sum();
    assert_eq!(returned, DRAFT_TOTAL_KOPECKS, "once, and by the office, which counts roubles");
}

/// A proxy gives up on the first call, which goes on there and is why the second one is refused.
async fn a_refusal_is_no_proof_while_an_earlier_call_may_still_arrive(server: TestServer) {
    let mut two = goods_draft();
    two["items"] = json!([{ "sku": "washer-20", "count": 2 }]);
    two["expected_total_kopecks"] = json!(90_000);
    let id = server.place_and_complete(&two).await.id;
    let faults = json!([{ "route": "refund", "kind": "504" }, { "route": "refund", "kind": "422" }]);
    server.control(json!({ "invoicebox": { "fail_next": faults } })).await;
    let refund = json!({ "idempotency_key": Uuid::new_v4(), "reason": "возврат", "amount_kopecks": 45_000 });
    assert_eq!(server.erp_post(&format!("orders/{id}/refund"), &refund).await.0, 200);
    until("the second call is refused, and not believed", || async {
        let rows = server.outbox().list(server.clock.wall()).await.unwrap();
        let waits = |row: &QueueEntry| {
            row.name == "refund"
                && row.attempts >= 2
                && row.due_at - server.clock.now() > time::Duration::seconds(20)
        };
        rows.iter().any(waits).then_some(())
    })
    .await;
    let order = server.stored(&id).await;
    let (invoice, number) = (order.invoice.unwrap().provider_id, &order.settlement.returns[0].number);
    let arrived = json!({ "id": invoice, "action": "refund", "amount": 450, "number": number });
    server.control(json!({ "invoicebox": { "office": arrived } })).await;
    let order = server.wait_until_moved(&id).await;
    assert_eq!(server.refunded_sums().await, [45_000], "once");
    assert_eq!((order.settlement.returned().get(), order.settlement.refused_total().get()), (45_000, 0));
    assert!(server.discrepancies().await.is_empty(), "nothing was refused");
}
