//! Settlement after the payment: what was delivered is shipped, the rest is returned, to the kopeck and once, whatever
//! happens.

use std::time::Duration;

use domain::{
    id::{IdempotencyKey, OrderId},
    money::Kopecks,
    order::{
        Discrepancy,
        machine::Canceller,
        settlement::{RefundRequest, RefundScope, ReturnedBy},
    },
    quantity::Centi,
    refusal::{OrderRefusal, PaymentRefusal, Refusal},
};
use serde_json::{Value, json};
use server::orders::DiscrepancyFilter;
use uuid::Uuid;

use test_support::{
    DRAFT_TOTAL_KOPECKS, DatabaseKind, ErrorBody, TestServer, draft, goods_draft, kopecks, on_both_databases,
    until,
};

on_both_databases! {
    a_partial_fill_is_shipped_and_its_rest_refunded,
    goods_are_shipped_whole,
    nothing_dispensed_cancels_a_guarantee_and_refunds_money,
    lost_answers_ship_once,
    lost_answers_refund_once,
    a_refused_shipment_is_listed_and_the_rest_is_returned,
    a_refused_refund_is_listed_until_the_operator_succeeds,
    a_release_is_withdrawn_before_the_money_returns,
    nobody_can_cancel_once_fuel_flows,
    an_unwithdrawn_release_holds_the_money_until_the_station_answers,
}

const HALF_KOPECKS: i64 = 139_035;

fn amounts(rows: &[Value]) -> Vec<i64> {
    rows.iter().map(|row| kopecks(&row["amount"])).collect()
}

async fn a_partial_fill_is_shipped_and_its_rest_refunded(server: TestServer) {
    server.control(json!({ "forecourt": { "fault": "partial" } })).await;
    let id = server.place_and_pay(&draft()).await;
    let order = server.wait_until_settled(&id).await;
    let shipments = server.shipments().await;
    let refunds = server.refunds().await;
    assert_eq!(
        (amounts(&shipments), amounts(&refunds)),
        (vec![HALF_KOPECKS], vec![DRAFT_TOTAL_KOPECKS - HALF_KOPECKS])
    );
    let (shipment, refund) = (&shipments[0], &refunds[0]);
    assert_eq!(shipment["final"], true);
    assert_eq!(shipment["basketItems"][0]["quantity"].to_string(), "18.7");
    assert_eq!(shipment["basketItems"][0]["paymentType"], "full_payment");
    // 18.71 l would cost 1391.09: the rest does not divide, and is returned as one unit.
    let unit = &refund["basketItems"][0];
    assert_eq!(
        (unit["quantity"].to_string(), kopecks(&unit["amount"])),
        ("1".to_owned(), DRAFT_TOTAL_KOPECKS - HALF_KOPECKS)
    );
    let vat = kopecks(&shipment["vatAmount"]) + kopecks(&refund["vatAmount"]);
    assert_eq!(vat, order.vat.get(), "no kopeck of the tax is lost either");
    let provider_id = &order.invoice.as_ref().unwrap().provider_id;
    let items = server.rows(&format!("billing/api/order/order/{provider_id}/refund-basket-item")).await;
    assert_eq!(kopecks(&items[0]["availableAmount"]), HALF_KOPECKS);
    let view = server.order(&id).await;
    let sums = (view.total_kopecks, view.final_kopecks, view.refund_kopecks);
    assert_eq!(sums, (DRAFT_TOTAL_KOPECKS, Some(HALF_KOPECKS), Some(DRAFT_TOTAL_KOPECKS - HALF_KOPECKS)));
    assert!(server.discrepancies().await.is_empty());
}

async fn goods_are_shipped_whole(server: TestServer) {
    let id = server.place_and_pay(&goods_draft()).await;
    server.wait_until_settled(&id).await;
    assert_eq!(amounts(&server.shipments().await), [45_000]);
    assert!(server.refunds().await.is_empty());
}

