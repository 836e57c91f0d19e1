//! Money that cannot move is not silent: an operator sees how much, since when and why, until it has moved.

use std::time::Duration;

use domain::{money::Kopecks, order::settlement::ReturnedBy};
use serde_json::{Value, json};
use server::{
    database::Database,
    orders::{DiscrepancyFilter, ListedDiscrepancy},
};

use test_support::{
    DRAFT_TOTAL_KOPECKS, TestServer, draft, draft_to_start, goods_draft, on_both_databases, until,
};

on_both_databases! {
    a_refund_that_is_refused_for_now_is_shown_at_once_until_it_has_gone,
    everything_of_an_order_is_tried_again_at_once,
    orders_that_need_a_person_are_listed_of_all_days,
    a_refund_without_an_answer_is_shown_after_ten_minutes,
    a_shipment_that_does_not_move_is_shown_beside_the_rest,
    a_shipment_that_fails_for_long_keeps_no_rest_waiting,
    money_without_any_effect_is_shown_and_tried_again,
    money_that_is_shown_and_has_lost_its_effect_is_tried_again,
    a_payment_whose_cancellation_fails_is_refunded,
    a_payment_whose_cancellation_is_not_answered_goes_back_once,
    a_refund_that_is_cancelled_later_is_owed_again,
    an_invoice_that_cannot_be_withdrawn_keeps_nothing_waiting,
    an_unpaid_invoice_that_cannot_be_withdrawn_is_shown,
}

/// A paid order that its customer has cancelled: all of it has to go back. Returns the id.
pub async fn canceled_after_payment(server: &TestServer, means: &str) -> String {
    let id = server.place_and_pay_with(&draft_to_start(), means).await;
    server.wait_for_status(&id, "paid").await;
    assert_eq!(server.post("/api/orders/cancel", &json!({ "id": id })).await.0, 200);
    id
}

async fn listed(server: &TestServer, filter: DiscrepancyFilter) -> Vec<ListedDiscrepancy> {
    server.store().discrepancies(filter).await.unwrap()
}

/// Waits until so many open discrepancies are of this kind.
pub async fn shown(server: &TestServer, what: &str, count: usize) -> Vec<ListedDiscrepancy> {
    until(&format!("{count} of {what}"), || async {
        let mut rows = listed(server, DiscrepancyFilter::Open).await;
        rows.retain(|row| row.what == what);
        (rows.len() == count).then_some(rows)
    })
    .await
}

async fn metric(server: &TestServer, series: &str) -> f64 {
    let text = server.get("/metrics").await.text().await.unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("{series}: {text}")).parse().unwrap()
}

/// Waits until this gauge shows a value: the servers of one test process share their gauges.
async fn shown_by_metric(server: &TestServer, series: &str, value: f64) {
    until(series, || async { (metric(server, series).await == value).then_some(()) }).await;
}

async fn a_refund_that_is_refused_for_now_is_shown_at_once_until_it_has_gone(server: TestServer) {
    server.fail_always("refund", "401").await;
    let id = canceled_after_payment(&server, "money").await;
    let row = shown(&server, "money_owed", 1).await.remove(0);
    let number = server.stored(&id).await.settlement.returns[0].number.clone();
    assert!(row.detail.starts_with(&format!("{number} 2781.43: since 20")), "{}", row.detail);
    assert!(row.detail.contains("(401)"), "the words of the other side: {}", row.detail);
    let message = server.order(&id).await.message().to_owned();
    assert!(message.contains("Возврат 2\u{a0}781,43\u{a0}₽ задерживается"), "{message}");
    let kind = "kolonka_discrepancies{kind=\"money_owed\"}";
    shown_by_metric(&server, kind, 1.0).await;
    shown_by_metric(&server, "kolonka_money_owed_kopecks", 278_143.0).await;
    // Every further try says the same.
    server.clock.advance(Duration::from_secs(20 * 60));
    shown(&server, "money_owed", 1).await;
    let (status, stuck) = server.erp_get("outbox").await;
    assert_eq!(status, 200, "{stuck}");
    let effects = stuck["effects"].as_array().unwrap();
    let effect = effects.iter().find(|effect| effect["effect"] == "return_money").unwrap();
    assert_eq!((&effect["number"], &effect["dead"]), (&json!(row.number.to_string()), &json!(false)));
    assert!(!stuck.to_string().contains(&id), "the order's id opens it: {stuck}");

    server.fail_no_more().await;
    let retry = format!("outbox/{}/retry", effect["id"].as_str().unwrap());
    let (status, answer) = server.erp_post(&retry, &Value::Null).await;
    assert_eq!((status, &answer["id"]), (200, &effect["id"]));
    until("it has gone", || async {
        server.stored(&id).await.money_under_way().next().is_none().then_some(())
    })
    .await;
    assert!(server.discrepancies().await.is_empty(), "it closes itself");
    let all = listed(&server, DiscrepancyFilter::All).await;
    assert_eq!((all.len(), all[0].closed_at.is_some(), &all[0].settled), (1, true, &None));
    assert_eq!(server.refunded_sums().await, [DRAFT_TOTAL_KOPECKS]);
    for series in [kind, "kolonka_money_owed_kopecks"] {
        shown_by_metric(&server, series, 0.0).await;
    }
    assert_eq!(server.erp_post(&retry, &Value::Null).await.0, 404, "it is done");
}

