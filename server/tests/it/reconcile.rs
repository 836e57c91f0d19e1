//! Questions to Invoicebox where no notification comes: within the limits, and never at a customer's cost.

use domain::{
    id::OrderId,
    order::{Discrepancy, Order},
};
use reqwest::Method;
use serde_json::{Value, json};
use server::{clock::to_millis, database::Database};

use test_support::{DatabaseKind, TestServer, draft, on_both_databases, until};

on_both_databases! {
    an_order_whose_notification_was_lost_becomes_paid_by_itself,
    a_payment_of_the_last_moment_is_found_before_the_order_lapses,
    an_order_that_was_cancelled_there_is_cancelled_here,
    a_reversed_payment_is_found_by_the_daily_check,
    a_payment_that_is_reversed_two_weeks_after_its_invoice_is_found,
    the_stored_mark_decides_when_the_daily_check_runs,
    a_lease_from_a_clock_that_was_ahead_stops_nobody,
    a_clock_that_is_ahead_for_a_moment_ends_no_order_and_stops_nothing,
}

/// Makes the emulator lose all notifications.
async fn lose_notifications(server: &TestServer) {
    server.control(json!({ "invoicebox": { "notifications": { "webhook": false } } })).await;
}

async fn advance(server: &TestServer, seconds: u64) {
    server.control(json!({ "clock": { "advance_s": seconds } })).await;
}

async fn act_at_invoicebox(server: &TestServer, action: &str) {
    let id = server.invoices().await.pop().unwrap()["id"].clone();
    server.control(json!({ "invoicebox": { "order": { "id": id, "action": action } } })).await;
}

async fn wait_until_passed(server: &TestServer, id: &str, status: &str) {
    until(status, || async { (server.order(id).await.count_of(status) > 0).then_some(()) }).await;
}

async fn an_order_whose_notification_was_lost_becomes_paid_by_itself(server: TestServer) {
    let placed = server.place_order(&draft()).await;
    let id = placed.order_id.as_str();
    let lost = json!({ "notifications": { "fail_next": [{ "kind": "lost" }] } });
    server.control(json!({ "invoicebox": lost })).await;
    server.pay(&placed.payment_url).await;
    assert_eq!(server.order(id).await.status, "awaiting_payment");
    advance(&server, 31).await;
    wait_until_passed(&server, id, "paid").await;
}

async fn a_payment_of_the_last_moment_is_found_before_the_order_lapses(server: TestServer) {
    lose_notifications(&server).await;
    let (in_time, never) = (server.place_order(&draft()).await, server.place_order(&draft()).await);
    let (paid, unpaid) = (in_time.order_id.as_str(), never.order_id.as_str());
    server.pay(&in_time.payment_url).await;
    advance(&server, 1801).await;
    wait_until_passed(&server, paid, "paid").await;
    server.wait_for_status(unpaid, "expired").await;
    assert_eq!(server.order(paid).await.count_of("expired"), 0);
}

async fn an_order_that_was_cancelled_there_is_cancelled_here(server: TestServer) {
    lose_notifications(&server).await;
    let placed = server.place_order(&draft()).await;
    act_at_invoicebox(&server, "cancel").await;
    advance(&server, 31).await;
    server.wait_for_status(&placed.order_id, "canceled").await;
}

async fn a_reversed_payment_is_found_by_the_daily_check(server: TestServer) {
    let placed = server.place_order(&draft()).await;
    let id = placed.order_id.as_str();
    server.pay_with(&placed.payment_url, "guarantee").await;
    server.wait_for_status(id, "completed").await;
    lose_notifications(&server).await;
    act_at_invoicebox(&server, "cancel").await;
    let is_recorded = || async {
        let order = server.stored(id).await;
        order.discrepancies.iter().any(|one| one.what == Discrepancy::PaymentReversed).then_some(())
    };
    advance(&server, 3600).await;
    assert!(is_recorded().await.is_none(), "nobody has asked today");
    advance(&server, 23 * 3600).await;
    until("the reversal is recorded", is_recorded).await;
}

