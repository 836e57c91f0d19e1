//! What operators and their tools see.

use serde_json::json;

use server::database::Database;

use test_support::{NOTIFICATION_KEY, TestServer, draft, on_both_databases, until};

on_both_databases! {
    the_process_is_up_and_ready_and_counts,
    an_outbox_on_which_nobody_works_is_not_ready,
    no_secret_is_in_any_answer,
    answers_of_the_api_carry_the_security_headers,
}

async fn the_process_is_up_and_ready_and_counts(server: TestServer) {
    assert_eq!(server.get("/healthz").await.status(), 200);
    assert_eq!(server.get("/readyz").await.status(), 200);
    server.place_order(&draft()).await;
    let metrics = server.get("/metrics").await;
    assert_eq!(metrics.status(), 200);
    let text = metrics.text().await.unwrap();
    for series in [
        "kolonka_orders{status=\"awaiting_payment\"}",
        "kolonka_outbox_depth",
        "kolonka_outbox_oldest_seconds",
        "kolonka_queue_depth{queue=\"outbox\"}",
        "kolonka_queue_dead{queue=\"erp_events\"}",
        "kolonka_queue_oldest_seconds{queue=\"erp_events\"}",
        "kolonka_pump_asks_total{answer=\"free\"}",
    ] {
        assert!(text.lines().any(|line| line.starts_with(series)), "{series} in {text}");
    }
}

async fn an_outbox_on_which_nobody_works_is_not_ready(server: TestServer) {
    let fault = json!([{ "route": "any", "kind": "500", "times": 1000 }]);
    server.control(json!({ "invoicebox": { "fail_next": fault } })).await;
    assert_eq!(server.try_place(&draft()).await.0, 502);
    assert_eq!(server.get("/readyz").await.status(), 200, "what waits for its next try is no fault of ours");
    // Somebody holds the row, and does nothing.
    let database = Database::open(&server.database_url).await.unwrap();
    let mut holder = database.write().await.unwrap();
    let sql = format!("SELECT order_id FROM outbox{}", database.for_update());
    assert_eq!(sqlx::query(&sql).fetch_all(&mut *holder).await.unwrap().len(), 1);
    server.control(json!({ "clock": { "advance_s": 400 } })).await;
    let body = until("it is not ready", || async {
        let answer = server.get("/readyz").await;
        if answer.status() == 503 { answer.text().await.ok() } else { None }
    })
    .await;
    assert_eq!(body, "outbox\n");
    holder.rollback().await.unwrap();
    until("it is ready again", || async { (server.get("/readyz").await.status() == 200).then_some(()) })
        .await;
}

async fn no_secret_is_in_any_answer(server: TestServer) {
    let placed = server.place_order(&draft()).await;
    let id = placed.order_id.as_str();
    let mut bodies = vec![placed.json.to_string(), server.order(id).await.json.to_string()];
    for path in ["/", "/healthz", "/readyz", "/metrics", "/api/nothing", "/sandbox/host"] {
        bodies.push(server.get(path).await.text().await.unwrap());
    }
    server.fail_next("create", "401").await;
    bodies.push(server.try_place(&draft()).await.1.to_string());
    for body in bodies {
        for secret in [NOTIFICATION_KEY, "b37c4c689295904ed21eee5d9a48d42e", server.database_url.as_str()] {
            assert!(!body.contains(secret), "{secret} in {body}");
        }
    }
    assert!(!server.get("/metrics").await.text().await.unwrap().contains(id), "an id opens the order");
}

async fn answers_of_the_api_carry_the_security_headers(server: TestServer) {
    let asked = json!({ "id": "sever-12" }).to_string();
    let good = server.send(reqwest::Method::POST, "/api/stations/get", &[], &asked).await;
    let bad = server.get("/api/nothing").await;
    for response in [good, bad] {
        let header =
            |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or("");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("referrer-policy"), "same-origin");
        assert_eq!(header("cache-control"), "no-store");
        assert!(header("content-type").starts_with("application/json"));
        assert!(!header("x-request-id").is_empty());
    }
}
