//! What is answered to a notification, and what follows: state by incoming status. Signatures, foreign orders and
//! test calls are in `notifications.rs`.

use std::time::Duration;

use serde_json::{Value, json};
use server::database::Database;

use test_support::{TestServer, on_both_databases, until};

on_both_databases! {
    an_unpaid_order_is_paid_once_and_released_once,
    paid_by_another_invoice_is_refused_and_listed,
    a_taken_pump_takes_no_money_back,
    a_grade_that_is_sold_out_when_it_is_started_returns_the_money,
    a_silent_station_is_no_refusal,
    canceled_and_expired_close_an_unpaid_order,
    canceled_after_the_payment_stops_the_pump_and_is_listed,
    a_cancelled_duplicate_leaves_the_order_unchanged,
    paid_after_the_end_is_not_served_and_the_money_is_returned,
    a_database_that_is_down_makes_invoicebox_repeat,
}

fn with(notification: &Value, name: &str, value: Value) -> Value {
    let mut changed = notification.clone();
    changed[name] = value;
    changed
}

fn success() -> Value {
    json!({ "status": "success" })
}

async fn an_unpaid_order_is_paid_once_and_released_once(server: TestServer) {
    let (id, paid) = server.awaited().await;
    for wrong in [("amount", json!(2781.42)), ("currencyId", json!("USD"))] {
        let answer = server.notify(&with(&paid, wrong.0, wrong.1)).await;
        assert_eq!(answer["code"], "order_wrong_amount");
    }
    for _ in 0..3 {
        assert_eq!(server.notify(&paid).await, success());
    }
    let view = server.wait_for_status(&id, "ready").await;
    assert_eq!((view.count_of("paid"), view.count_of("authorising")), (1, 1), "{view}");
    assert!(server.discrepancy_names().await.is_empty());
}

async fn paid_by_another_invoice_is_refused_and_listed(server: TestServer) {
    let (id, paid) = server.awaited().await;
    assert_eq!(server.notify(&paid).await, success());
    let another = with(&paid, "id", json!("0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b"));
    for _ in 0..2 {
        assert_eq!(server.notify(&another).await["code"], "order_already_paid");
    }
    assert_eq!(server.order(&id).await.count_of("paid"), 1);
    assert_eq!(server.discrepancy_names().await, ["paid_twice"]);
}

async fn a_taken_pump_takes_no_money_back(server: TestServer) {
    let (id, paid) = server.awaited().await;
    server.control(json!({ "forecourt": { "fault": "busy" } })).await;
    for _ in 0..2 {
        assert_eq!(server.notify(&paid).await, success(), "the payer is not told of the pump");
    }
    let view = until("the start comes to nothing", || async {
        let view = server.order(&id).await;
        view.json["start"]["reason"].as_str().is_some().then_some(view)
    })
    .await;
    assert_eq!((view.status.as_str(), &view.json["start"]["allowed"]), ("paid", &json!(true)), "{view}");
    assert!(view.json["start"]["reason"].as_str().unwrap().contains("колонка занята"), "{view}");
    assert_eq!(view.json["start"]["tries_left"], 5, "the station never had it");
    assert!(server.discrepancy_names().await.is_empty());
}

async fn a_grade_that_is_sold_out_when_it_is_started_returns_the_money(server: TestServer) {
    let (id, paid) = server.awaited().await;
    let database = Database::open(&server.database_url).await.unwrap();
    let store = server::stations::store::StationStore::new(database);
    let station = domain::id::StationId("sever-12".to_owned());
    let mut changed = server.catalogue.get(&station).unwrap().station().clone();
    for fuel in &mut changed.trade.fuels {
        fuel.available = false;
    }
    store.upsert(vec![changed], server.clock.now()).await.unwrap();
    until("the catalogue knows", || async {
        let station = server.catalogue.get(&station)?;
        station.offer().trade.fuels.iter().all(|fuel| !fuel.available).then_some(())
    })
    .await;
    assert_eq!(server.notify(&paid).await, success());
    let view = server.wait_for_status(&id, "unavailable").await;
    assert!(view.message().contains("оно закончилось"), "{view}");
}

async fn a_silent_station_is_no_refusal(server: TestServer) {
    let (id, paid) = server.awaited().await;
    // Silent for good: it is the limit of a ping that ends the wait.
    server.control(json!({ "forecourt": { "fault": "silence", "hang_ms": 600_000 } })).await;
    assert_eq!(server.notify(&paid).await, success());
    assert_eq!(server.order(&id).await.count_of("paid"), 1);
}

