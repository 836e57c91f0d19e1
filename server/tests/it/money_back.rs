//! Money that is not the order's goes back as it came, and what others have returned is not returned again.

use std::time::Duration;

use domain::order::{
    Status,
    settlement::{Progress, ReturnedBy},
};
use serde_json::{Value, json};
use server::database::Database;
use test_support::{
    DRAFT_TOTAL_KOPECKS, DatabaseKind, TestServer, draft, draft_to_start, kopecks, on_both_databases, until,
};

on_both_databases! {
    an_invoice_that_was_made_over_another_sum_is_withdrawn,
    a_payment_of_another_sum_goes_back_as_it_came,
    a_second_payment_goes_back_and_the_order_goes_on,
    a_second_payment_that_the_office_has_returned_is_not_returned_again,
    of_a_second_payment_that_the_office_has_returned_in_part_the_rest_goes,
    a_refund_of_the_office_is_not_paid_again,
    a_refund_number_of_another_order_is_seen_and_the_operator_takes_the_next,
    a_refused_shipment_is_sent_again_by_the_operator,
    a_shipment_that_was_given_up_is_sent_again_by_the_operator,
}

async fn act(server: &TestServer, invoice: &Value, action: &str) {
    server.control(json!({ "invoicebox": { "order": { "id": invoice, "action": action } } })).await;
}

async fn paid_order(server: &TestServer) -> String {
    let id = server.place_and_pay(&draft_to_start()).await;
    server.wait_for_status(&id, "paid").await;
    id
}

async fn an_invoice_that_was_made_over_another_sum_is_withdrawn(server: TestServer) {
    server.fail_next("create", "other_amount").await;
    let (status, answer) = server.try_place(&draft()).await;
    assert_eq!(status, 502, "{answer}");
    server
        .wait_for_invoice_cancellation(|invoice| kopecks(&invoice["amount"]) == DRAFT_TOTAL_KOPECKS - 1)
        .await;
    let open = server.discrepancies().await;
    assert_eq!(open, [("sum_differs".to_owned(), "failed".to_owned())]);
}

async fn a_payment_of_another_sum_goes_back_as_it_came(server: TestServer) {
    let cannot_cancel = json!({ "route": "cancel", "kind": "500", "times": 100_000 });
    let faults = json!([{ "route": "create", "kind": "other_amount" }, cannot_cancel]);
    server.control(json!({ "invoicebox": { "fail_next": faults } })).await;
    assert_ne!(server.try_place(&draft()).await.0, 200);
    let invoice = server.invoices().await.remove(0);
    act(&server, &invoice["id"], "pay").await;
    server.fail_no_more().await;
    let order = until("it is known as paid", || async {
        let orders = server.store().list_by_status(&[Status::Unavailable]).await.unwrap();
        orders.into_iter().next()
    })
    .await;
    let order = server.wait_until_moved(&order.id.to_string()).await;
    assert_eq!(server.refunded_sums().await, [DRAFT_TOTAL_KOPECKS - 1]);
    assert_eq!(order.settlement.refused_total().get(), 0);
    assert_eq!(order.settlement.returns[0].amount.get(), DRAFT_TOTAL_KOPECKS - 1);
    assert_eq!(server.discrepancy_names().await, ["sum_differs"]);
}

/// A paid order with another invoice under its number that was paid as well. Returns the order's id.
async fn paid_twice(server: &TestServer, action: &str) -> String {
    let id = paid_order(server).await;
    let number = server.stored(&id).await.merchant_order_id;
    let second = server.make_foreign_invoice(&number, "2781.43").await;
    act(server, &second["id"], action).await;
    until("it is known", || async {
        let order = server.stored(&id).await;
        (!order.settlement.second_payments.is_empty()).then_some(())
    })
    .await;
    id
}

async fn a_second_payment_goes_back_and_the_order_goes_on(server: TestServer) {
    let id = paid_twice(&server, "pay").await;
    let order = server.wait_until_moved(&id).await;
    assert_eq!(server.refunded_sums().await, [DRAFT_TOTAL_KOPECKS]);
    let second = &order.settlement.second_payments[0];
    assert_eq!((second.state, &second.number), (Progress::Done, &format!("{}-r1", order.merchant_order_id)));
    assert_eq!((order.status, order.settlement.returns.len()), (Status::Paid, 0));
    assert_eq!(server.discrepancy_names().await, ["paid_twice"]);
    // A guarantee is cancelled: no refund of it.
    let other = paid_twice(&server, "guarantee").await;
    let order = server.wait_until_moved(&other).await;
    assert_eq!(order.settlement.second_payments[0].state, Progress::Done);
    assert_eq!(server.refunded_sums().await, [DRAFT_TOTAL_KOPECKS]);
    let by_id = |invoice: &&Value| invoice["id"] == order.settlement.second_payments[0].provider_id;
    assert_eq!(server.invoices().await.iter().find(by_id).unwrap()["status"], "canceled");
}