async fn nothing_dispensed_cancels_a_guarantee_and_refunds_money(server: TestServer) {
    server.control(json!({ "forecourt": { "fault": "zero" } })).await;
    let id = server.place_and_pay_with(&draft(), "guarantee").await;
    let order = server.wait_until_settled(&id).await;
    assert_eq!(order.settlement.returns[0].by, Some(ReturnedBy::Cancel));
    assert_eq!(server.invoices().await[0]["status"], "canceled");
    assert!(server.refunds().await.is_empty());
    let id = server.place_and_pay(&draft()).await;
    let order = server.wait_until_settled(&id).await;
    assert_eq!(order.settlement.returns[0].by, Some(ReturnedBy::Refund));
    assert_eq!(amounts(&server.refunds().await), [DRAFT_TOTAL_KOPECKS]);
    assert!(server.shipments().await.is_empty());
    assert!(server.discrepancies().await.is_empty(), "all as it should be");
    let view = server.order(&id).await;
    assert!(view.message().contains("Топливо не налито"), "{view}");
}

async fn lost_answers_ship_once(server: TestServer) {
    let faults =
        [("ship", "executed_but_lost"), ("ship", "cut_body"), ("ship", "500"), ("shipments", "502_html")];
    assert_money_moves_once(&server, &faults).await;
}

async fn lost_answers_refund_once(server: TestServer) {
    let faults = [
        ("refund", "executed_but_lost"),
        ("refund", "wrong_type"),
        ("refund", "503"),
        ("refunds", "500"),
        ("refund_items", "429"),
        ("refund", "401"),
    ];
    assert_money_moves_once(&server, &faults).await;
}

/// An order for each fault, which is the next answer of its call.
async fn assert_money_moves_once(server: &TestServer, faults: &[(&str, &str)]) {
    server.control(json!({ "forecourt": { "fault": "partial" } })).await;
    for (count, (route, kind)) in (1..).zip(faults) {
        server.fail_next(route, kind).await;
        if *route == "shipments" {
            server.fail_next("ship", "executed_but_lost").await;
        }
        let id = server.place_and_pay(&draft()).await;
        let order = server.wait_until_settled(&id).await;
        assert!(order.is_shipped(), "{route} {kind}");
        assert_eq!(amounts(&server.shipments().await), vec![HALF_KOPECKS; count], "{route} {kind}");
        assert_eq!(
            amounts(&server.refunds().await),
            vec![DRAFT_TOTAL_KOPECKS - HALF_KOPECKS; count],
            "{route} {kind}"
        );
    }
    assert!(server.discrepancies().await.is_empty());
}

async fn a_refused_shipment_is_listed_and_the_rest_is_returned(server: TestServer) {
    server.control(json!({ "forecourt": { "fault": "partial" } })).await;
    server.fail_next("ship", "422").await;
    let id = server.place_and_pay(&draft()).await;
    let order = server.wait_until_settled(&id).await;
    assert!(!order.is_shipped());
    assert_eq!(amounts(&server.refunds().await), [DRAFT_TOTAL_KOPECKS - HALF_KOPECKS]);
    let listed = ("shipment_refused".to_owned(), "completed".to_owned());
    assert_eq!(server.discrepancies().await, [listed]);
}

