//! Identity of orders and invoices: one order of ours is one invoice there, whatever a lost answer, a duplicate or a
//! foreign invoice under our number does.

use std::time::Duration;

use domain::order::Order;
use serde_json::{Value, json};

use test_support::{DEMO_MERCHANT_ID, Placed, TestServer, draft, on_both_databases, until};

on_both_databases! {
    of_duplicates_the_paid_one_is_kept,
    of_unpaid_duplicates_the_oldest_is_kept_and_the_others_are_withdrawn,
    a_foreign_invoice_under_our_number_makes_us_renumber,
    an_existing_number_is_adopted,
    unit_prices_of_two_decimals_that_are_refused_are_sent_once_more_with_six,
}

const OTHER_MERCHANT: &str = "0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b";

async fn only_order(server: &TestServer) -> Order {
    let all = server.store().list_by_status(&domain::order::Status::ALL).await.unwrap();
    assert_eq!(all.len(), 1);
    all.into_iter().next().unwrap()
}

/// An order whose first creation failed. The first look fails too, so that there is time to prepare the second.
async fn failed_once(server: &TestServer, draft: &Value, kind: &str) -> Order {
    server.control(json!({ "invoicebox": { "duplicates_allowed": [DEMO_MERCHANT_ID] } })).await;
    server.fail_next("create", kind).await;
    server.fail_next("list", "500").await;
    let (status, _) = server.try_place(draft).await;
    assert_ne!(status, 200);
    only_order(server).await
}

/// Presses again until there is a payment link.
async fn placed_at_last(server: &TestServer, draft: &Value) -> Placed {
    until("the order is placed", || async {
        let (status, answer) = server.try_place(draft).await;
        (status == 200).then(|| Placed::read(answer))
    })
    .await
}

async fn of_unpaid_duplicates_the_oldest_is_kept_and_the_others_are_withdrawn(server: TestServer) {
    let draft = draft();
    let order = failed_once(&server, &draft, "executed_but_lost").await;
    server.clock.advance(Duration::from_secs(2));
    let duplicate = server.make_foreign_invoice(&order.merchant_order_id, "2781.43").await;
    let placed = placed_at_last(&server, &draft).await;
    let kept = only_order(&server).await;
    let kept_id = kept.invoice.unwrap().provider_id;
    assert_ne!(kept_id, duplicate["id"].as_str().unwrap());
    server.wait_for_invoice_cancellation(|invoice| invoice["id"] == duplicate["id"]).await;
    assert_eq!(server.discrepancy_names().await, ["twin_invoices"]);
    assert_eq!(server.order(&placed.order_id).await.status, "awaiting_payment");
}

async fn of_duplicates_the_paid_one_is_kept(server: TestServer) {
    let draft = draft();
    let order = failed_once(&server, &draft, "executed_but_lost").await;
    let duplicate = server.make_foreign_invoice(&order.merchant_order_id, "2781.43").await;
    // Paid, and its notification lost: the look finds it.
    let lost = json!({ "fail_next": [{ "kind": "lost", "ms": 0, "times": 1 }] });
    let pay = json!({ "id": duplicate["id"], "action": "pay" });
    server.control(json!({ "invoicebox": { "notifications": lost, "order": pay } })).await;
    placed_at_last(&server, &draft).await;
    let kept = until("the payment is recorded", || async {
        let kept = only_order(&server).await;
        kept.settlement.payment.is_some().then_some(kept)
    })
    .await;
    assert_eq!(kept.invoice.unwrap().provider_id, duplicate["id"].as_str().unwrap());
    server.wait_for_invoice_cancellation(|invoice| invoice["id"] != duplicate["id"]).await;
}

async fn a_foreign_invoice_under_our_number_makes_us_renumber(server: TestServer) {
    let draft = draft();
    let order = failed_once(&server, &draft, "500").await;
    server.control(json!({ "invoicebox": { "merchants": [OTHER_MERCHANT] } })).await;
    let foreign = server.make_invoice_of(OTHER_MERCHANT, &order.merchant_order_id, "2781.43").await;
    placed_at_last(&server, &draft).await;
    let renumbered = only_order(&server).await;
    assert_ne!(renumbered.merchant_order_id, order.merchant_order_id);
    assert_ne!(renumbered.invoice.unwrap().provider_id, foreign["id"].as_str().unwrap());
    assert_eq!(server.discrepancy_names().await, ["number_taken"]);
    let invoices = server.invoices().await;
    let there = invoices.iter().find(|there| there["id"] == foreign["id"]).unwrap();
    assert_eq!(there["status"], "created", "what is not ours is left alone");
    // The notification finds the order by its new number.
    let id = renumbered.id;
    let url = server.order(&id.to_string()).await.payment_url.unwrap();
    server.pay(&url).await;
    until("paid", || async {
        let order = server.stored(&id.to_string()).await;
        order.settlement.payment.map(|_| ())
    })
    .await;
}

async fn an_existing_number_is_adopted(server: TestServer) {
    let draft = draft();
    // The first try is executed, its answer lost, and the list does not show it yet: the second try gets it as an answer.
    server.fail_next("create", "executed_but_lost").await;
    let (status, _) = server.try_place(&draft).await;
    assert_ne!(status, 200);
    server.place_order(&draft).await;
    assert_eq!(server.invoices().await.len(), 1);
    assert!(server.discrepancy_names().await.is_empty());
}

async fn unit_prices_of_two_decimals_that_are_refused_are_sent_once_more_with_six(server: TestServer) {
    server.control(json!({ "invoicebox": { "profile": "strict-line" } })).await;
    server.control(json!({ "forecourt": { "fault": "partial" } })).await;
    let placed = server.place_order(&draft()).await;
    let net = server.invoices().await[0]["basketItems"][0]["amountWoVat"].to_string();
    assert_eq!(net.split_once('.').unwrap().1.len(), 6, "{net}");
    server.pay(&placed.payment_url).await;
    let id = placed.order_id.as_str();
    until("shipped and refunded", || async {
        server.clock.advance(Duration::from_secs(1));
        let order = server.stored(id).await;
        (order.is_shipped() && order.settlement.pending_returns().next().is_none()).then_some(())
    })
    .await;
    assert!(server.discrepancy_names().await.is_empty());
}
