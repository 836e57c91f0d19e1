//! Fuel that a cashier gives by hand, where nothing links us to the pumps.

use std::time::Duration;

use domain::order::{Discrepancy, Order, Status};
use serde_json::json;
use test_support::{DatabaseKind, TestServer, draft, fuel_sale, on_both_databases, until};

on_both_databases! {
    with (without_link);
    fuel_that_nobody_has_given_is_a_discrepancy_and_returns_by_no_clock,
    fuel_that_was_given_beside_a_reversal_can_still_be_reported,
}

const MINUTE: Duration = Duration::from_secs(60);

async fn without_link(kind: DatabaseKind) -> TestServer {
    let server = TestServer::start_with(kind, &[("KOLONKA_FORECOURT", "none")]).await;
    server.remove_delays_and_limits().await;
    server
}

async fn fuel_that_nobody_has_given_is_a_discrepancy_and_returns_by_no_clock(server: TestServer) {
    let sold = server.paid_sale(&fuel_sale()).await;
    let id = sold.order_id.as_str();
    server.clock.advance(119 * MINUTE);
    server.wait_until_idle().await;
    assert!(server.discrepancies().await.is_empty(), "the cashier has time");
    server.clock.advance(2 * MINUTE);
    let is_shown = |order: &Order| order.discrepancy(Discrepancy::EndNotReported).is_some();
    until("the desk sees it", async || is_shown(&server.stored(id).await).then_some(())).await;
    server.clock.advance(MINUTE * 60 * 24 * 8);
    server.wait_until_idle().await;
    let order = server.stored(id).await;
    assert_eq!(
        (order.status, order.settlement.returns.len(), order.discrepancies.len()),
        (Status::Ready, 0, 1)
    );
    let path = format!("orders/{id}/complete");
    let (status, view) = server.erp_post(&path, &json!({ "dispensed_centi": 3741 })).await;
    assert_eq!((status, &view["status"]), (200, &json!("completed")), "{view}");
    assert!(server.wait_until_settled(id).await.is_shipped());
}

async fn fuel_that_was_given_beside_a_reversal_can_still_be_reported(server: TestServer) {
    let id = server.place_and_pay_with(&draft(), "guarantee").await;
    server.wait_for_status(&id, "ready").await;
    let invoice = server.stored(&id).await.invoice.unwrap().provider_id;
    let cancel = json!({ "invoicebox": { "order": { "id": invoice, "action": "cancel" } } });
    server.control(cancel).await;
    server.wait_for_status(&id, "unavailable").await;
    let path = format!("orders/{id}/complete");
    let (status, view) = server.erp_post(&path, &json!({ "dispensed_centi": 1870 })).await;
    assert_eq!((status, &view["status"]), (200, &json!("completed")), "{view}");
    let order = server.stored(&id).await;
    assert_eq!(order.discrepancies.len(), 1, "{:?}", order.discrepancies);
    assert!(order.settlement.shipment.is_none(), "there is no money to charge");
}