async fn a_refused_refund_is_listed_until_the_operator_succeeds(server: TestServer) {
    server.control(json!({ "forecourt": { "fault": "partial" } })).await;
    server.fail_next("refund", "422").await;
    let id = server.place_and_pay(&draft()).await;
    let order = server.wait_until_settled(&id).await;
    assert_eq!(order.settlement.refused_total().get(), DRAFT_TOTAL_KOPECKS - HALF_KOPECKS);
    let listed = [("refund_refused".to_owned(), "completed".to_owned())];
    assert_eq!(server.discrepancies().await, listed);
    // Refused again, in the same words.
    server.fail_next("refund", "422").await;
    server.orders.refund.run(order.id, refund(None, "ещё раз")).await.unwrap();
    let order = server.wait_until_settled(&id).await;
    assert_eq!(order.settlement.refused_total().get(), DRAFT_TOTAL_KOPECKS - HALF_KOPECKS);
    assert_eq!(server.discrepancies().await, listed, "it is owed as before");
    // Words do not settle what is owed.
    let settle = &server.orders.settle_discrepancy;
    let ids = settle.open_of(order.number, Discrepancy::RefundRefused).await.unwrap();
    let refusal = settle.run(&ids[0], "акт 12").await.unwrap_err();
    assert!(matches!(refusal, Refusal::Order(OrderRefusal::DiscrepancyHoldsMoney)), "{refusal:?}");
    assert!(!server.settle(order.number, Discrepancy::PaidTwice, "не было").await);
    let message = server.order(&id).await.message().to_owned();
    assert!(message.contains("это сделает оператор АЗС"), "{message}");
    server.orders.refund.run(order.id, refund(None, "повтор")).await.unwrap();
    let order = server.wait_until_settled(&id).await;
    assert_eq!(order.settlement.refused_total(), Kopecks::ZERO);
    assert_eq!(amounts(&server.refunds().await), [DRAFT_TOTAL_KOPECKS - HALF_KOPECKS]);
    // Each number under which it was tried has had its line, which has closed itself and stays in the ledger.
    assert!(server.discrepancies().await.is_empty());
    assert_eq!(server.store().discrepancies(DiscrepancyFilter::All).await.unwrap().len(), 4);
}

/// A request for a refund under a key of its own.
fn refund(amount: Option<i64>, reason: &str) -> RefundRequest {
    let scope = amount.map_or(RefundScope::Rest, |amount| RefundScope::Amount(Kopecks::new(amount)));
    RefundRequest { key: IdempotencyKey(Uuid::new_v4()), scope, reason: reason.to_owned() }
}

async fn a_release_is_withdrawn_before_the_money_returns(server: TestServer) {
    server.control(json!({ "forecourt": { "fault": "late" } })).await;
    let id = server.place_and_pay_with(&draft(), "guarantee").await;
    server.wait_for_status(&id, "authorising").await;
    let (status, view) = server.post("/api/orders/cancel", &json!({ "id": id })).await;
    assert_eq!((status, view["status"].as_str()), (200, Some("canceled")), "{view}");
    assert_eq!(
        (view["final_kopecks"].as_i64(), view["refund_kopecks"].as_i64()),
        (Some(0), Some(DRAFT_TOTAL_KOPECKS))
    );
    assert!(view["message"].as_str().unwrap().contains("Инвойсбокс вернёт"), "{view}");
    server.wait_until_settled(&id).await;
    assert_eq!(server.invoices().await[0]["status"], "canceled");
    // The station had accepted by now, and filled by the minute after.
    server.clock.advance(Duration::from_secs(120));
    assert_eq!(server.order(&id).await.dispensed_centi, None);
    assert!(server.discrepancies().await.is_empty());
}

async fn nobody_can_cancel_once_fuel_flows(server: TestServer) {
    let id = server.place_and_pay(&draft()).await;
    until("fuel flows", || async {
        server.clock.advance(Duration::from_millis(200));
        (server.order(&id).await.status == "fuelling").then_some(())
    })
    .await;
    let (status, answer) = server.post("/api/orders/cancel", &json!({ "id": id })).await;
    assert_eq!((status, ErrorBody::of(&answer).code), (409, "order_not_cancelable"), "{answer}");
    let order = server.wait_until_settled(&id).await;
    assert_eq!(order.final_total(), Some(order.total));
}