/// Paid in advance, started on the seventh day, and the bank takes the money back a week later.
async fn a_payment_that_is_reversed_two_weeks_after_its_invoice_is_found(server: TestServer) {
    let placed = server.place_order(&draft()).await;
    let id = placed.order_id.as_str();
    server.pay_with(&placed.payment_url, "guarantee").await;
    server.wait_for_status(id, "completed").await;
    lose_notifications(&server).await;
    advance(&server, 14 * 24 * 3600).await;
    act_at_invoicebox(&server, "cancel").await;
    advance(&server, 24 * 3600).await;
    until("the reversal is recorded", || async {
        server.stored(id).await.discrepancy(Discrepancy::PaymentReversed).map(|_| ())
    })
    .await;
}

async fn set_mark(server: &TestServer, name: &str, ahead: time::Duration) {
    let database = Database::open(&server.database_url).await.unwrap();
    let sql = "UPDATE counters SET value = $2 WHERE name = $1";
    let mark = to_millis(server.clock.now() + ahead);
    until("the mark is there", || async {
        let set = sqlx::query(sql).bind(name.to_owned()).bind(mark).execute(database.pool()).await.unwrap();
        (set.rows_affected() == 1).then_some(())
    })
    .await;
}

/// No process lives for a day, and once the clock was ahead.
async fn the_stored_mark_decides_when_the_daily_check_runs(server: TestServer) {
    for mark in [time::Duration::hours(-25), time::Duration::hours(26)] {
        let placed = server.place_order(&draft()).await;
        let id = placed.order_id.as_str();
        server.pay_with(&placed.payment_url, "guarantee").await;
        server.wait_for_status(id, "completed").await;
        lose_notifications(&server).await;
        let provider_id = server.stored(id).await.invoice.unwrap().provider_id;
        server.control(json!({ "invoicebox": { "order": { "id": provider_id, "action": "cancel" } } })).await;
        set_mark(&server, "reversals", mark).await;
        let restarted = server.another_instance_with(&[("KOLONKA_FORECOURT", "none")]).await;
        until("the reversal is recorded", || async {
            let order = server.stored(id).await;
            order.discrepancies.iter().any(|one| one.what == Discrepancy::PaymentReversed).then_some(())
        })
        .await;
        drop(restarted);
        server.control(json!({ "invoicebox": { "notifications": { "webhook": true } } })).await;
    }
}

async fn a_lease_from_a_clock_that_was_ahead_stops_nobody(server: TestServer) {
    lose_notifications(&server).await;
    set_mark(&server, "reconciliation", time::Duration::hours(26)).await;
    let placed = server.place_order(&draft()).await;
    server.pay(&placed.payment_url).await;
    advance(&server, 31).await;
    wait_until_passed(&server, &placed.order_id, "paid").await;
}

async fn a_clock_that_is_ahead_for_a_moment_ends_no_order_and_stops_nothing(server: TestServer) {
    lose_notifications(&server).await;
    let (before, unpaid) = (server.place_order(&draft()).await, server.place_order(&draft()).await);
    server.clock.set_machine_error(time::Duration::hours(26));
    // Paid while the clock is wrong, and found: nothing waits for it to be set right.
    server.pay(&before.payment_url).await;
    advance(&server, 31).await;
    wait_until_passed(&server, &before.order_id, "paid").await;
    assert_eq!(server.order(&unpaid.order_id).await.status, "awaiting_payment");
    server.clock.set_machine_error(time::Duration::ZERO);
    let after = server.place_order(&draft()).await;
    server.pay(&after.payment_url).await;
    advance(&server, 31).await;
    wait_until_passed(&server, &after.order_id, "paid").await;
    server.wait_until_idle().await;
    assert_eq!(server.order(&unpaid.order_id).await.status, "awaiting_payment");
}

