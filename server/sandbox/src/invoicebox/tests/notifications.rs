//! Notifications: content, signature, repeats.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::notification::{RETRY_MINUTES, signature};
use super::{EmulatorFixture, MERCHANT_ID, NOTIFICATION_KEY, money};

async fn paid(fixture: &EmulatorFixture, number: &str) -> Value {
    let order = fixture.order(&fixture.draft(number)).await;
    fixture.control(json!({"order": {"merchantOrderId": number, "action": "pay"}}));
    order
}

async fn at_once() -> EmulatorFixture {
    let fixture = EmulatorFixture::new().await;
    fixture.control(json!({"notifications": {"delay_ms": 0}}));
    fixture
}

#[test]
fn signatures_cover_the_bytes() {
    assert_eq!(
        signature("Jefe", b"what do ya want for nothing?"),
        "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
    );
    assert_eq!(signature(NOTIFICATION_KEY, b""), "72c6b0cebd313bf5f5d545f5deeec204ac2e578b");
}

#[tokio::test]
async fn a_payment_is_notified_raw_escaped_and_signed() {
    let mut fixture = at_once().await;
    let mut draft = fixture.draft("A-1");
    draft["notificationUrl"] = json!(format!("{}/own", fixture.shop.url));
    fixture.order(&draft).await;
    fixture.control(json!({"order": {"merchantOrderId": "A-1", "action": "pay"}}));
    let got = fixture.shop.next().await;
    assert_eq!(got.path, "/own");
    assert_eq!(got.signature, signature(NOTIFICATION_KEY, got.body.as_bytes()));
    assert!(got.body.contains("Топливо и кафе") && got.body.contains("https:\\/\\/azs.example\\/o\\/1"));
    let order = got.json();
    assert_eq!(order["status"], "completed");
    assert_eq!(order["amount"], money("2900.96"));
    assert!(order["paidAt"].is_string() && order["data"].is_null());
    assert_eq!(fixture.outcomes(1).await, ["success"]);
}

#[tokio::test]
async fn every_order_of_a_container_is_notified() {
    let mut fixture = at_once().await;
    let main = fixture.order(&fixture.draft("A-1")).await;
    let mut extra = fixture.draft("A-2");
    extra["orderContainerId"] = main["orderContainerId"].clone();
    let extra = fixture.order(&extra).await;
    assert_eq!(extra["paymentUrl"], main["paymentUrl"]);
    fixture.control(json!({"order": {"merchantOrderId": "A-2", "action": "pay"}}));
    let mut numbers = [fixture.shop.next().await, fixture.shop.next().await]
        .map(|got| got.json()["merchantOrderId"].clone());
    numbers.sort_by_key(ToString::to_string);
    assert_eq!(numbers, [json!("A-1"), json!("A-2")]);
}