async fn an_unwithdrawn_release_holds_the_money_until_the_station_answers(server: TestServer) {
    let placed = server.place_order(&draft()).await;
    let id = placed.order_id.clone();
    server.control(json!({ "forecourt": { "fault": "late" } })).await;
    server.pay_with(&placed.payment_url, "guarantee").await;
    until("the station has been asked", || async {
        let order = server.stored(&id).await;
        order.open_release().is_some_and(|release| release.sent_at.is_some()).then_some(())
    })
    .await;
    server.control(json!({ "forecourt": { "fault": "silence" } })).await;
    let orders = server.orders.clone();
    let order = OrderId::parse(&id).unwrap();
    let canceling = tokio::spawn(async move { orders.cancel.run(order, Canceller::Customer).await });
    until("it is being cancelled", || async { server.stored(&id).await.cancellation.map(drop) }).await;
    assert!(server.stored(&id).await.settlement.returns.is_empty(), "no money before the station's answer");
    let message = server.order(&id).await.message().to_owned();
    assert!(message.contains("ждём подтверждения"), "{message}");
    server.clock.advance(Duration::from_secs(31 * 60));
    let answered = canceling.await.unwrap().unwrap();
    assert!(answered.status.is_final() || answered.cancellation.is_some());
    server.control(json!({ "forecourt": { "fault": "none" } })).await;
    until("it is withdrawn, or the fuel was given", || async {
        server.clock.advance(Duration::from_secs(60));
        server.stored(&id).await.status.is_final().then_some(())
    })
    .await;
    let order = server.wait_until_settled(&id).await;
    assert_eq!(order.final_total().unwrap() + order.settlement.returned(), order.total);
}

async fn started(variables: &[(&str, &str)]) -> TestServer {
    let server = TestServer::start_with(DatabaseKind::Sqlite, variables).await;
    server.remove_delays_and_limits().await;
    server
}

