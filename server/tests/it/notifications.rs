//! Invoicebox calls us: HTTP 200 always, and only a signed, fitting notification moves an order.

use hmac::{Hmac, Mac};
use reqwest::Method;
use serde_json::{Value, json};
use sha1::Sha1;

use test_support::{NOTIFICATION_KEY, TOTAL, TestServer, draft, on_both_databases};

on_both_databases! {
    what_is_not_signed_by_the_key_is_a_signature_error,
    a_signed_body_that_does_not_fit_moves_nothing,
    a_payment_is_taken_once,
    the_test_notification_of_invoicebox_is_answered,
    an_unknown_status_is_noted_and_moves_nothing,
}

fn sign(key: &str, body: &str) -> String {
    let mac = Hmac::<Sha1>::new_from_slice(key.as_bytes()).unwrap().chain_update(body);
    hex::encode(mac.finalize().into_bytes())
}

/// Sends a body under a signature; the answer of HTTP 200.
async fn tell(server: &TestServer, body: &str, signature: Option<&str>) -> Value {
    let headers: Vec<_> = signature.iter().map(|signature| ("x-signature", *signature)).collect();
    let response = server.send(Method::POST, "/api/invoicebox/notifications", &headers, body).await;
    assert_eq!(response.status(), 200);
    serde_json::from_str(&response.text().await.unwrap()).unwrap()
}

async fn tell_signed(server: &TestServer, body: &Value) -> Value {
    let body = body.to_string();
    tell(server, &body, Some(&sign(NOTIFICATION_KEY, &body))).await
}

/// A placed order and the notification that would pay it.
async fn awaited(server: &TestServer) -> (String, Value) {
    let placed = server.placed(&draft()).await;
    let mut paid = server.invoices().await.pop().unwrap();
    paid["status"] = json!("completed");
    (placed.order_id.clone(), paid)
}

async fn what_is_not_signed_by_the_key_is_a_signature_error(server: TestServer) {
    let (id, paid) = awaited(&server).await;
    let body = paid.to_string();
    let right = sign(NOTIFICATION_KEY, &body);
    let (other, spaced, cut) =
        (sign("other-key", &body), sign(NOTIFICATION_KEY, &format!("{body} ")), &right[1..]);
    for signature in [None, Some(""), Some("nonsense"), Some(cut), Some(&*other), Some(&*spaced)] {
        let answer = tell(&server, &body, signature).await;
        assert_eq!(answer["status"], "error", "{signature:?}");
        assert_eq!(answer["code"], "signature_error", "{signature:?}");
    }
    assert_eq!(server.order(&id).await.status, "awaiting_payment");
}

async fn a_signed_body_that_does_not_fit_moves_nothing(server: TestServer) {
    let (id, paid) = awaited(&server).await;
    let changed = |name: &str, value: Value| {
        let mut body = paid.clone();
        body[name] = value;
        body
    };
    let mut stranger = changed("merchantOrderId", json!("9-00000000"));
    stranger["id"] = json!("0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b");
    let cases = [
        ("unknown order", stranger, "order_not_found"),
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
        let answer = tell_signed(&server, &body).await;
        assert_eq!(
            (answer["status"].as_str(), answer["code"].as_str()),
            (Some("error"), Some(code)),
            "{case}"
        );
    }
    let broken = "{\"id\":";
    let answer = tell(&server, broken, Some(&sign(NOTIFICATION_KEY, broken))).await;
    assert_eq!(answer["code"], "out_of_service");
    assert_eq!(server.order(&id).await.status, "awaiting_payment");
}

async fn a_payment_is_taken_once(server: TestServer) {
    let (id, paid) = awaited(&server).await;
    for _ in 0..3 {
        assert_eq!(tell_signed(&server, &paid).await, json!({ "status": "success" }));
    }
    let view = server.order(&id).await;
    assert_eq!(view.count_of("paid"), 1, "{view}");
    assert_eq!(view.total_kopecks, TOTAL);
    let mut twice = paid.clone();
    twice["id"] = json!("0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b");
    assert_eq!(tell_signed(&server, &twice).await["code"], "order_already_paid");
}

async fn the_test_notification_of_invoicebox_is_answered(server: TestServer) {
    let (id, _) = awaited(&server).await;
    let same_digits = "ffffffff-ffff-ffff-ffff-ffffffffffff";
    for number in [json!(""), Value::Null] {
        let mut test = json!({
            "id": same_digits, "merchantId": same_digits, "merchantOrderId": number,
            "status": "completed", "amount": 0, "currencyId": "RUB"
        });
        assert_eq!(tell_signed(&server, &test).await, json!({ "status": "success" }));
        test["merchantId"] = json!("0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b");
        assert_eq!(tell_signed(&server, &test).await["code"], "order_not_found");
    }
    assert_eq!(server.order(&id).await.status, "awaiting_payment");
}

async fn an_unknown_status_is_noted_and_moves_nothing(server: TestServer) {
    let (id, paid) = awaited(&server).await;
    for status in ["created", "hold", "frozen"] {
        let mut body = paid.clone();
        body["status"] = json!(status);
        assert_eq!(tell_signed(&server, &body).await, json!({ "status": "success" }), "{status}");
    }
    assert_eq!(server.order(&id).await.status, "awaiting_payment");
}
