//! Bad input at the notification endpoint: the documented answer, one log line, no state touched.

use std::cell::Cell;

use hmac::{Hmac, Mac};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Sha256;
use tracing::subscriber::DefaultGuard;

use test_support::{
    CapturedLog, DEMO_MERCHANT_ID, DatabaseKind, NOTIFICATION_KEY, NOTIFICATIONS_PATH, TestServer, draft,
};

/// A merchant that a station may carry as its own.
const OWN_MERCHANT: &str = "0199f0a1-0000-4000-8000-0000000000aa";
const OTHER_ID: &str = "0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b";

fn sign(body: &str) -> String {
    test_support::sign(NOTIFICATION_KEY, body)
}

/// An order that waits for its payment, and everything to watch over it.
struct AwaitedPayment {
    server: TestServer,
    id: String,
    paid: Value,
    /// At warn and above.
    log: CapturedLog,
    /// Notifications that were not signed.
    refused: Cell<usize>,
    _guard: DefaultGuard,
}

impl AwaitedPayment {
    async fn place() -> Self {
        // Of this crate alone: the database library, too, warns when a busy machine makes a statement slow.
        let (log, _guard) = CapturedLog::start("off,server=warn");
        let server = TestServer::start(DatabaseKind::Sqlite).await;
        let placed = server.place_order(&draft()).await;
        let mut paid = server.invoices().await.pop().unwrap();
        paid["status"] = json!("completed");
        let id = placed.order_id.clone();
        log.take_lines();
        Self { server, id, paid, log, refused: Cell::new(0), _guard }
    }

    fn with(&self, name: &str, value: Value) -> Value {
        let mut body = self.paid.clone();
        body[name] = value;
        body
    }

    async fn notify(&self, body: &str, signature: &str) -> Value {
        self.server.notify_signed(body, Some(signature)).await
    }

    /// Asserts the answer, one line in the log, unless strangers have caused ten of them in a minute, and an unchanged order.
    async fn assert_refused(&self, case: &str, body: &str, signature: &str, code: &str) {
        let before = self.server.order(&self.id).await;
        self.log.take_lines();
        let answer = self.notify(body, signature).await;
        assert_eq!((&answer["status"], &answer["code"]), (&json!("error"), &json!(code)), "{case}");
        assert!(answer["message"].as_str().is_some_and(|message| message.len() <= 500), "{case}");
        let lines = self.log.take_lines();
        let is_of_strangers = code == "signature_error";
        let before_it = self.refused.get();
        self.refused.set(before_it + usize::from(is_of_strangers));
        assert_eq!(lines.len(), usize::from(!is_of_strangers || before_it < 10), "{case}: {lines:?}");
        let is_secret = |line: &String| line.contains(NOTIFICATION_KEY) || line.contains("buh@example.ru");
        assert!(!lines.iter().any(is_secret), "{case}: {lines:?}");
        assert_eq!(self.server.order(&self.id).await, before, "{case}");
    }

    async fn assert_refused_signed(&self, case: &str, body: &Value, code: &str) {
        let body = body.to_string();
        self.assert_refused(case, &body, &sign(&body), code).await;
    }
}

#[tokio::test]
async fn what_cannot_be_trusted_is_a_signature_error() {
    let awaited = AwaitedPayment::place().await;
    let body = awaited.paid.to_string();
    let right = sign(&body);
    awaited
        .assert_refused("good JSON, bad signature", &body, &sign("something else"), "signature_error")
        .await;
    awaited.assert_refused("no signature", &body, "", "signature_error").await;
    for at in 0..right.len() {
        let mut wrong = right.clone().into_bytes();
        wrong[at] = if wrong[at] == b'0' { b'1' } else { b'0' };
        let wrong = String::from_utf8(wrong).unwrap();
        awaited.assert_refused(&format!("character {at}"), &body, &wrong, "signature_error").await;
    }
    let long = format!("{}{}", " ".repeat(1024 * 1024), body);
    awaited.assert_refused("longer than a mebibyte", &long, &sign(&long), "signature_error").await;
    assert_eq!(awaited.notify(&body, &right.to_uppercase()).await, json!({ "status": "success" }));
}

#[tokio::test]
async fn what_is_signed_and_wrong_has_its_code() {
    let awaited = AwaitedPayment::place().await;
    for broken in ["{\"id\":", "", "null", "[]", "\"paid\"", "\u{feff}{}"] {
        awaited.assert_refused("broken JSON, good signature", broken, &sign(broken), "out_of_service").await;
    }
    awaited.assert_refused_signed("no id", &awaited.with("id", Value::Null), "out_of_service").await;
    awaited.assert_refused_signed("no status", &awaited.with("status", Value::Null), "out_of_service").await;
    awaited
        .assert_refused_signed("half a kopeck", &awaited.with("amount", json!(27.815)), "out_of_service")
        .await;
    let mut unknown = awaited.with("merchantOrderId", json!("9-00000000"));
    unknown["id"] = json!(OTHER_ID);
    awaited.assert_refused_signed("unknown order", &unknown, "order_not_found").await;
    awaited
        .assert_refused_signed(
            "other merchant",
            &awaited.with("merchantId", json!(OTHER_ID)),
            "order_not_found",
        )
        .await;
    awaited
        .assert_refused_signed("no merchant", &awaited.with("merchantId", Value::Null), "order_not_found")
        .await;
    awaited
        .assert_refused_signed(
            "changed amount",
            &awaited.with("amount", json!(2781.44)),
            "order_wrong_amount",
        )
        .await;
    awaited
        .assert_refused_signed("no amount", &awaited.with("amount", Value::Null), "order_wrong_amount")
        .await;
    awaited
        .assert_refused_signed(
            "other currency",
            &awaited.with("currencyId", json!("USD")),
            "order_wrong_amount",
        )
        .await;
}