#[tokio::test]
async fn technical_failures_are_repeated_ten_times_on_the_schedule() {
    let mut fixture = at_once().await;
    let out = r#"{"status":"error","code":"out_of_service"}"#;
    let failures = [(200, out), (500, ""), (200, "OK"), (200, r#"{"status":"error"}"#), (404, "")];
    fixture.shop.answers(&failures.into_iter().cycle().take(11).collect::<Vec<_>>());
    paid(&fixture, "A-1").await;
    let first = fixture.shop.next().await;
    for (index, minutes) in RETRY_MINUTES.into_iter().enumerate() {
        assert_eq!(fixture.outcomes(index + 1).await.len(), index + 1);
        fixture.clock.advance(Duration::from_secs(minutes * 60));
        assert_eq!(fixture.shop.next().await.body, first.body);
    }
    let outcomes = fixture.outcomes(11).await;
    assert_eq!(outcomes[..3], ["out_of_service", "HTTP 500", "not JSON"]);
    fixture.clock.advance(Duration::from_secs(48 * 3600));
    assert_eq!(fixture.outcomes(11).await.len(), 11);
}

#[tokio::test]
async fn other_refusals_are_final() {
    let mut fixture = at_once().await;
    fixture.shop.answers(&[(200, r#"{"status":"error","code":"order_not_found"}"#)]);
    paid(&fixture, "A-1").await;
    fixture.shop.next().await;
    assert_eq!(fixture.outcomes(1).await, ["order_not_found"]);
    fixture.clock.advance(Duration::from_secs(48 * 3600));
    paid(&fixture, "A-2").await;
    assert_eq!(fixture.shop.next().await.json()["merchantOrderId"], "A-2");
}

#[tokio::test]
async fn accidents_spoil_one_notification() {
    let mut fixture = at_once().await;
    let spoiled = [
        ("wrong_signature", "/signature"),
        ("changed_amount", "/amount"),
        ("wrong_merchant", "/merchantId"),
        ("unknown_status", "/status"),
    ];
    for (kind, pointer) in spoiled {
        fixture.control(json!({"notifications": {"fail_next": [{"kind": kind}]}}));
        paid(&fixture, kind).await;
        let got = fixture.shop.next().await;
        let (json, right) = (got.json(), signature(NOTIFICATION_KEY, got.body.as_bytes()));
        assert_eq!(got.signature == right, kind != "wrong_signature", "{kind}");
        assert_eq!(json["amount"] == money("2900.96"), kind != "changed_amount", "{kind} {pointer}");
        assert_eq!(json["merchantId"] == MERCHANT_ID, kind != "wrong_merchant", "{kind}");
        assert_eq!(json["status"] == "completed", kind != "unknown_status", "{kind}");
    }
}

#[tokio::test]
async fn notifications_get_lost_doubled_delayed_and_out_of_order() {
    let mut fixture = at_once().await;
    fixture.control(json!({"notifications": {"fail_next": [
        {"kind": "lost"}, {"kind": "duplicate"}, {"kind": "reordered"},
    ]}}));
    for number in ["lost", "twice", "late", "early"] {
        paid(&fixture, number).await;
        fixture.outcomes(usize::from(number == "lost")).await;
        if number == "twice" {
            let both = [fixture.shop.next().await, fixture.shop.next().await];
            assert!(both.iter().all(|got| got.json()["merchantOrderId"] == "twice"));
        }
    }
    for number in ["early", "late"] {
        assert_eq!(fixture.shop.next().await.json()["merchantOrderId"], number);
    }
    fixture.control(json!({"notifications": {"fail_next": [{"kind": "delay", "ms": 60_000}]}}));
    paid(&fixture, "delayed").await;
    paid(&fixture, "prompt").await;
    assert_eq!(fixture.shop.next().await.json()["merchantOrderId"], "prompt");
    fixture.clock.advance(Duration::from_secs(60));
    assert_eq!(fixture.shop.next().await.json()["merchantOrderId"], "delayed");
}

#[tokio::test]
async fn cancelling_is_notified_and_the_test_call_names_no_order() {
    let mut fixture = at_once().await;
    let order = fixture.order(&fixture.draft("A-1")).await;
    let path = format!("{}/{}", super::ORDERS_PATH, order["id"].as_str().unwrap());
    let (_, answer) = fixture.call("DELETE", &path, &Value::Null).await;
    assert_eq!(answer["data"]["status"], "canceled");
    assert_eq!(fixture.shop.next().await.json()["status"], "canceled");
    for number in [json!(""), Value::Null] {
        fixture.control(json!({"test_notification": {"merchantOrderId": number}}));
        let got = fixture.shop.next().await;
        assert_eq!(got.signature, signature(NOTIFICATION_KEY, got.body.as_bytes()));
        assert_eq!((got.json()["id"].as_str(), &got.json()["merchantOrderId"]), (Some(MERCHANT_ID), &number));
    }
}

#[tokio::test]
async fn the_time_factor_compresses_the_schedule() {
    let mut fixture = at_once().await;
    fixture.control(json!({"notifications": {"time_factor": 60}}));
    fixture.shop.answers(&[(503, "")]);
    paid(&fixture, "A-1").await;
    let first = fixture.shop.next().await.body;
    fixture.outcomes(1).await;
    // A minute of the schedule is a second of the clock.
    fixture.clock.advance(Duration::from_secs(1));
    assert_eq!(fixture.shop.next().await.body, first);
    assert_eq!(fixture.outcomes(2).await, ["HTTP 503", "success"]);
}

#[tokio::test]
async fn silence_is_a_failure_and_every_try_is_logged() {
    let mut fixture = at_once().await;
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut draft = fixture.draft("A-1");
    draft["notificationUrl"] = json!(format!("http://{}/silent", silent.local_addr().unwrap()));
    fixture.order(&draft).await;
    let answer = fixture.control(json!({"notifications": {"timeout_ms": 50}}));
    assert_eq!(answer["knobs"]["notifications"]["delay_ms"], 0);
    fixture.control(json!({"order": {"merchantOrderId": "A-1", "action": "pay"}}));
    assert!(fixture.outcomes(1).await[0].contains("error"), "no answer within the limit");
    fixture.clock.advance(Duration::from_secs(60));
    fixture.outcomes(2).await;
    let log = fixture.control(json!({"log": true}))["log"]["notifications"].clone();
    assert_eq!((&log[0]["try"], &log[1]["try"]), (&json!(1), &json!(2)));
    assert_eq!(log[0]["signature"], signature(NOTIFICATION_KEY, log[0]["body"].as_str().unwrap().as_bytes()));
    fixture.control(json!({"notifications": {"timeout_ms": 20_000}}));
    paid(&fixture, "A-2").await;
    assert_eq!(fixture.shop.next().await.json()["merchantOrderId"], "A-2");
}

#[tokio::test]
async fn by_default_the_payer_is_back_two_seconds_before_the_notification() {
    let mut fixture = EmulatorFixture::new().await;
    assert_eq!(
        fixture.control(json!({}))["knobs"]["notifications"],
        json!({
            "delay_ms": 2000, "timeout_ms": 20000, "time_factor": 1, "webhook": true, "fail_next": [],
        })
    );
    paid(&fixture, "A-1").await;
    fixture.clock.advance(Duration::from_millis(1999));
    assert_eq!(fixture.outcomes(0).await.len(), 0);
    fixture.clock.advance(Duration::from_millis(1));
    assert_eq!(fixture.shop.next().await.json()["status"], "completed");
}
