//! Invoicebox calls us: HTTP 200 always, and only a signed, fitting notification moves an order.

use serde_json::{Value, json};

use test_support::{
    DEMO_MERCHANT_ID, DRAFT_TOTAL_KOPECKS, NOTIFICATION_KEY, TestServer, on_both_databases, sign,
};

on_both_databases! {
    what_is_not_signed_by_the_key_is_a_signature_error,
    a_signed_body_that_does_not_fit_moves_nothing,
    a_payment_is_taken_once,
    the_test_notification_of_invoicebox_is_answered,
    an_unknown_status_of_an_unpaid_order_makes_it_be_read_at_once,
    an_unknown_status_of_an_order_that_is_not_paid_there_changes_nothing,
}

async fn what_is_not_signed_by_the_key_is_a_signature_error(server: TestServer) {
    let (id, paid) = server.awaited().await;
    let body = paid.to_string();
    let right = sign(NOTIFICATION_KEY, &body);
    let (other, spaced, cut) =
        (sign("other-key", &body), sign(NOTIFICATION_KEY, &format!("{body} ")), &right[1..]);
    for signature in [None, Some(""), Some("nonsense"), Some(cut), Some(&*other), Some(&*spaced)] {
        let answer = server.notify_signed(&body, signature).await;
        assert_eq!(answer["status"], "error", "{signature:?}");
        assert_eq!(answer["code"], "signature_error", "{signature:?}");
    }
    assert_eq!(server.order(&id).await.status, "awaiting_payment");
}

async fn a_signed_body_that_does_not_fit_moves_nothing(server: TestServer) {
    let (id, paid) = server.awaited().await;
    let changed = |name: &str, value: Value| {
        let mut body = paid.clone();
        body[name] = value;
        body
    };
    let mut unknown = changed("merchantOrderId", json!("9-00000000"));
    unknown["id"] = json!("0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b");
    let cases = [
        ("unknown order", unknown, "order_not_found"),
        (
            "other merchant",
            changed("merchantId", json!("0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b")),
            "order_not_found",
        ),
        ("no merchant", changed("merchantId", Value::Null), "order_not_found"),
        ("smaller amount", changed("amount", json!(1)), "order_wrong_amount"),
        ("no amount", changed("amount", Value::Null), "order_wrong_amount"),
        ("other currency", changed("currencyId", json!("USD")), "order_wrong_amount"),
        ("no status", changed("status", Value::Null), "out_of_service"),
        ("not an object", json!([]), "out_of_service"),
    ];
    for (case, body, code) in cases {
        let answer = server.notify(&body).await;
        assert_eq!(
            (answer["status"].as_str(), answer["code"].as_str()),
            (Some("error"), Some(code)),
            "{case}"
        );
    }
    let broken = "{\"id\":";
    let answer = server.notify_signed(broken, Some(&sign(NOTIFICATION_KEY, broken))).await;
    assert_eq!(answer["code"], "out_of_service");
    assert_eq!(server.order(&id).await.status, "awaiting_payment");
}

async fn a_payment_is_taken_once(server: TestServer) {
    let (id, paid) = server.awaited().await;
    for _ in 0..3 {
        assert_eq!(server.notify(&paid).await, json!({ "status": "success" }));
    }
    let view = server.order(&id).await;
    assert_eq!(view.count_of("paid"), 1, "{view}");
    assert_eq!(view.total_kopecks, DRAFT_TOTAL_KOPECKS);
    let mut twice = paid.clone();
    twice["id"] = json!("0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b");
    assert_eq!(server.notify(&twice).await["code"], "order_already_paid");
}

async fn the_test_notification_of_invoicebox_is_answered(server: TestServer) {
    let (id, _) = server.awaited().await;
    let same_digits = DEMO_MERCHANT_ID;
    for number in [json!(""), Value::Null] {
        let mut test = json!({
            "id": same_digits, "merchantId": same_digits, "merchantOrderId": number,
            "status": "completed", "amount": 0, "currencyId": "RUB"
        });
        assert_eq!(server.notify(&test).await, json!({ "status": "success" }));
        test["merchantId"] = json!("0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b");
        assert_eq!(server.notify(&test).await["code"], "order_not_found");
    }
    assert_eq!(server.order(&id).await.status, "awaiting_payment");
}

async fn an_unknown_status_of_an_unpaid_order_makes_it_be_read_at_once(server: TestServer) {
    server.control(json!({ "invoicebox": { "notifications": { "webhook": false } } })).await;
    let (id, mut paid) = server.awaited().await;
    let action = json!({ "merchantOrderId": paid["merchantOrderId"], "action": "pay" });
    server.control(json!({ "invoicebox": { "order": action } })).await;
    // The word of the vendor's own signed sample.
    paid["status"] = json!("success");
    server.fail_next("get", "500").await;
    assert_eq!(server.notify(&paid).await["code"], "out_of_service", "to be sent again");
    assert_eq!(server.notify(&paid).await, json!({ "status": "success" }));
    let view = server.order(&id).await;
    assert_eq!(view.count_of("paid"), 1, "{view}");
}

async fn an_unknown_status_of_an_order_that_is_not_paid_there_changes_nothing(server: TestServer) {
    let (id, paid) = server.awaited().await;
    for status in ["created", "hold", "frozen"] {
        let mut body = paid.clone();
        body["status"] = json!(status);
        assert_eq!(server.notify(&body).await, json!({ "status": "success" }), "{status}");
    }
    assert_eq!(server.order(&id).await.status, "awaiting_payment");
}
