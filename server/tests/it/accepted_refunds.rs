//! Refunds that Invoicebox has accepted are followed until they are carried out, and with them what others do meanwhile.

use std::time::Duration;

use serde_json::json;
use test_support::{TestServer, draft, on_both_databases, until};

on_both_databases! {
    a_refund_that_is_never_carried_out_is_shown_until_it_is,
    a_refund_of_the_office_beside_an_accepted_one_is_shown,
}

/// An order of which a part was dispensed, and whose rest Invoicebox has accepted to return.
async fn accepted(server: &TestServer) -> String {
    server.control(json!({ "forecourt": { "fault": "partial" } })).await;
    let id = server.place_and_pay(&draft()).await;
    server.wait_until_settled(&id).await;
    assert_eq!(server.stored(&id).await.settlement.unconfirmed_returns().count(), 1);
    id
}

async fn a_refund_that_is_never_carried_out_is_shown_until_it_is(server: TestServer) {
    let year = 365 * 24 * 60;
    server.control(json!({ "invoicebox": { "refund_minutes": year } })).await;
    let id = accepted(&server).await;
    server.clock.advance(Duration::from_secs(13 * 24 * 3600));
    until("it was looked at", || async {
        let rows = server.outbox().list(server.clock.wall()).await.unwrap();
        let is_later = |due_at| due_at > server.clock.now() + time::Duration::minutes(30);
        rows.iter().any(|row| row.name == "follow_refunds" && is_later(row.due_at)).then_some(())
    })
    .await;
    assert!(server.discrepancies().await.is_empty(), "holidays may be as long");
    until("it is shown", || async {
        server.clock.advance(Duration::from_secs(24 * 3600));
        (server.discrepancy_names().await == ["money_owed"]).then_some(())
    })
    .await;
    server.control(json!({ "invoicebox": { "refund_minutes": 0 } })).await;
    until("it is over", || async {
        server.clock.advance(Duration::from_secs(3600));
        server.discrepancies().await.is_empty().then_some(())
    })
    .await;
    assert_eq!(server.stored(&id).await.settlement.unconfirmed_returns().count(), 0);
}

async fn a_refund_of_the_office_beside_an_accepted_one_is_shown(server: TestServer) {
    let id = accepted(&server).await;
    let invoice = server.stored(&id).await.invoice.unwrap().provider_id;
    let office = json!({ "id": invoice, "action": "refund", "amount": 300, "number": "office" });
    server.control(json!({ "invoicebox": { "office": office } })).await;
    let order = until("it is known", || async {
        server.clock.advance(Duration::from_secs(600));
        let order = server.stored(&id).await;
        order.settlement.returns.iter().any(|back| back.number == "office").then_some(order)
    })
    .await;
    assert_eq!(server.discrepancy_names().await, ["refunded_elsewhere"]);
    let returned: i64 = server.refunded_sums().await.iter().sum();
    assert_eq!(order.settlement.returned().get(), returned);
}
