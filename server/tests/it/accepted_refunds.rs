//! Refunds that Invoicebox has accepted are followed until they are carried out, and with them what others do meanwhile.

use std::time::Duration;

use serde_json::{Value, json};
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

/// Has an operator look at once: by itself the server looks every hour.
async fn look(server: &TestServer) {
    let row = || async {
        let rows = server.outbox().list(server.clock.wall()).await.unwrap();
        rows.into_iter().find(|row| row.name == "follow_refunds")
    };
    let Some(found) = row().await else { return };
    let path = format!("outbox/{}-{}-follow_refunds/retry", found.number, found.seq);
    assert_eq!(server.erp_post(&path, &Value::Null).await.0, 200);
    until("it was looked at", || async {
        let soon = server.clock.now() + time::Duration::minutes(30);
        row().await.is_none_or(|row| row.due_at > soon).then_some(())
    })
    .await;
}

async fn a_refund_that_is_never_carried_out_is_shown_until_it_is(server: TestServer) {
    let year = 365 * 24 * 60;
    server.control(json!({ "invoicebox": { "refund_minutes": year } })).await;
    let id = accepted(&server).await;
    server.clock.advance(Duration::from_secs(13 * 24 * 3600));
    look(&server).await;
    assert!(server.discrepancies().await.is_empty(), "holidays may be as long");
    server.clock.advance(Duration::from_secs(24 * 3600));
    look(&server).await;
    assert_eq!(server.discrepancy_names().await, ["money_owed"]);
    server.control(json!({ "invoicebox": { "refund_minutes": 0 } })).await;
    look(&server).await;
    assert!(server.discrepancies().await.is_empty(), "it is carried out");
    assert_eq!(server.stored(&id).await.settlement.unconfirmed_returns().count(), 0);
}

async fn a_refund_of_the_office_beside_an_accepted_one_is_shown(server: TestServer) {
    let id = accepted(&server).await;
    let invoice = server.stored(&id).await.invoice.unwrap().provider_id;
    let office = json!({ "id": invoice, "action": "refund", "amount": 300, "number": "office" });
    server.control(json!({ "invoicebox": { "office": office } })).await;
    server.clock.advance(Duration::from_secs(12 * 3600));
    look(&server).await;
    let order = server.stored(&id).await;
    assert!(order.settlement.returns.iter().any(|back| back.number == "office"));
    assert_eq!(server.discrepancy_names().await, ["refunded_elsewhere"]);
    let returned: i64 = server.refunded_sums().await.iter().sum();
    assert_eq!(order.settlement.returned().get(), returned);
}
