//! Invoices that were made without our knowing: they are looked for, withdrawn, and what came through them goes back.

use std::time::Duration;

use domain::{
    id::OrderId,
    order::{Order, Status, settlement::Progress},
};
use serde_json::{Value, json};
use server::{
    clock::to_millis,
    database::Database,
    queue::{EntryState, QueueEntry},
};
use test_support::{
    DRAFT_TOTAL_KOPECKS, Placed, TestServer, draft, draft_to_start, on_both_databases, until,
};

on_both_databases! {
    after_every_creation_with_an_unknown_outcome_others_are_looked_for,
    a_killed_creation_is_one_with_an_unknown_outcome,
    an_own_invoice_over_another_sum_is_withdrawn,
    late_ones_are_found_after_2_5_and_15_minutes_and_after_the_end,
    one_under_an_earlier_number_is_found_and_its_payment_counts,
    an_invoice_that_was_paid_is_not_withdrawn,
    a_guarantee_that_came_between_two_withdrawals_is_seen,
    a_reserve_behind_an_invoice_that_cannot_be_withdrawn_is_shown,
}

async fn rows(server: &TestServer, effect: &str) -> Vec<QueueEntry> {
    let mut rows = server.outbox().list(server.clock.wall()).await.unwrap();
    rows.retain(|row| row.name == effect);
    rows
}

/// Presses again until there is a payment link. Returns the order's id.
async fn placed_at_last(server: &TestServer, draft: &Value) -> String {
    until("the order is placed", || async {
        let (status, answer) = server.try_place(draft).await;
        (status == 200).then(|| Placed::read(answer).order_id)
    })
    .await
}

async fn orders(server: &TestServer) -> Vec<Order> {
    server.store().list_by_status(&Status::ALL).await.unwrap()
}

async fn act(server: &TestServer, invoice: &Value, action: &str) {
    server.control(json!({ "invoicebox": { "order": { "id": invoice["id"], "action": action } } })).await;
}

/// The next notifications do not arrive.
async fn lose_notifications(server: &TestServer) {
    let lost = json!({ "fail_next": [{ "kind": "lost", "ms": 0, "times": 1 }] });
    server.control(json!({ "invoicebox": { "notifications": lost } })).await;
}

async fn after_every_creation_with_an_unknown_outcome_others_are_looked_for(server: TestServer) {
    for (count, kind) in ["500", "502_html", "503", "504", "hang", "307", "cut_body"].into_iter().enumerate()
    {
        let draft = draft();
        server.fail_next("create", kind).await;
        assert_ne!(server.try_place(&draft).await.0, 200, "{kind}");
        let id = placed_at_last(&server, &draft).await;
        assert!(server.stored(&id).await.creation_unanswered, "{kind}");
        assert_eq!(rows(&server, "find_duplicates").await.len(), count + 1, "{kind}");
    }
    // Nothing was done by these.
    let before = rows(&server, "find_duplicates").await.len();
    let draft = draft();
    server.fail_next("create", "429").await;
    assert_ne!(server.try_place(&draft).await.0, 200);
    let id = placed_at_last(&server, &draft).await;
    assert!(!server.stored(&id).await.creation_unanswered);
    assert_eq!(rows(&server, "find_duplicates").await.len(), before);
}

async fn a_killed_creation_is_one_with_an_unknown_outcome(server: TestServer) {
    let draft = draft();
    server.fail_always("create", "429").await;
    assert_ne!(server.try_place(&draft).await.0, 200);
    // As a process left it that was killed during the call.
    let database = Database::open(&server.database_url).await.unwrap();
    let sent_at = to_millis(server.clock.now() - Duration::from_secs(61));
    until("its row is marked", || async {
        let sql = "UPDATE outbox SET sent_at = $1, leased_until = 0 WHERE effect = 'create_invoice'";
        sqlx::query(sql).bind(sent_at).execute(database.pool()).await.unwrap();
        server.try_place(&draft).await;
        orders(&server).await[0].creation_unanswered.then_some(())
    })
    .await;
    server.fail_no_more().await;
    placed_at_last(&server, &draft).await;
    assert_eq!(rows(&server, "find_duplicates").await.len(), 1);
}