/// The credentials were mended: nobody waits for the next try.
async fn everything_of_an_order_is_tried_again_at_once(server: TestServer) {
    server.fail_always("refund", "401").await;
    let id = canceled_after_payment(&server, "money").await;
    let row = shown(&server, "money_owed", 1).await.remove(0);
    let card = async || {
        let (_, list) = server.erp_get(&format!("orders?number={}", row.number)).await;
        list["orders"][0].clone()
    };
    let listed = card().await;
    let discrepancy = json!({
        "id": row.id, "what": "money_owed", "at": listed["discrepancies"][0]["at"], "detail": row.detail,
        "text": "Деньги должны были уйти и не ушли."
    });
    assert_eq!((&listed["discrepancies"], &listed["given_up"]), (&json!([discrepancy]), &json!([])));

    let database = Database::open(&server.database_url).await.unwrap();
    let change = async |set: &str| {
        let sql = format!("UPDATE outbox SET {set} WHERE effect = 'return_money' AND lease IS NULL");
        let changed = async || sqlx::query(&sql).execute(database.pool()).await.unwrap().rows_affected();
        until(set, || async { (changed().await == 1).then_some(()) }).await;
    };
    let retry = format!("orders/{id}/outbox/retry");
    change("state = 'dead'").await;
    let given_up = card().await["given_up"].clone();
    assert_eq!((&given_up[0]["effect"], &given_up[0]["dead"]), (&json!("return_money"), &json!(true)));
    let counts = |given_up, waiting| json!({ "given_up": given_up, "waiting": waiting, "under_way": 0 });
    assert_eq!(server.erp_post(&retry, &Value::Null).await, (200, counts(1, 0)));
    assert_eq!(card().await["given_up"], json!([]));

    change("due_at = due_at + 500000").await;
    server.fail_no_more().await;
    assert_eq!(server.erp_post(&retry, &Value::Null).await, (200, counts(0, 1)));
    server.wait_until_moved(&id).await;
    assert!(card().await["discrepancies"].as_array().unwrap().is_empty(), "it closes itself");
    assert_eq!(server.refunded_sums().await, [DRAFT_TOTAL_KOPECKS]);
    assert_eq!(server.erp_post(&retry, &Value::Null).await, (200, counts(0, 0)), "nothing waits");
    let unknown = format!("orders/{}/outbox/retry", uuid::Uuid::new_v4());
    assert_eq!(server.erp_post(&unknown, &Value::Null).await.0, 404);
}

async fn orders_that_need_a_person_are_listed_of_all_days(server: TestServer) {
    // One that needs nobody, also three days later.
    let quiet = server.place_and_complete(&goods_draft()).await.id;
    server.wait_until_settled(&quiet).await;
    server.fail_always("refund", "401").await;
    let id = canceled_after_payment(&server, "money").await;
    shown(&server, "money_owed", 1).await;
    server.clock.advance(Duration::from_secs(3 * 24 * 3600));
    let order = server.stored(&id).await;
    let list = async |query: &str| {
        let (status, list) = server.erp_get(&format!("orders?{query}")).await;
        assert_eq!(status, 200, "{list}");
        let ids = list["orders"].as_array().unwrap().iter().map(|it| it["view"]["id"].to_string());
        (ids.collect::<Vec<_>>(), list["needing_attention"].as_i64().unwrap())
    };
    let station = &order.station.id;
    let needing = vec![format!("\"{id}\"")];
    assert_eq!(list(&format!("station_id={station}")).await, (vec![], 1), "today");
    assert_eq!(list(&format!("station_id={station}&needs_attention=true")).await, (needing.clone(), 1));
    assert_eq!(list("needs_attention=true").await, (needing.clone(), 1));
    assert_eq!(list("station_id=other&needs_attention=true").await, (vec![], 0));
    assert_eq!(server.erp_get("orders?needs_attention=yes").await.0, 400);
    // Given up, and nothing says so but its row.
    let database = Database::open(&server.database_url).await.unwrap();
    for sql in [
        "UPDATE outbox SET state = 'dead' WHERE effect = 'return_money' AND lease IS NULL",
        "UPDATE order_discrepancies SET closed_at = 1",
    ] {
        let changed = async || sqlx::query(sql).execute(database.pool()).await.unwrap().rows_affected();
        until(sql, || async { (changed().await == 1).then_some(()) }).await;
    }
    assert_eq!(list("needs_attention=true").await, (needing, 1));
}

