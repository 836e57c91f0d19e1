//! New orders whose invoices could not be made soon are refused, and keep no money waiting.

use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use server::{clock::to_millis, database::Database};
use test_support::{
    DatabaseKind, ErrorBody, TestServer, draft, draft_to_start, fuel_sale, on_both_databases, until,
};

on_both_databases! {
    with (behind_a_proxy);
    a_full_queue_of_invoices_refuses_new_orders_and_keeps_no_money_waiting,
    invoices_of_one_client_take_a_third_of_the_queue,
    invoices_that_wait_for_a_later_try_keep_nobody_out,
}

async fn behind_a_proxy(kind: DatabaseKind) -> TestServer {
    let variables = [
        ("KOLONKA_TRUSTED_PROXIES", "127.0.0.1 ::1"),
        ("KOLONKA_LIMITS", "place=off;unpaid=off"),
        ("INVOICEBOX_REQUESTS", "60"),
    ];
    TestServer::start_with(kind, &variables).await
}

/// Invoices that can be made in 20 s of the budget above.
const CAPACITY: usize = 33;

async fn place_from(server: &TestServer, client: &str) -> (u16, Value, bool) {
    let mut draft = draft();
    draft["idempotency_key"] = json!(uuid::Uuid::new_v4());
    let body = json!({ "draft": draft }).to_string();
    let answer = server.send(Method::POST, "/api/orders/place", &[("x-forwarded-for", client)], &body).await;
    let (status, says_when) = (answer.status().as_u16(), answer.headers().contains_key("retry-after"));
    (status, answer.json().await.unwrap(), says_when)
}

async fn a_full_queue_of_invoices_refuses_new_orders_and_keeps_no_money_waiting(server: TestServer) {
    let paid = server.place_and_pay_with(&draft_to_start(), "money").await;
    server.wait_for_status(&paid, "paid").await;
    server.control(json!({ "invoicebox": { "hang_ms": 600_000 } })).await;
    server.fail_always("create", "hang").await;
    let before = server.count_orders().await;
    // They wait for longer than the test looks.
    let placing = join_all((0..CAPACITY).map(|customer| {
        let server = &server;
        // The station is asked before anything is recorded, and may be late on a slow machine.
        async move {
            while place_from(server, &format!("203.0.113.{customer}")).await.1["error"]["code"]
                == "forecourt_error"
            {}
            // Whatever it was answered in the end.
            std::future::pending::<()>().await;
        }
    }));
    let meanwhile = async {
        let all = before + i64::try_from(CAPACITY).unwrap();
        until("the queue is full", || async { (server.count_orders().await == all).then_some(()) }).await;
        let (status, refused, says_when) = place_from(&server, "198.51.100.1").await;
        assert_eq!((status, ErrorBody::of(&refused).code, says_when), (503, "busy", true), "{refused}");
        let (status, refused) = server.erp_post("orders", &fuel_sale()).await;
        assert_eq!((status, ErrorBody::of(&refused).code), (503, "busy"), "{refused}");
        assert_eq!(server.count_orders().await, all, "nothing is recorded");
        assert_eq!(server.get("/readyz").await.status(), 200);
        // The money of another order goes back meanwhile.
        assert_eq!(server.post("/api/orders/cancel", &json!({ "id": paid })).await.0, 200);
        server.wait_until_moved(&paid).await;
    };
    tokio::select! {
        _ = placing => {}
        () = meanwhile => {}
    }
}

/// As after an outage: their customers have left, and they are tried again much later.
async fn invoices_that_wait_for_a_later_try_keep_nobody_out(server: TestServer) {
    let database = Database::open(&server.database_url).await.unwrap();
    server.fail_always("create", "500").await;
    for customer in 0..CAPACITY {
        place_from(&server, &format!("203.0.113.{customer}")).await;
        // At once: tries in between would use up what Invoicebox allows in half a minute.
        try_waiting_invoices_in_ten_minutes(&server, &database).await;
    }
    server.fail_no_more().await;
    let (status, answer, _) = place_from(&server, "198.51.100.1").await;
    assert_eq!(status, 200, "{answer}");
}

async fn try_waiting_invoices_in_ten_minutes(server: &TestServer, database: &Database) {
    let mut later = database.write().await.unwrap();
    let due_at = to_millis(server.clock.now()) + 600_000;
    let sql = "UPDATE outbox SET due_at = $1 WHERE state = 'due' AND effect = 'create_invoice'";
    sqlx::query(sql).bind(due_at).execute(&mut *later).await.unwrap();
    later.commit().await.unwrap();
}

async fn invoices_of_one_client_take_a_third_of_the_queue(server: TestServer) {
    server.fail_always("create", "500").await;
    for order in 0..CAPACITY / 3 {
        let (status, _, _) = place_from(&server, "203.0.113.7").await;
        assert!(status >= 500, "{order}: {status}");
    }
    let (status, refused, says_when) = place_from(&server, "203.0.113.7").await;
    assert_eq!((status, ErrorBody::of(&refused).code, says_when), (429, "rate_limited", true), "{refused}");
    let (_, answer, _) = place_from(&server, "203.0.113.8").await;
    assert_ne!(ErrorBody::of(&answer).code, "rate_limited", "others order on");
}