async fn a_second_payment_that_the_office_has_returned_is_not_returned_again(server: TestServer) {
    server.fail_always("refunds", "500").await;
    let id = paid_twice(&server, "pay").await;
    let second = server.stored(&id).await.settlement.second_payments[0].provider_id.clone();
    server.control(json!({ "invoicebox": { "office": { "id": second, "action": "refund" } } })).await;
    server.fail_no_more().await;
    let order = server.wait_until_moved(&id).await;
    assert_eq!(order.settlement.second_payments[0].state, Progress::Done);
    assert_eq!(server.refunded_sums().await, [DRAFT_TOTAL_KOPECKS], "the office's alone");
}

async fn of_a_second_payment_that_the_office_has_returned_in_part_the_rest_goes(server: TestServer) {
    server.fail_always("refunds", "500").await;
    let id = paid_twice(&server, "pay").await;
    let second = server.stored(&id).await.settlement.second_payments[0].provider_id.clone();
    let office = json!({ "id": second, "action": "refund", "amount": 300, "number": "office" });
    server.control(json!({ "invoicebox": { "office": office } })).await;
    server.fail_no_more().await;
    let order = server.wait_until_moved(&id).await;
    let sums: Vec<_> = order.settlement.second_payments.iter().map(|it| it.amount.get()).collect();
    assert_eq!(sums, [30_000, DRAFT_TOTAL_KOPECKS - 30_000]);
    assert_eq!(server.refunded_sums().await, [30_000, DRAFT_TOTAL_KOPECKS - 30_000]);
    assert_eq!(server.discrepancy_names().await, ["paid_twice", "refunded_elsewhere"]);
    // Invoicebox cancels the office's: it is owed, and goes by ours.
    let canceled = json!({ "merchantOrderId": "office", "status": "canceled" });
    server.control(json!({ "invoicebox": { "refund": canceled } })).await;
    until("it is owed", || async {
        server.clock.advance(Duration::from_secs(60));
        let owed = server.stored(&id).await.settlement.refused_total();
        (owed.get() == 30_000).then_some(())
    })
    .await;
}

/// Half is dispensed of what was paid, and before it the office returned a part of it.
async fn a_refund_of_the_office_is_not_paid_again(server: TestServer) {
    server.control(json!({ "forecourt": { "fault": "partial" } })).await;
    let id = paid_order(&server).await;
    let order = server.stored(&id).await;
    let invoice = order.invoice.as_ref().unwrap().provider_id.clone();
    let office = json!({ "id": invoice, "action": "refund", "amount": 300, "number": "office" });
    server.control(json!({ "invoicebox": { "office": office } })).await;
    server.start_pump(&id, 4).await;
    let order = server.wait_until_settled(&id).await;
    let rest = DRAFT_TOTAL_KOPECKS - 139_035;
    assert_eq!(server.refunded_sums().await, [30_000, rest - 30_000]);
    assert_eq!(order.settlement.returned().get(), rest);
    assert_eq!(server.discrepancy_names().await, ["refunded_elsewhere"]);
    let (_, listed) = server.erp_get(&format!("orders/{id}")).await;
    assert_eq!(listed["refund_kopecks"], json!(rest), "{listed}");
}

async fn a_refund_number_of_another_order_is_seen_and_the_operator_takes_the_next(server: TestServer) {
    let (id, other) = (paid_order(&server).await, paid_order(&server).await);
    let (order, other) = (server.stored(&id).await, server.stored(&other).await);
    let taken = format!("{}-r1", order.merchant_order_id);
    let office = json!({
        "id": other.invoice.unwrap().provider_id, "action": "refund", "amount": 1, "number": taken
    });
    server.control(json!({ "invoicebox": { "office": office } })).await;
    assert_eq!(server.post("/api/orders/cancel", &json!({ "id": id })).await.0, 200);
    until("it is refused", || async {
        let names = server.discrepancy_names().await;
        names.contains(&"refund_refused".to_owned()).then_some(())
    })
    .await;
    let retry = json!({ "idempotency_key": uuid::Uuid::new_v4(), "reason": "повтор" });
    assert_eq!(server.erp_post(&format!("orders/{id}/refund"), &retry).await.0, 200);
    let order = server.wait_until_moved(&id).await;
    assert_eq!(order.settlement.returns[0].by, Some(ReturnedBy::Refund));
    assert_eq!(server.refunded_sums().await, [100, DRAFT_TOTAL_KOPECKS]);
}

async fn a_refused_shipment_is_sent_again_by_the_operator(server: TestServer) {
    server.fail_next("ship", "400").await;
    let id = server.place_and_pay(&draft()).await;
    server.wait_until_settled(&id).await;
    assert_eq!(server.discrepancy_names().await, ["shipment_refused"]);
    assert!(server.shipments().await.is_empty());
    let retry = format!("orders/{id}/shipment/retry");
    for _ in 0..2 {
        let (status, answer) = server.erp_post(&retry, &Value::Null).await;
        assert_eq!((status, &answer["status"]), (200, &json!("completed")), "{answer}");
    }
    let order = server.wait_until_moved(&id).await;
    assert!(order.is_shipped());
    assert_eq!((server.shipments().await.len(), server.discrepancies().await.len()), (1, 0));
    assert_eq!(server.erp_post(&retry, &Value::Null).await.0, 200, "it is done");
    let canceled = server.place_order(&draft()).await.order_id;
    let (status, answer) = server.erp_post(&format!("orders/{canceled}/shipment/retry"), &Value::Null).await;
    assert_eq!((status, &answer["error"]["code"]), (409, &json!("conflict")), "{answer}");
}

