//! A bad day at Invoicebox: the customer reads a sentence, nothing is charged twice, nothing is lost.

use serde_json::json;
use server::database::Database;

use test_support::{ErrorBody, Placed, TestServer, draft, on_both_databases, until};

on_both_databases! {
    a_refusal_has_a_sentence_and_fails_the_order,
    after_a_passing_fault_the_same_key_succeeds_with_one_invoice,
    an_invoice_whose_answer_was_lost_is_adopted,
    a_refused_order_needs_another_key,
    repeated_presses_do_not_use_up_the_tries,
}

/// Words that belong into a log, not into a sentence for a customer.
const TECHNICAL_WORDS: [&str; 9] =
    ["401", "422", "429", "500", "502", "validation", "internal", "Error", "nginx"];

fn assert_is_for_people(message: &str, case: &str) {
    assert!(message.contains("Деньги не списаны"), "{case}: {message}");
    for raw in TECHNICAL_WORDS {
        assert!(!message.contains(raw), "{case}: {message}");
    }
}

async fn a_refusal_has_a_sentence_and_fails_the_order(server: TestServer) {
    for kind in ["401", "422", "flat_error"] {
        server.fail_next("create", kind).await;
        let (status, body) = server.try_place(&draft()).await;
        assert_eq!((status, ErrorBody::of(&body).code), (502, "payment_provider_error"), "{kind}: {body}");
        assert_is_for_people(ErrorBody::of(&body).message, kind);
    }
    assert_eq!(server.orders.statistics.count_by_status().await.unwrap(), [("failed".to_owned(), 3)]);
    assert!(server.invoices().await.is_empty());
}

async fn after_a_passing_fault_the_same_key_succeeds_with_one_invoice(server: TestServer) {
    for (count, kind) in ["500", "502_html", "503", "429", "hang", "307"].into_iter().enumerate() {
        let draft = draft();
        server.fail_next("create", kind).await;
        let (status, body) = server.try_place(&draft).await;
        assert_eq!((status, ErrorBody::of(&body).code), (502, "payment_provider_error"), "{kind}: {body}");
        assert_is_for_people(ErrorBody::of(&body).message, kind);
        let placed = server.place_order(&draft).await;
        assert_eq!(placed.view.status, "awaiting_payment", "{kind}");
        assert_eq!(server.invoices().await.len(), count + 1, "{kind}");
    }
}

async fn an_invoice_whose_answer_was_lost_is_adopted(server: TestServer) {
    for (count, kind) in ["executed_but_lost", "cut_body", "wrong_type"].into_iter().enumerate() {
        let draft = draft();
        server.fail_next("create", kind).await;
        let (status, body) = server.try_place(&draft).await;
        // A service may read such an answer all the same: then there is nothing to adopt.
        if status != 200 {
            assert!(matches!(status, 502 | 504), "{kind}: {body}");
            assert_is_for_people(ErrorBody::of(&body).message, kind);
        }
        let placed = server.place_order(&draft).await;
        let invoices = server.invoices().await;
        assert_eq!(invoices.len(), count + 1, "{kind}: {invoices:?}");
        server.pay(&placed.payment_url).await;
        let id = placed.order_id.as_str();
        until("the payment arrives", || async {
            (server.order(id).await.count_of("paid") > 0).then_some(())
        })
        .await;
    }
}

async fn a_refused_order_needs_another_key(server: TestServer) {
    let mut draft = draft();
    server.fail_next("create", "422").await;
    let (_, first) = server.try_place(&draft).await;
    let (status, second) = server.try_place(&draft).await;
    assert_eq!((status, &second["error"]), (502, &first["error"]));
    draft["idempotency_key"] = json!(uuid::Uuid::new_v4());
    server.place_order(&draft).await;
}

async fn repeated_presses_do_not_use_up_the_tries(server: TestServer) {
    let draft = draft();
    let switches = json!({ "fail_next": [{ "route": "any", "kind": "500", "times": 1000 }] });
    server.control(json!({ "invoicebox": switches })).await;
    assert_eq!(server.try_place(&draft).await.0, 502);
    // As after a thousand presses. The answer comes before its try is recorded: a try under way would lose its row, as that
    // of a killed process, and the invoice would have to be looked for.
    let database = Database::open(&server.database_url).await.unwrap();
    until("no try is under way", || async {
        let count = sqlx::query("UPDATE outbox SET attempts = 1000 WHERE seq = 1 AND leased_until = 0");
        (count.execute(database.pool()).await.unwrap().rows_affected() == 1).then_some(())
    })
    .await;
    assert_eq!(server.try_place(&draft).await.0, 502);
    server.control(json!({ "invoicebox": { "fail_next": [] } })).await;
    let placed = until("the provider is back", || async {
        let (status, answer) = server.try_place(&draft).await;
        (status == 200).then(|| Placed::read(answer))
    })
    .await;
    assert_eq!(placed.view.status, "awaiting_payment");
    assert_eq!(server.invoices().await.len(), 1);
}