async fn an_own_invoice_over_another_sum_is_withdrawn(server: TestServer) {
    server.fail_next("create", "500").await;
    server.fail_next("list", "500").await;
    let draft = draft();
    assert_ne!(server.try_place(&draft).await.0, 200);
    let number = orders(&server).await[0].merchant_order_id.clone();
    let own = server.make_foreign_invoice(&number, "2781.42").await;
    let order = until("it is found", || async {
        server.try_place(&draft).await;
        Some(orders(&server).await.remove(0)).filter(|order| order.status == Status::Failed)
    })
    .await;
    assert_eq!(order.merchant_order_id, number);
    server.wait_for_invoice_cancellation(|invoice| invoice["id"] == own["id"]).await;
    assert_eq!(server.discrepancy_names().await, ["sum_differs"]);
    assert_eq!(server.try_place(&draft).await.0, 502);
}

/// A paid order whose first creation got no usable answer.
async fn paid_after_a_failure(server: &TestServer) -> String {
    let draft = draft_to_start();
    server.fail_next("create", "500").await;
    assert_ne!(server.try_place(&draft).await.0, 200);
    let id = placed_at_last(server, &draft).await;
    let url = server.order(&id).await.payment_url.unwrap();
    server.pay(&url).await;
    server.wait_for_status(&id, "paid").await;
    id
}

async fn late_ones_are_found_after_2_5_and_15_minutes_and_after_the_end(server: TestServer) {
    let begin = server.clock.now();
    let id = paid_after_a_failure(&server).await;
    let order = server.stored(&id).await;
    let number = order.merchant_order_id.as_str();
    let server = &server;
    let advance_to = |at| async move {
        // The look before has to be over: the pause after it counts from its end.
        until("the next look is planned", || async {
            let rows = rows(server, "find_duplicates").await;
            let is_planned =
                rows.iter().any(|row| row.state == EntryState::Waiting && row.due_at > server.clock.now());
            is_planned.then_some(())
        })
        .await;
        let pause: time::Duration = at - server.clock.now();
        server.clock.advance(Duration::try_from(pause).unwrap_or_default());
    };
    let minutes = |count| begin + time::Duration::minutes(count) + time::Duration::seconds(20);

    let unpaid = server.make_foreign_invoice(number, "2781.43").await;
    advance_to(minutes(2)).await;
    canceled(server, &unpaid).await;
    let other_sum = server.make_foreign_invoice(number, "2781.42").await;
    advance_to(minutes(5)).await;
    canceled(server, &other_sum).await;
    let paid = server.make_foreign_invoice(number, "2781.43").await;
    lose_notifications(server).await;
    act(server, &paid, "pay").await;
    advance_to(minutes(15)).await;
    until("it has gone back", || async {
        server.clock.advance(Duration::from_millis(500));
        let order = server.stored(&id).await;
        let is_back = |it: &domain::order::settlement::SecondPayment| it.state == Progress::Done;
        order.settlement.second_payments.iter().any(is_back).then_some(())
    })
    .await;
    assert_eq!(server.refunded_sums().await, [DRAFT_TOTAL_KOPECKS]);
    let reserved = server.make_foreign_invoice(number, "2781.43").await;
    act(server, &reserved, "hold").await;
    advance_to(order.expires_at + time::Duration::seconds(61)).await;
    canceled(server, &reserved).await;
    until("nothing is looked for any more", || async {
        server.advance_to_next_effect().await;
        rows(server, "find_duplicates").await.is_empty().then_some(())
    })
    .await;
    let mut names = server.discrepancy_names().await;
    names.sort_unstable();
    assert_eq!(names, ["paid_twice", "sum_differs", "twin_invoices", "twin_invoices", "twin_invoices"]);
}

/// Waits until an invoice is cancelled; the pauses of an outbox are not exact.
async fn canceled(server: &TestServer, invoice: &Value) {
    until("the late invoice is withdrawn", || async {
        server.clock.advance(Duration::from_millis(500));
        let invoices = server.invoices().await;
        let there = invoices.iter().find(|there| there["id"] == invoice["id"])?;
        (there["status"] == "canceled").then_some(())
    })
    .await;
}