async fn a_refund_without_an_answer_is_shown_after_ten_minutes(server: TestServer) {
    server.fail_always("refund", "429").await;
    let id = canceled_after_payment(&server, "money").await;
    until("it was tried", || async {
        let rows = server.outbox().list(server.clock.wall()).await.unwrap();
        rows.iter().any(|row| row.name == "return_money" && row.last_error.is_some()).then_some(())
    })
    .await;
    server.clock.advance(Duration::from_secs(9 * 60));
    until("it was looked for", || async { looked(&server, "owed_money").await.then_some(()) }).await;
    assert!(server.discrepancies().await.is_empty(), "on its way");
    server.clock.advance(Duration::from_secs(61));
    let row = shown(&server, "money_owed", 1).await.remove(0);
    // A try may be under way at this very moment.
    let says = ["too many calls to Invoicebox", "no answer recorded"];
    assert!(says.iter().any(|says| row.detail.contains(says)), "{}", row.detail);
    // A person writes that it was seen to, but it was not: it comes again.
    let settle = format!("discrepancies/{}/settle", row.id);
    assert_eq!(server.erp_post(&settle, &json!({ "note": "позвонили в банк" })).await.0, 200);
    let again = shown(&server, "money_owed", 1).await.remove(0);
    assert_ne!(again.id, row.id);
    server.fail_no_more().await;
    server.wait_until_moved(&id).await;
    assert!(server.discrepancies().await.is_empty());
}

/// Whether this worker has made a turn after this call.
async fn looked(server: &TestServer, worker: &str) -> bool {
    let series = format!("kolonka_worker_seconds_since_turn{{worker=\"{worker}\"}}");
    let before = metric(server, &series).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    metric(server, &series).await < before
}

async fn a_shipment_that_does_not_move_is_shown_beside_the_rest(server: TestServer) {
    server.control(json!({ "forecourt": { "fault": "partial" } })).await;
    for route in ["ship", "refund"] {
        server.fail_always(route, "401").await;
    }
    let id = server.place_and_pay(&draft()).await;
    until("it is completed", || async {
        server.clock.advance(Duration::from_secs(1));
        (server.order(&id).await.status == "completed").then_some(())
    })
    .await;
    let shipment = shown(&server, "money_owed", 1).await.remove(0);
    assert!(shipment.detail.contains("-s1 1390.35: since"), "{}", shipment.detail);
    server.clock.advance(Duration::from_secs(11 * 60));
    let rows = shown(&server, "money_owed", 2).await;
    assert!(rows[1].detail.contains("-r1 1391.08: since"), "{}", rows[1].detail);
    // What the last try says, its own or that of the shipment, also while the next one is under way.
    let words = ["(401)", "sent, and no answer recorded"];
    assert!(words.iter().any(|words| rows[1].detail.contains(words)), "{}", rows[1].detail);
    server.fail_no_more().await;
    server.wait_until_moved(&id).await;
    assert!(server.discrepancies().await.is_empty());
    assert_eq!(server.refunded_sums().await, [139_108]);
}

async fn money_without_any_effect_is_shown_and_tried_again(server: TestServer) {
    server.fail_always("refund", "429").await;
    let id = canceled_after_payment(&server, "money").await;
    let database = Database::open(&server.database_url).await.unwrap();
    // As a version before this one left it: no effect, and no mark that money is owed.
    until("nobody is at it", || async {
        sqlx::query("DELETE FROM outbox").execute(database.pool()).await.unwrap();
        server.outbox().list(server.clock.wall()).await.unwrap().is_empty().then_some(())
    })
    .await;
    server.clock.advance(Duration::from_secs(11 * 60));
    let row = shown(&server, "money_owed", 1).await.remove(0);
    assert!(row.detail.ends_with("nothing was trying it: it is tried again"), "{}", row.detail);
    assert_eq!(server.stored(&id).await.owed_to_payer().get(), DRAFT_TOTAL_KOPECKS);
    server.fail_no_more().await;
    server.wait_until_moved(&id).await;
    assert!(server.discrepancies().await.is_empty());
    assert_eq!(server.refunded_sums().await, [DRAFT_TOTAL_KOPECKS]);
}

