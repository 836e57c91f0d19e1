//! What operators and their tools see.

use std::time::Duration;

use serde_json::json;

use server::database::{Database, Dialect};

use test_support::{NOTIFICATION_KEY, TestServer, draft, on_both_databases, until};

on_both_databases! {
    the_process_is_up_and_ready_and_counts,
    an_outbox_on_which_nobody_works_is_not_ready,
    a_database_that_takes_no_writes_is_not_ready_until_it_takes_them_again,
    a_wrong_clock_is_reported_and_no_reason_to_be_unready,
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
    // Somebody holds its rows, the creation and the search for what it may have made, and does nothing.
    let database = Database::open(&server.database_url).await.unwrap();
    let mut holder = database.write().await.unwrap();
    let sql = format!("SELECT order_id FROM outbox{}", database.for_update());
    assert_eq!(sqlx::query(&sql).fetch_all(&mut *holder).await.unwrap().len(), 2);
    server.control(json!({ "clock": { "advance_s": 900 } })).await;
    let body = until("it is not ready", || async {
        let answer = server.get("/readyz").await;
        if answer.status() == 503 { answer.text().await.ok() } else { None }
    })
    .await;
    // On SQLite whoever holds rows keeps everybody from writing.
    let is_of_writer = database.dialect() == Dialect::Sqlite && body == "writes\n";
    assert!(body == "outbox\n" || is_of_writer, "{body}");
    holder.rollback().await.unwrap();
    until("it is ready again", || async { (server.get("/readyz").await.status() == 200).then_some(()) })
        .await;
}

/// A check that is due within a few seconds comes now.
async fn check_now(server: &TestServer) -> (u16, String) {
    server.clock.advance(Duration::from_secs(10));
    let answer = server.get("/readyz").await;
    (answer.status().as_u16(), answer.text().await.unwrap())
}

/// As on a full disk: reads are answered, and what needs room fails.
async fn a_database_that_takes_no_writes_is_not_ready_until_it_takes_them_again(server: TestServer) {
    let database = Database::open(&server.database_url).await.unwrap();
    let (full, free): (&[&str], &[&str]) = match database.dialect() {
        Dialect::Sqlite => (
            &["CREATE TRIGGER full_disk BEFORE INSERT ON write_probes BEGIN \
               SELECT RAISE(ABORT, 'database or disk is full'); END"],
            &["DROP TRIGGER full_disk"],
        ),
        Dialect::Postgres => (
            &[
                "CREATE FUNCTION full_disk() RETURNS trigger AS $$ BEGIN \
                 RAISE EXCEPTION 'could not extend file: No space left on device'; END $$ LANGUAGE plpgsql",
                "CREATE TRIGGER full_disk BEFORE INSERT ON write_probes FOR EACH ROW EXECUTE FUNCTION full_disk()",
            ],
            &["DROP TRIGGER full_disk ON write_probes"],
        ),
    };
    assert_eq!(check_now(&server).await, (200, "ready\n".to_owned()));
    for sql in full {
        sqlx::query(sql).execute(database.pool()).await.unwrap();
    }
    until("it is not ready", || async {
        (check_now(&server).await == (503, "writes\n".to_owned())).then_some(())
    })
    .await;
    for sql in free {
        sqlx::query(sql).execute(database.pool()).await.unwrap();
    }
    until("it is ready again", || async { (check_now(&server).await.0 == 200).then_some(()) }).await;
}

async fn a_wrong_clock_is_reported_and_no_reason_to_be_unready(server: TestServer) {
    for (error, direction) in
        [(time::Duration::hours(26), "ahead of database"), (time::Duration::hours(-26), "behind database")]
    {
        server.clock.set_machine_error(error);
        let body = until("the clock is reported", || async {
            let (status, body) = check_now(&server).await;
            assert_eq!(status, 200, "{body}");
            body.contains(direction).then_some(body)
        })
        .await;
        assert!(body.starts_with("ready\nclock "), "{body}");
        let line = body.lines().find(|line| line.contains(direction)).unwrap();
        let seconds: i64 = line.split(' ').nth(1).unwrap().parse().unwrap();
        assert!((seconds - 26 * 3600).abs() < 60, "{body}");
    }
    let metrics = server.get("/metrics").await.text().await.unwrap();
    for series in ["kolonka_clock_wrong", "kolonka_clock_difference_seconds{reference=\"database\"}"] {
        assert!(metrics.lines().any(|line| line.starts_with(series)), "{series} in {metrics}");
    }
    server.clock.set_machine_error(time::Duration::ZERO);
    until("the clock is right again", || async {
        (check_now(&server).await == (200, "ready\n".to_owned())).then_some(())
    })
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