/// With the written consent of Invoicebox a reserve releases the pump, and the shipment takes what was dispensed.
#[tokio::test(flavor = "multi_thread")]
async fn a_reserve_releases_the_pump_where_that_is_agreed() {
    let server = started(&[("INVOICEBOX_RELEASE_ON_HOLD", "on")]).await;
    server.control(json!({ "forecourt": { "fault": "partial" } })).await;
    let id = server.place_and_pay_with(&draft(), "hold").await;
    let order = server.wait_until_settled(&id).await;
    assert_eq!(order.settlement.returns[0].by, Some(ReturnedBy::Release));
    assert_eq!(amounts(&server.shipments().await), [HALF_KOPECKS]);
    assert!(server.refunds().await.is_empty(), "what was never taken is not refunded");
    assert_eq!(server.invoices().await[0]["status"], "completed");
    let view = server.order(&id).await;
    assert!(view.message().contains("банк снимет резерв"), "{view}");
    assert!(server.discrepancies().await.is_empty());

    server.control(json!({ "forecourt": { "fault": "zero" } })).await;
    let id = server.place_and_pay_with(&draft(), "hold").await;
    let order = server.wait_until_settled(&id).await;
    assert_eq!(order.settlement.returns[0].by, Some(ReturnedBy::Cancel), "the reserve is released");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reserve_alone_releases_nothing() {
    let server = started(&[]).await;
    let id = server.place_and_pay_with(&draft(), "hold").await;
    until("the notification was taken", || async {
        let log = server.control(json!({ "invoicebox": { "log": true } })).await.to_string();
        log.contains("\"success\"").then_some(())
    })
    .await;
    assert_eq!(server.order(&id).await.status, "awaiting_payment");
}

/// The screen must not send the driver to a nozzle that nobody has released.
#[tokio::test(flavor = "multi_thread")]
async fn an_order_states_that_the_cashier_releases_its_pump() {
    let server = started(&[("KOLONKA_FORECOURT", "none")]).await;
    let unpaid = server.place_order(&draft()).await;
    assert_eq!(unpaid.view.json["by_hand"], true);
    let (status, canceled) = server.post("/api/orders/cancel", &json!({ "id": unpaid.order_id })).await;
    assert_eq!((status, &canceled["status"]), (200, &json!("canceled")), "before the payment as always");

    let id = server.place_and_pay(&draft()).await;
    server.wait_for_status(&id, "ready").await;
    assert_eq!(server.order(&id).await.json["by_hand"], true);
    let goods = server.place_order(&goods_draft()).await;
    assert_eq!(goods.view.json.get("by_hand"), None, "no pump, nothing to release");

    let linked = started(&[]).await;
    assert_eq!(linked.place_order(&draft()).await.view.json.get("by_hand"), None);
}

/// Without automation only the cashier knows what was filled.
#[tokio::test(flavor = "multi_thread")]
async fn the_operator_completes_refunds_and_cancels() {
    let server = started(&[("KOLONKA_FORECOURT", "none")]).await;
    let orders = &server.orders;
    let id = server.place_and_pay(&draft()).await;
    server.wait_for_status(&id, "ready").await;
    let order = OrderId::parse(&id).unwrap();
    let (status, answer) = server.post("/api/orders/cancel", &json!({ "id": id })).await;
    assert_eq!((status, ErrorBody::of(&answer).code), (409, "order_not_cancelable"), "{answer}");
    assert_eq!(
        orders.refund.run(order, refund(None, "")).await.unwrap_err(),
        PaymentRefusal::NotRefundable.into()
    );
    let too_much = orders.complete.run(order, Some(Centi::new(3800)), None).await.unwrap_err();
    assert!(
        matches!(too_much, Refusal::Payment(PaymentRefusal::VolumeNotPaid { paid, .. }) if paid.get() == 3741),
        "{too_much:?}"
    );
    for _ in 0..2 {
        orders.complete.run(order, Some(Centi::new(1870)), None).await.unwrap();
    }
    assert_eq!(
        orders.complete.run(order, Some(Centi::new(1)), None).await.unwrap_err(),
        PaymentRefusal::NotCompletable.into()
    );
    server.wait_until_settled(&id).await;
    assert_eq!(amounts(&server.refunds().await), [DRAFT_TOTAL_KOPECKS - HALF_KOPECKS]);

    let left = Kopecks::new(HALF_KOPECKS);
    let beyond = orders.refund.run(order, refund(Some(HALF_KOPECKS + 1), "")).await.unwrap_err();
    assert_eq!(beyond, PaymentRefusal::RefundTooLarge { left }.into());
    orders.refund.run(order, refund(Some(10_001), "пролив")).await.unwrap();
    server.wait_until_settled(&id).await;
    orders.refund.run(order, refund(None, "претензия")).await.unwrap();
    server.wait_until_settled(&id).await;
    let mut given = amounts(&server.refunds().await);
    given.sort_unstable();
    assert_eq!(given, [10_001, HALF_KOPECKS - 10_001, DRAFT_TOTAL_KOPECKS - HALF_KOPECKS]);
    assert_eq!(given.iter().sum::<i64>(), DRAFT_TOTAL_KOPECKS);
    assert_eq!(
        orders.refund.run(order, refund(None, "")).await.unwrap_err(),
        PaymentRefusal::NotRefundable.into()
    );

    let id = server.place_and_pay_with(&draft(), "guarantee").await;
    server.wait_for_status(&id, "ready").await;
    let order = OrderId::parse(&id).unwrap();
    assert_eq!(orders.cancel.run(order, Canceller::Operator).await.unwrap().status.name(), "canceled");
    server.wait_until_settled(&id).await;
    assert_eq!(
        orders.complete.run(order, None, None).await.unwrap_err(),
        PaymentRefusal::NotCompletable.into()
    );

    let id = server.place_and_pay(&goods_draft()).await;
    server.wait_for_status(&id, "ready").await;
    let order = OrderId::parse(&id).unwrap();
    assert_eq!(
        orders.cancel.run(order, Canceller::Customer).await.unwrap_err(),
        PaymentRefusal::NotCancelable.into()
    );
    assert_eq!(
        orders.complete.run(order, Some(Centi::new(100)), None).await.unwrap_err(),
        PaymentRefusal::NotCompletable.into()
    );
    orders.complete.run(order, None, None).await.unwrap();
    server.wait_until_settled(&id).await;
    assert!(server.discrepancies().await.is_empty());
}