/// How long either waits is the plan's, and tested there: a slow machine asks for both at once.
#[tokio::test(flavor = "multi_thread")]
async fn a_watched_order_is_asked_for_before_one_that_nobody_looks_at() {
    let server = TestServer::start(DatabaseKind::Sqlite).await;
    lose_notifications(&server).await;
    let (other, watched) = (server.place_order(&draft()).await, server.place_order(&draft()).await);
    let mut events = server.events(&watched.order_id, None).await;
    for placed in [&watched, &other] {
        server.pay(&placed.payment_url).await;
    }
    while events.next().await.expect("an event").status() == "awaiting_payment" {}
    let calls = asked(&server).await;
    let mut first_questions = Vec::new();
    for placed in [&watched, &other] {
        let id = server.stored(&placed.order_id).await.invoice.unwrap().provider_id;
        first_questions.push(calls.iter().position(|call| call.starts_with("GET v3/") && call.contains(&id)));
    }
    let [Some(watched), other] = first_questions[..] else { panic!("nobody asked: {calls:?}") };
    assert!(other.is_none_or(|other| watched <= other), "{calls:?}");
}

/// What was paid in time has not lapsed, however often its payment cannot be written down.
#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_could_not_be_recorded_does_not_lapse() {
    let server = TestServer::start(DatabaseKind::Sqlite).await;
    lose_notifications(&server).await;
    let placed = server.place_order(&draft()).await;
    server.pay(&placed.payment_url).await;
    let database = Database::open(&server.database_url).await.unwrap();
    let refuse = "CREATE TRIGGER no_payments BEFORE UPDATE ON orders WHEN NEW.body LIKE '%\"status\":\"paid\"%' \
                  BEGIN SELECT RAISE(ABORT, 'the disk is full'); END";
    sqlx::query(refuse).execute(database.pool()).await.unwrap();
    let before = asked(&server).await.len();
    advance(&server, 1801).await;
    let reads =
        async || asked(&server).await.split_off(before).iter().filter(|call| call.starts_with("GET")).count();
    until("it is read twice", async || {
        advance(&server, 30).await;
        (reads().await >= 2).then_some(())
    })
    .await;
    assert_eq!(server.order(&placed.order_id).await.status, "awaiting_payment");
    sqlx::query("DROP TRIGGER no_payments").execute(database.pool()).await.unwrap();
    until("it is paid", async || {
        advance(&server, 30).await;
        (server.order(&placed.order_id).await.count_of("paid") > 0).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_lists_are_refused_orders_are_asked_for_one_by_one() {
    let server = TestServer::start(DatabaseKind::Sqlite).await;
    lose_notifications(&server).await;
    let both = [server.place_order(&draft()).await, server.place_order(&draft()).await];
    for placed in &both {
        server.pay(&placed.payment_url).await;
    }
    let refused = json!({ "fail_next": [{ "route": "list", "kind": "422", "times": 1 }] });
    server.control(json!({ "invoicebox": refused })).await;
    advance(&server, 31).await;
    // A refusal counts as a question, so the next one is later.
    until("the list is refused", || async {
        asked(&server).await.iter().any(|call| call.starts_with("GET v3/filter")).then_some(())
    })
    .await;
    advance(&server, 61).await;
    for placed in &both {
        wait_until_passed(&server, &placed.order_id, "paid").await;
    }
}

/// Requests that the emulator has logged, with their queries.
async fn asked(server: &TestServer) -> Vec<String> {
    let answer = server.control(json!({ "invoicebox": { "log": true } })).await;
    let requests = answer["invoicebox"]["log"]["requests"].as_array().unwrap().clone();
    let part = |entry: &Value, name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    let line =
        |entry: &Value| format!("{} {}?{}", part(entry, "method"), part(entry, "path"), part(entry, "query"));
    requests.iter().map(line).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_open_orders_are_asked_for_in_a_few_calls_and_a_new_one_is_not_kept_waiting() {
    let server = TestServer::start(DatabaseKind::Sqlite).await;
    lose_notifications(&server).await;
    let first = server.place_order(&draft()).await;
    let order = server.stored(&first.order_id).await;
    open_orders(&server, &order, 200).await;
    let before = asked(&server).await.len();
    advance(&server, 31).await;
    // A customer waits for nobody's questions: behind two hundred of them the creation would wait for the next minute of
    // the limit, and placing answers `payment_provider_timeout` after half of that.
    server.place_order(&draft()).await;
    until("all are asked for", || async {
        let calls = asked(&server).await.split_off(before);
        let together: usize = calls.iter().map(|call| call.matches("id%5B%5D").count()).sum();
        let alone = calls.iter().filter(|call| call.starts_with("GET v3/billing")).count();
        (together + alone >= 200).then_some(())
    })
    .await;
    let calls = asked(&server).await.split_off(before);
    // Lists of fifty, the creation, and here and there an order that became due alone: far below the limit of 60.
    assert!(calls.len() <= 20, "{} calls: {calls:?}", calls.len());
}

/// Inserts open orders like this one, with invoices of their own, without the outbox. They have been changed
/// last at this moment, all of them, so that none is due before the others.
async fn open_orders(server: &TestServer, like: &Order, count: usize) {
    let template = server.invoices().await.pop().unwrap();
    let mut provider_ids = Vec::new();
    for index in 0..count {
        let mut request = template.clone();
        request["merchantOrderId"] = json!(format!("extra-{index}"));
        request.as_object_mut().unwrap().remove("orderContainerId");
        let headers = [("authorization", "Bearer b37c4c689295904ed21eee5d9a48d42e"), ("user-agent", "it/1")];
        let path = "/sandbox/invoicebox/v3/billing/api/order/order";
        let answer = server.send(Method::POST, path, &headers, &request.to_string()).await;
        let made: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        provider_ids.push(made["data"]["id"].as_str().unwrap().to_owned());
    }
    let database = Database::open(&server.database_url).await.unwrap();
    let mut transaction = database.write().await.unwrap();
    let now = to_millis(server.clock.now());
    for (index, provider_id) in provider_ids.iter().enumerate() {
        let mut order = like.clone();
        order.id = OrderId(uuid::Uuid::new_v4());
        order.number += 1_000 + u32::try_from(index).unwrap();
        order.merchant_order_id = format!("extra-{index}");
        if let Some(invoice) = &mut order.invoice {
            invoice.provider_id.clone_from(provider_id);
        }
        sqlx::query(
            "INSERT INTO orders (id, number, merchant_order_id, idempotency_key, draft_hash, status, seq, provider_id, \
             expires_at, updated_at, body) SELECT $1, $2, $3, $4, draft_hash, status, seq, $5, expires_at, $6, $7 \
             FROM orders WHERE id = $8",
        )
        .bind(order.id.to_string())
        .bind(i64::from(order.number))
        .bind(&order.merchant_order_id)
        .bind(uuid::Uuid::new_v4().to_string())
        .bind(provider_id)
        .bind(now)
        .bind(serde_json::to_string(&order).unwrap())
        .bind(like.id.to_string())
        .execute(&mut *transaction)
        .await
        .unwrap();
    }
    transaction.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_instances_ask_once() {
    if DatabaseKind::Postgres.is_missing() {
        return;
    }
    let first = TestServer::start(DatabaseKind::Postgres).await;
    let emulator = format!("{}/sandbox/invoicebox", first.url);
    let variables =
        [("DATABASE_URL", first.database_url.as_str()), ("INVOICEBOX_API_URL", emulator.as_str())];
    let second = TestServer::start_with(DatabaseKind::Postgres, &variables).await;
    lose_notifications(&first).await;
    first.place_order(&draft()).await;
    let provider_id = first.invoices().await.pop().unwrap()["id"].as_str().unwrap().to_owned();
    let questions = || async {
        let calls = asked(&first).await;
        calls.iter().filter(|call| call.starts_with("GET v3/") && call.contains(&provider_id)).count()
    };
    for round in 1..=3 {
        for server in [&first, &second] {
            advance(server, 130).await;
        }
        until("the next question", || async { (questions().await >= round).then_some(()) }).await;
    }
    // Each had three occasions; had both taken them, there would be six questions.
    assert!(questions().await <= 4, "{} questions", questions().await);
}