async fn money_that_is_shown_and_has_lost_its_effect_is_tried_again(server: TestServer) {
    server.fail_always("refund", "401").await;
    let id = canceled_after_payment(&server, "money").await;
    shown(&server, "money_owed", 1).await;
    let database = Database::open(&server.database_url).await.unwrap();
    until("nobody is at it", || async {
        sqlx::query("DELETE FROM outbox").execute(database.pool()).await.unwrap();
        server.outbox().list(server.clock.wall()).await.unwrap().is_empty().then_some(())
    })
    .await;
    server.fail_no_more().await;
    server.clock.advance(Duration::from_secs(11 * 60));
    server.wait_until_moved(&id).await;
    assert!(server.discrepancies().await.is_empty());
    assert_eq!(server.refunded_sums().await, [DRAFT_TOTAL_KOPECKS]);
}

async fn a_payment_whose_cancellation_fails_is_refunded(server: TestServer) {
    for (count, kind) in ["401", "500", "502_html", "503"].into_iter().enumerate() {
        server.fail_no_more().await;
        server.fail_always("cancel", kind).await;
        let id = canceled_after_payment(&server, "guarantee").await;
        let order = server.wait_until_moved(&id).await;
        assert_eq!(order.settlement.returns[0].by, Some(ReturnedBy::Refund), "{kind}");
        assert_eq!(server.refunded_sums().await, vec![DRAFT_TOTAL_KOPECKS; count + 1], "{kind}");
    }
    assert!(server.discrepancies().await.is_empty());
}

async fn a_payment_whose_cancellation_is_not_answered_goes_back_once(server: TestServer) {
    // Carried out: the order is read.
    server.fail_next("cancel", "executed_but_lost").await;
    let id = canceled_after_payment(&server, "guarantee").await;
    let order = server.wait_until_moved(&id).await;
    assert_eq!(order.settlement.returns[0].by, Some(ReturnedBy::Cancel));
    assert!(server.refunds().await.is_empty());
    // Never carried out: it may still be for a minute, and nothing else is sent before that is over.
    server.fail_always("cancel", "hang").await;
    let id = canceled_after_payment(&server, "guarantee").await;
    let sent = until("it was sent", || async {
        let rows = server.outbox().list(server.clock.wall()).await.unwrap();
        rows.iter().any(|row| row.last_error.is_some()).then(|| server.clock.now())
    })
    .await;
    let order = server.wait_until_moved(&id).await;
    assert!(server.clock.now() - sent >= Duration::from_secs(55), "within {:?}", server.clock.now() - sent);
    assert_eq!(order.settlement.returns[0].by, Some(ReturnedBy::Refund));
    assert_eq!(server.refunded_sums().await, [DRAFT_TOTAL_KOPECKS]);
}

async fn a_refund_that_is_cancelled_later_is_owed_again(server: TestServer) {
    let id = canceled_after_payment(&server, "money").await;
    let order = server.wait_until_moved(&id).await;
    // Many looks later it is still read.
    let database = Database::open(&server.database_url).await.unwrap();
    let sql = "UPDATE outbox SET attempts = 1000 WHERE effect = 'follow_refunds'";
    sqlx::query(sql).execute(database.pool()).await.unwrap();
    server.clock.advance(Duration::from_secs(30 * 3600));
    until("it is looked at", || async {
        let rows = server.outbox().list(server.clock.wall()).await.unwrap();
        rows.iter().any(|row| row.name == "follow_refunds" && row.attempts > 1000).then_some(())
    })
    .await;
    assert!(server.discrepancies().await.is_empty());
    let refund = json!({ "merchantOrderId": order.settlement.returns[0].number, "status": "canceled" });
    server.control(json!({ "invoicebox": { "refund": refund } })).await;
    // The look from before may still be under way: it counts from its end.
    until("it is read again", || async {
        server.clock.advance(Duration::from_secs(20 * 60));
        (server.stored(&id).await.settlement.refused_total() > Kopecks::ZERO).then_some(())
    })
    .await;
    shown(&server, "refund_refused", 1).await;
    let order = server.stored(&id).await;
    assert_eq!(order.settlement.refused_total().get(), DRAFT_TOTAL_KOPECKS);
    shown_by_metric(&server, "kolonka_money_owed_kopecks", 278_143.0).await;
    let message = server.order(&id).await.message().to_owned();
    assert!(message.contains("это сделает оператор АЗС"), "{message}");
    let retry = json!({ "idempotency_key": uuid::Uuid::new_v4(), "reason": "повтор" });
    let (status, answer) = server.erp_post(&format!("orders/{id}/refund"), &retry).await;
    assert_eq!(status, 200, "{answer}");
    let order = server.wait_until_moved(&id).await;
    assert_eq!(order.settlement.refused_total(), Kopecks::ZERO);
    assert!(server.discrepancies().await.is_empty());
    assert_eq!(server.refunded_sums().await, [DRAFT_TOTAL_KOPECKS]);
}