async fn a_shipment_that_was_given_up_is_sent_again_by_the_operator(server: TestServer) {
    server.fail_always("ship", "401").await;
    let id = server.place_and_pay(&draft()).await;
    server.wait_for_status(&id, "completed").await;
    let database = Database::open(&server.database_url).await.unwrap();
    let give_up = "UPDATE outbox SET state = 'dead' WHERE effect = 'ship' AND lease IS NULL";
    until("it was given up", || async {
        let given_up = sqlx::query(give_up).execute(database.pool()).await.unwrap();
        (given_up.rows_affected() == 1).then_some(())
    })
    .await;
    server.fail_no_more().await;
    assert_eq!(server.erp_post(&format!("orders/{id}/shipment/retry"), &Value::Null).await.0, 200);
    until("it is sent", || async { server.stored(&id).await.is_shipped().then_some(()) }).await;
    assert_eq!(server.shipments().await.len(), 1);
}

/// The office has shipped a part of a reserve, more than was delivered: what it left was never taken.
#[tokio::test(flavor = "multi_thread")]
async fn of_a_reserve_that_the_office_has_shipped_only_what_was_taken_goes_back() {
    let server = TestServer::start_with(DatabaseKind::Sqlite, &[("INVOICEBOX_RELEASE_ON_HOLD", "on")]).await;
    server.remove_delays_and_limits().await;
    server.control(json!({ "forecourt": { "fault": "partial" } })).await;
    let id = server.place_and_pay_with(&draft_to_start(), "hold").await;
    server.wait_for_status(&id, "paid").await;
    let order = server.stored(&id).await;
    let invoice = order.invoice.as_ref().unwrap().provider_id.clone();
    server.start_pump(&id, 4).await;
    until("the pump is released", || async {
        let order = server.stored(&id).await;
        order.has_sent_release().then_some(())
    })
    .await;
    let office = json!({ "id": invoice, "action": "ship", "amount": 2000, "final": true });
    server.control(json!({ "invoicebox": { "office": office } })).await;
    let order = server.wait_until_settled(&id).await;
    assert_eq!(server.shipments().await.len(), 1, "the office's alone");
    assert_eq!(server.refunded_sums().await, [200_000 - 139_035]);
    let by: Vec<_> = order.settlement.returns.iter().map(|back| (back.amount.get(), back.by)).collect();
    let released = DRAFT_TOTAL_KOPECKS - 200_000;
    assert_eq!(by, [(released, Some(ReturnedBy::Release)), (200_000 - 139_035, Some(ReturnedBy::Refund))]);
    assert!(server.discrepancies().await.is_empty());
}

/// A reserve that is shown as taken some time after our shipment, and then as a whole: the rest is asked for.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_reserve_has_given_is_known_when_it_is_shown_as_taken() {
    let server = TestServer::start_with(DatabaseKind::Sqlite, &[("INVOICEBOX_RELEASE_ON_HOLD", "on")]).await;
    server.remove_delays_and_limits().await;
    server
        .control(json!({ "forecourt": { "fault": "partial" }, "invoicebox": { "capture_delay_s": 20 } }))
        .await;
    let rest = DRAFT_TOTAL_KOPECKS - 139_035;
    for takes_all in [false, true] {
        let id = server.place_and_pay_with(&draft(), "hold").await;
        let invoice = server.stored(&id).await.invoice.unwrap().provider_id;
        let shipped = server.shipments().await.len();
        until("it is shipped", || async {
            server.clock.advance(Duration::from_millis(500));
            (server.shipments().await.len() > shipped).then_some(())
        })
        .await;
        assert!(!server.stored(&id).await.is_shipped(), "nobody knows what was taken");
        if takes_all {
            act(&server, &json!(invoice), "capture").await;
        }
        let order = server.wait_until_settled(&id).await;
        let by: Vec<_> = order.settlement.returns.iter().map(|it| (it.amount.get(), it.by)).collect();
        let way = if takes_all { ReturnedBy::Refund } else { ReturnedBy::Release };
        assert_eq!(by, [(rest, Some(way))]);
    }
    assert_eq!(server.refunded_sums().await, [rest]);
    assert_eq!(server.shipments().await.len(), 2);
    // It is never shown: then it counts as taken for what was shipped.
    server.control(json!({ "invoicebox": { "capture_delay_s": 1_000_000 } })).await;
    let id = server.place_and_pay_with(&draft(), "hold").await;
    let order = server.wait_until_settled(&id).await;
    assert_eq!(order.settlement.returns[0].by, Some(ReturnedBy::Release));
    assert!(server.discrepancies().await.is_empty());
}