#[tokio::test]
async fn repeats_and_latecomers_are_success_and_change_nothing() {
    let awaited = AwaitedPayment::place().await;
    let body = awaited.paid.to_string();
    let success = json!({ "status": "success" });
    assert_eq!(awaited.notify(&body, &sign(&body)).await, success);
    for _ in 0..3 {
        assert_eq!(awaited.notify(&body, &sign(&body)).await, success);
    }
    // What was sent before the payment arrives after it.
    for late in ["created", "hold", "draft", "expired"] {
        let late = awaited.with("status", json!(late)).to_string();
        assert_eq!(awaited.notify(&late, &sign(&late)).await, success);
    }
    let view = awaited.server.order(&awaited.id).await;
    assert_eq!(view.count_of("paid"), 1, "{view}");
    assert!(!["expired", "canceled", "unavailable"].contains(&view.status.as_str()), "{view}");
    let duplicate = awaited.with("id", json!(OTHER_ID)).to_string();
    assert_eq!(awaited.notify(&duplicate, &sign(&duplicate)).await["code"], "order_already_paid");
}

#[tokio::test]
async fn what_is_wrong_with_an_unused_property_does_not_stop_a_payment() {
    let cases = [
        ("\u{feff}{", "{"),
        ("{\"note\":NaN,", "{"),
        ("{\"note\":\"\\ud83d\",", "{"),
        ("\"amount\":2781.4300000000003", "\"amount\":2781.43"),
    ];
    for (fault, plain) in cases {
        let awaited = AwaitedPayment::place().await;
        let body = awaited.paid.to_string().replacen(plain, fault, 1);
        assert!(body.contains(fault), "{body}");
        assert_eq!(awaited.notify(&body, &sign(&body)).await, json!({ "status": "success" }), "{fault}");
        assert_eq!(awaited.server.order(&awaited.id).await.count_of("paid"), 1, "{fault}");
    }
}