async fn one_under_an_earlier_number_is_found_and_its_payment_counts(server: TestServer) {
    const OTHER_MERCHANT: &str = "0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b";
    server.control(json!({ "invoicebox": { "merchants": [OTHER_MERCHANT] } })).await;
    let draft = draft();
    server.fail_next("create", "500").await;
    server.fail_next("list", "500").await;
    assert_ne!(server.try_place(&draft).await.0, 200);
    let first = orders(&server).await[0].merchant_order_id.clone();
    server.make_invoice_of(OTHER_MERCHANT, &first, "2781.43").await;
    let id = placed_at_last(&server, &draft).await;
    let order = server.stored(&id).await;
    assert_eq!(order.earlier_numbers, [first.as_str()]);
    let late = server.make_foreign_invoice(&first, "2781.43").await;
    server.clock.advance(Duration::from_secs(125));
    canceled(&server, &late).await;
    // The next one is paid before it is found.
    let paid = server.make_foreign_invoice(&first, "2781.43").await;
    act(&server, &paid, "pay").await;
    until("it is paid", || async { server.stored(&id).await.settlement.payment.map(|_| ()) }).await;
    assert_eq!(server.stored(&id).await.invoice.unwrap().provider_id, paid["id"].as_str().unwrap());
    server.wait_for_invoice_cancellation(|invoice| invoice["merchantOrderId"] != first.as_str()).await;
}

async fn an_invoice_that_was_paid_is_not_withdrawn(server: TestServer) {
    let id = server.place_and_pay_with(&draft_to_start(), "guarantee").await;
    server.wait_for_status(&id, "paid").await;
    let database = Database::open(&server.database_url).await.unwrap();
    // A withdrawal that was decided before the payment.
    let sql = "INSERT INTO outbox (order_id, seq, position, effect, state, attempts, due_at, leased_until, created_at) \
               VALUES ($1, 2, 0, 'cancel_invoice', 'due', 0, 0, 0, 0)";
    let order = OrderId::parse(&id).unwrap();
    sqlx::query(sql).bind(order.to_string()).execute(database.pool()).await.unwrap();
    until("it is done", || async { rows(&server, "cancel_invoice").await.is_empty().then_some(()) }).await;
    assert_eq!(server.invoices().await[0]["status"], "completed", "a guarantee could be taken back");
    assert_eq!(server.stored(&id).await.status, Status::Paid);
}

async fn a_guarantee_that_came_between_two_withdrawals_is_seen(server: TestServer) {
    server.fail_always("cancel", "500").await;
    let (id, own) = server.awaited().await;
    assert_eq!(server.post("/api/orders/cancel", &json!({ "id": id })).await.0, 200);
    until("it was tried", || async {
        rows(&server, "cancel_invoice").await.first()?.last_error.is_some().then_some(())
    })
    .await;
    lose_notifications(&server).await;
    act(&server, &own, "guarantee").await;
    server.fail_no_more().await;
    let order = until("the payment is known", || async {
        server.advance_to_next_effect().await;
        Some(server.stored(&id).await).filter(|order| order.settlement.payment.is_some())
    })
    .await;
    assert_eq!(order.status, Status::Unavailable);
    server.wait_until_moved(&id).await;
    assert_eq!(server.discrepancy_names().await, ["paid_after_end"]);
}

async fn a_reserve_behind_an_invoice_that_cannot_be_withdrawn_is_shown(server: TestServer) {
    let id = paid_after_a_failure(&server).await;
    server.fail_always("cancel", "500").await;
    let duplicate = server.make_foreign_invoice(&server.stored(&id).await.merchant_order_id, "2781.43").await;
    act(&server, &duplicate, "hold").await;
    server.clock.advance(Duration::from_secs(125));
    until("it is to be withdrawn", || async { rows(&server, "cancel_twins").await.first().map(|_| ()) })
        .await;
    server.clock.advance(Duration::from_secs(11 * 60));
    until("it is shown", || async {
        let names = server.discrepancy_names().await;
        names.contains(&"invoice_not_withdrawn".to_owned()).then_some(())
    })
    .await;
    server.fail_no_more().await;
    server.wait_for_invoice_cancellation(|invoice| invoice["id"] == duplicate["id"]).await;
    until("it is closed", || async { (server.discrepancy_names().await == ["twin_invoices"]).then_some(()) })
        .await;
}