async fn canceled_and_expired_close_an_unpaid_order(server: TestServer) {
    for (reported, ours) in [("canceled", "canceled"), ("cancelled", "canceled"), ("expired", "expired")] {
        let (id, paid) = server.awaited().await;
        for _ in 0..2 {
            assert_eq!(server.notify(&with(&paid, "status", json!(reported))).await, success());
        }
        let view = server.order(&id).await;
        assert_eq!(view.status, ours);
        assert!(view.message().contains("Деньги не списаны"), "{view}");
    }
}

async fn canceled_after_the_payment_stops_the_pump_and_is_listed(server: TestServer) {
    server.control(json!({ "forecourt": { "fault": "late" } })).await;
    let (id, paid) = server.awaited().await;
    assert_eq!(server.notify(&paid).await, success());
    server.wait_for_status(&id, "authorising").await;
    let canceled = with(&paid, "status", json!("canceled"));
    // A report may be a repetition of one that was true before: Invoicebox is asked.
    assert_eq!(server.notify(&canceled).await, success());
    assert_eq!(server.order(&id).await.status, "authorising");
    server.fail_next("get", "500").await;
    assert_eq!(server.notify(&canceled).await["status"], "error", "unread, it is repeated");
    let cancel = json!({ "id": paid["id"], "action": "cancel" });
    server.control(json!({ "invoicebox": { "order": cancel } })).await;
    for _ in 0..2 {
        assert_eq!(server.notify(&canceled).await, success());
    }
    let view = server.order(&id).await;
    assert_eq!(view.status, "unavailable");
    assert!(view.message().contains("Не начинайте налив"), "{view}");
    // The release was withdrawn: nothing comes out, however long one waits.
    until("the station has the withdrawal", || async {
        let depth = server.outbox().depth(server.clock.now(), server.clock.wall()).await.unwrap();
        (depth.waiting == 0).then_some(())
    })
    .await;
    server.clock.advance(Duration::from_secs(120));
    assert_eq!(server.discrepancy_names().await, ["payment_reversed"]);
    // A payment after that is an alarm, not a sale.
    assert_eq!(server.notify(&paid).await["status"], "success");
    assert_eq!(server.order(&id).await.status, "unavailable");
    assert_eq!(server.discrepancy_names().await.len(), 2);
}

async fn a_cancelled_duplicate_leaves_the_order_unchanged(server: TestServer) {
    let (id, paid) = server.awaited().await;
    let mut duplicate = with(&paid, "id", json!("0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b"));
    for status in ["canceled", "expired"] {
        duplicate["status"] = json!(status);
        assert_eq!(server.notify(&duplicate).await, success());
        assert_eq!(server.order(&id).await.status, "awaiting_payment", "{status}");
    }
    // Paid through the duplicate, it is the duplicate that is kept.
    duplicate["status"] = json!("completed");
    assert_eq!(server.notify(&duplicate).await, success());
    assert_eq!(server.order(&id).await.count_of("paid"), 1);
    server.wait_for_invoice_cancellation(|invoice| invoice["id"] == paid["id"]).await;
    assert_eq!(server.discrepancy_names().await, ["twin_invoices"]);
}

async fn paid_after_the_end_is_not_served_and_the_money_is_returned(server: TestServer) {
    let (id, paid) = server.awaited().await;
    // The invoice cannot be withdrawn, and is paid; its own notification is lost.
    server.fail_always("cancel", "500").await;
    assert_eq!(server.post("/api/orders/cancel", &json!({ "id": id })).await.0, 200);
    let lost = json!({ "fail_next": [{ "kind": "lost", "ms": 0, "times": 1 }] });
    let pay = json!({ "id": paid["id"], "action": "guarantee" });
    server.control(json!({ "invoicebox": { "notifications": lost, "order": pay } })).await;
    for _ in 0..2 {
        assert_eq!(server.notify(&paid).await["code"], "shipping_unavailable");
    }
    let view = server.order(&id).await;
    assert_eq!((view.status.as_str(), view.count_of("authorising")), ("unavailable", 0));
    assert_eq!(server.discrepancy_names().await, ["paid_after_end"]);
    server.fail_no_more().await;
    server.wait_for_invoice_cancellation(|invoice| invoice["id"] == paid["id"]).await;
}

async fn a_database_that_is_down_makes_invoicebox_repeat(server: TestServer) {
    let (id, paid) = server.awaited().await;
    let database = Database::open(&server.database_url).await.unwrap();
    sqlx::query("ALTER TABLE orders RENAME TO orders_away").execute(database.pool()).await.unwrap();
    let answer = server.notify(&paid).await;
    sqlx::query("ALTER TABLE orders_away RENAME TO orders").execute(database.pool()).await.unwrap();
    assert_eq!((&answer["status"], &answer["code"]), (&json!("error"), &json!("out_of_service")));
    assert_eq!(server.order(&id).await.status, "awaiting_payment");
    assert_eq!(server.notify(&paid).await, success());
}