#[tokio::test]
async fn the_address_of_notifications_may_end_in_a_slash() {
    let awaited = AwaitedPayment::place().await;
    let body = awaited.paid.to_string();
    for (address, signature, expected) in [
        (format!("{NOTIFICATIONS_PATH}/"), sign("something else"), "signature_error"),
        (format!("{NOTIFICATIONS_PATH}/{OTHER_ID}/"), sign(&body), "signature_error"),
        (format!("{NOTIFICATIONS_PATH}/"), sign(&body), r#"{"status":"success"}"#),
    ] {
        let answer = awaited.server.send(Method::POST, &address, &[("x-signature", &signature)], &body).await;
        let answer = answer.text().await.unwrap();
        assert!(answer.contains(expected), "{address}: {answer}");
    }
    assert_eq!(awaited.server.order(&awaited.id).await.count_of("paid"), 1);
}

#[tokio::test]
async fn an_unknown_status_is_logged_once_and_changes_nothing() {
    let awaited = AwaitedPayment::place().await;
    for status in ["paid_by_moonlight", "COMPLETED", "success"] {
        let body = awaited.with("status", json!(status)).to_string();
        awaited.log.take_lines();
        assert_eq!(awaited.notify(&body, &sign(&body)).await, json!({ "status": "success" }));
        let lines = awaited.log.take_lines();
        assert!(lines.len() == 1 && lines[0].contains(status), "{lines:?}");
    }
    assert_eq!(awaited.server.order(&awaited.id).await.status, "awaiting_payment");
}

#[tokio::test]
async fn the_test_call_is_answered_for_every_merchant_of_ours() {
    let awaited = AwaitedPayment::place().await;
    let body = |merchant: &str, number: Value| {
        json!({ "id": "ffffffff-ffff-ffff-ffff-ffffffffffff", "merchantId": merchant, "merchantOrderId": number,
            "status": "completed", "amount": 0, "currencyId": "RUB" })
        .to_string()
    };
    for number in [json!(""), Value::Null] {
        for merchant in [DEMO_MERCHANT_ID, "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"] {
            let test = body(merchant, number.clone());
            assert_eq!(awaited.notify(&test, &sign(&test)).await, json!({ "status": "success" }));
        }
        let test = body(OWN_MERCHANT, number.clone());
        awaited.assert_refused("a merchant that is not ours", &test, &sign(&test), "order_not_found").await;
    }
    assert_eq!(awaited.server.order(&awaited.id).await.status, "awaiting_payment");
    assert_eq!(awaited.server.count_orders().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_station_may_sell_in_the_name_of_its_own_merchant() {
    let server = TestServer::start(DatabaseKind::Sqlite).await;
    sell_for(&server, OWN_MERCHANT).await;
    let placed = server.place_order(&draft()).await;
    let id = placed.order_id.as_str();
    let invoice = server.invoices().await.pop().unwrap();
    assert_eq!(invoice["merchantId"], OWN_MERCHANT);
    server.pay(&placed.payment_url).await;
    server.wait_for_status(id, "completed").await;

    let test =
        json!({ "id": "ffffffff-ffff-ffff-ffff-ffffffffffff", "merchantId": OWN_MERCHANT, "merchantOrderId": "",
        "status": "completed" })
        .to_string();
    let answer = server.send(Method::POST, NOTIFICATIONS_PATH, &[("x-signature", &sign(&test))], &test).await;
    assert_eq!(answer.text().await.unwrap(), r#"{"status":"success"}"#);
}

/// Makes `sever-12` a station of this merchant, for whom the emulator's token may act.
async fn sell_for(server: &TestServer, merchant: &str) {
    server.control(json!({ "invoicebox": { "merchants": [merchant] } })).await;
    sqlx::any::install_default_drivers();
    let pool = sqlx::AnyPool::connect(&server.database_url).await.unwrap();
    let sql = "UPDATE stations SET body = json_set(body, '$.merchant_id', $1) WHERE id = 'sever-12'";
    sqlx::query(sql).bind(merchant).execute(&pool).await.unwrap();
    sqlx::query("UPDATE catalogue SET version = version + 1").execute(&pool).await.unwrap();
    server.catalogue.refresh().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchant_with_its_own_key_has_its_own_address() {
    let keys = format!("{OWN_MERCHANT}=its-own-key");
    let variables = [("INVOICEBOX_MERCHANT_KEYS", keys.as_str())];
    let server = TestServer::start_with(DatabaseKind::Sqlite, &variables).await;
    server.control(json!({ "invoicebox": { "notifications": { "delay_ms": 0 } } })).await;
    sell_for(&server, OWN_MERCHANT).await;
    let placed = server.place_order(&draft()).await;
    let id = placed.order_id.as_str();
    let mut paid = server.invoices().await.pop().unwrap();
    let own_endpoint = format!("{NOTIFICATIONS_PATH}/{OWN_MERCHANT}");
    assert_eq!(paid["notificationUrl"], format!("{}{own_endpoint}", server.url));
    paid["status"] = json!("completed");
    let own = |body: &str| test_support::sign("its-own-key", body);
    let body = paid.to_string();
    let mut foreign = paid.clone();
    foreign["merchantId"] = json!(DEMO_MERCHANT_ID);
    let foreign = foreign.to_string();
    let nobody = format!("{NOTIFICATIONS_PATH}/{OTHER_ID}");
    for (case, endpoint, body, signature) in [
        ("the network's key at the network's endpoint", NOTIFICATIONS_PATH, &body, sign(&body)),
        ("its own key at the network's endpoint", NOTIFICATIONS_PATH, &body, own(&body)),
        ("the network's key at its own endpoint", &own_endpoint, &body, sign(&body)),
        ("its own key in another name", &own_endpoint, &foreign, own(&foreign)),
        ("an endpoint that does not exist", &nobody, &body, sign(&body)),
    ] {
        let answer = server.send(Method::POST, endpoint, &[("x-signature", &signature)], body).await;
        assert!(answer.text().await.unwrap().contains("signature_error"), "{case}");
    }
    assert_eq!(server.order(id).await.status, "awaiting_payment");
    server.pay(&placed.payment_url).await;
    server.wait_for_status(id, "completed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sha_256_signs_when_configured() {
    let variables = [("INVOICEBOX_NOTIFICATION_ALGORITHM", "sha256")];
    let server = TestServer::start_with(DatabaseKind::Sqlite, &variables).await;
    server.control(json!({ "invoicebox": { "notifications": { "delay_ms": 0 } } })).await;
    let placed = server.place_order(&draft()).await;
    let mut paid = server.invoices().await.pop().unwrap();
    paid["status"] = json!("completed");
    let body = paid.to_string();
    let answer = server.send(Method::POST, NOTIFICATIONS_PATH, &[("x-signature", &sign(&body))], &body).await;
    assert!(answer.text().await.unwrap().contains("signature_error"), "the other hash is not taken");
    let mac = Hmac::<Sha256>::new_from_slice(NOTIFICATION_KEY.as_bytes()).unwrap().chain_update(&body);
    let signature = hex::encode(mac.finalize().into_bytes());
    let answer = server.send(Method::POST, NOTIFICATIONS_PATH, &[("x-signature", &signature)], &body).await;
    assert_eq!(answer.text().await.unwrap(), r#"{"status":"success"}"#);
    // The emulator signs with it too.
    let second = server.place_and_complete(&draft()).await;
    assert_ne!(placed.order_id, second.id);
}