async fn an_invoice_that_cannot_be_withdrawn_keeps_nothing_waiting(server: TestServer) {
    server.fail_always("cancel", "500").await;
    server.control(json!({ "forecourt": { "fault": "partial" } })).await;
    let placed = server.place_order(&draft()).await;
    let order = server.stored(&placed.order_id).await;
    let duplicate = server.make_foreign_invoice(&order.merchant_order_id, "2781.43").await;
    server.control(json!({ "invoicebox": { "order": { "id": duplicate["id"], "action": "pay" } } })).await;
    // The pump, the shipment and the refund do not wait for the other invoice.
    let settled = server.wait_until_settled(&placed.order_id).await;
    assert_eq!(settled.invoice.unwrap().provider_id, duplicate["id"].as_str().unwrap());
    let names =
        |rows: Vec<server::queue::QueueEntry>| rows.into_iter().map(|row| row.name).collect::<Vec<_>>();
    let waiting = names(server.outbox().list(server.clock.wall()).await.unwrap());
    assert!(waiting.contains(&"cancel_twins".to_owned()), "{waiting:?}");
    server.clock.advance(Duration::from_secs(11 * 60));
    let row = shown(&server, "invoice_not_withdrawn", 1).await.remove(0);
    assert!(row.detail.starts_with("since 20"), "{}", row.detail);
    server.fail_no_more().await;
    server.wait_for_invoice_cancellation(|invoice| invoice["id"] != duplicate["id"]).await;
    shown(&server, "invoice_not_withdrawn", 0).await;
}

async fn an_unpaid_invoice_that_cannot_be_withdrawn_is_shown(server: TestServer) {
    server.fail_always("cancel", "401").await;
    let placed = server.place_order(&draft()).await;
    assert_eq!(server.post("/api/orders/cancel", &json!({ "id": placed.order_id })).await.0, 200);
    server.clock.advance(Duration::from_secs(11 * 60));
    let row = shown(&server, "invoice_not_withdrawn", 1).await.remove(0);
    assert!(row.detail.starts_with("since 20"), "{}", row.detail);
    server.fail_no_more().await;
    server.wait_for_invoice_cancellation(|_| true).await;
    shown(&server, "invoice_not_withdrawn", 0).await;
}

/// Documents that fail for long keep no rest of money that was taken.
async fn a_shipment_that_fails_for_long_keeps_no_rest_waiting(server: TestServer) {
    server.control(json!({ "forecourt": { "fault": "partial" } })).await;
    server.fail_always("ship", "500").await;
    let id = server.place_and_pay(&draft()).await;
    server.wait_for_status(&id, "completed").await;
    let order = server.stored(&id).await;
    let rest: Kopecks = order.settlement.pending_returns().map(|back| back.amount).sum();
    until("the rest is back", || async {
        server.clock.advance(Duration::from_secs(60));
        (!server.refunded_sums().await.is_empty()).then_some(())
    })
    .await;
    assert_eq!(server.refunded_sums().await, [rest.get()]);
    let order = server.stored(&id).await;
    assert!(!order.is_shipped());
    assert!(shown(&server, "money_owed", 1).await[0].detail.contains("-s1 "), "the shipment is owed still");
    server.fail_no_more().await;
    let order = server.wait_until_settled(&id).await;
    assert!(order.is_shipped());
    assert_eq!((server.refunded_sums().await, server.shipments().await.len()), (vec![rest.get()], 1));
    assert!(server.discrepancies().await.is_empty());
}
