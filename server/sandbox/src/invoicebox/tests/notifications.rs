//! What reaches the merchant, how it is signed, and how often it is tried.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::notification::{RETRY_MINUTES, signature};
use super::{KEY, MERCHANT, World, money};

async fn paid(world: &World, number: &str) -> Value {
    let order = world.order(&world.draft(number)).await;
    world.control(json!({"order": {"merchantOrderId": number, "action": "pay"}}));
    order
}

async fn at_once() -> World {
    let world = World::new().await;
    world.control(json!({"notifications": {"delay_ms": 0}}));
    world
}

#[test]
fn signatures_cover_the_bytes() {
    assert_eq!(
        signature("Jefe", b"what do ya want for nothing?"),
        "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
    );
    assert_eq!(signature(KEY, b""), "72c6b0cebd313bf5f5d545f5deeec204ac2e578b");
}

#[tokio::test]
async fn a_payment_is_notified_raw_escaped_and_signed() {
    let mut world = at_once().await;
    let mut draft = world.draft("A-1");
    draft["notificationUrl"] = json!(format!("{}/own", world.shop.url));
    world.order(&draft).await;
    world.control(json!({"order": {"merchantOrderId": "A-1", "action": "pay"}}));
    let got = world.shop.next().await;
    assert_eq!(got.path, "/own");
    assert_eq!(got.signature, signature(KEY, got.body.as_bytes()));
    assert!(got.body.contains("Топливо и кафе") && got.body.contains("https:\\/\\/azs.example\\/o\\/1"));
    let order = got.json();
    assert_eq!(order["status"], "completed");
    assert_eq!(order["amount"], money("2900.96"));
    assert!(order["paidAt"].is_string() && order["data"].is_null());
    assert_eq!(world.outcomes(1).await, ["success"]);
}

#[tokio::test]
async fn every_order_of_a_container_is_notified() {
    let mut world = at_once().await;
    let main = world.order(&world.draft("A-1")).await;
    let mut extra = world.draft("A-2");
    extra["orderContainerId"] = main["orderContainerId"].clone();
    let extra = world.order(&extra).await;
    assert_eq!(extra["paymentUrl"], main["paymentUrl"]);
    world.control(json!({"order": {"merchantOrderId": "A-2", "action": "pay"}}));
    let mut numbers =
        [world.shop.next().await, world.shop.next().await].map(|got| got.json()["merchantOrderId"].clone());
    numbers.sort_by_key(ToString::to_string);
    assert_eq!(numbers, [json!("A-1"), json!("A-2")]);
}

#[tokio::test]
async fn technical_failures_are_repeated_ten_times_on_the_schedule() {
    let mut world = at_once().await;
    let out = r#"{"status":"error","code":"out_of_service"}"#;
    let failures = [(200, out), (500, ""), (200, "OK"), (200, r#"{"status":"error"}"#), (404, "")];
    world.shop.answers(&failures.into_iter().cycle().take(11).collect::<Vec<_>>());
    paid(&world, "A-1").await;
    let first = world.shop.next().await;
    for (index, minutes) in RETRY_MINUTES.into_iter().enumerate() {
        assert_eq!(world.outcomes(index + 1).await.len(), index + 1);
        world.clock.advance(Duration::from_secs(minutes * 60));
        assert_eq!(world.shop.next().await.body, first.body);
    }
    let outcomes = world.outcomes(11).await;
    assert_eq!(outcomes[..3], ["out_of_service", "HTTP 500", "not JSON"]);
    world.clock.advance(Duration::from_secs(48 * 3600));
    assert_eq!(world.outcomes(11).await.len(), 11);
}

#[tokio::test]
async fn other_refusals_are_final() {
    let mut world = at_once().await;
    world.shop.answers(&[(200, r#"{"status":"error","code":"order_not_found"}"#)]);
    paid(&world, "A-1").await;
    world.shop.next().await;
    assert_eq!(world.outcomes(1).await, ["order_not_found"]);
    world.clock.advance(Duration::from_secs(48 * 3600));
    paid(&world, "A-2").await;
    assert_eq!(world.shop.next().await.json()["merchantOrderId"], "A-2");
}

#[tokio::test]
async fn accidents_spoil_one_notification() {
    let mut world = at_once().await;
    let spoiled = [
        ("wrong_signature", "/signature"),
        ("changed_amount", "/amount"),
        ("wrong_merchant", "/merchantId"),
        ("unknown_status", "/status"),
    ];
    for (kind, pointer) in spoiled {
        world.control(json!({"notifications": {"fail_next": [{"kind": kind}]}}));
        paid(&world, kind).await;
        let got = world.shop.next().await;
        let (json, right) = (got.json(), signature(KEY, got.body.as_bytes()));
        assert_eq!(got.signature == right, kind != "wrong_signature", "{kind}");
        assert_eq!(json["amount"] == money("2900.96"), kind != "changed_amount", "{kind} {pointer}");
        assert_eq!(json["merchantId"] == MERCHANT, kind != "wrong_merchant", "{kind}");
        assert_eq!(json["status"] == "completed", kind != "unknown_status", "{kind}");
    }
}

#[tokio::test]
async fn notifications_get_lost_doubled_delayed_and_out_of_order() {
    let mut world = at_once().await;
    world.control(json!({"notifications": {"fail_next": [
        {"kind": "lost"}, {"kind": "duplicate"}, {"kind": "reordered"},
    ]}}));
    for number in ["lost", "twice", "late", "early"] {
        paid(&world, number).await;
        world.outcomes(usize::from(number == "lost")).await;
        if number == "twice" {
            let both = [world.shop.next().await, world.shop.next().await];
            assert!(both.iter().all(|got| got.json()["merchantOrderId"] == "twice"));
        }
    }
    for number in ["early", "late"] {
        assert_eq!(world.shop.next().await.json()["merchantOrderId"], number);
    }
    world.control(json!({"notifications": {"fail_next": [{"kind": "delay", "ms": 60_000}]}}));
    paid(&world, "delayed").await;
    paid(&world, "prompt").await;
    assert_eq!(world.shop.next().await.json()["merchantOrderId"], "prompt");
    world.clock.advance(Duration::from_secs(60));
    assert_eq!(world.shop.next().await.json()["merchantOrderId"], "delayed");
}

#[tokio::test]
async fn cancelling_is_notified_and_the_test_call_names_no_order() {
    let mut world = at_once().await;
    let order = world.order(&world.draft("A-1")).await;
    let path = format!("{}/{}", super::ORDERS, order["id"].as_str().unwrap());
    let (_, answer) = world.call("DELETE", &path, &Value::Null).await;
    assert_eq!(answer["data"]["status"], "canceled");
    assert_eq!(world.shop.next().await.json()["status"], "canceled");
    for number in [json!(""), Value::Null] {
        world.control(json!({"test_notification": {"merchantOrderId": number}}));
        let got = world.shop.next().await;
        assert_eq!(got.signature, signature(KEY, got.body.as_bytes()));
        assert_eq!((got.json()["id"].as_str(), &got.json()["merchantOrderId"]), (Some(MERCHANT), &number));
    }
}

#[tokio::test]
async fn the_time_factor_compresses_the_schedule() {
    let mut world = at_once().await;
    world.control(json!({"notifications": {"time_factor": 60}}));
    world.shop.answers(&[(503, "")]);
    paid(&world, "A-1").await;
    let first = world.shop.next().await.body;
    world.outcomes(1).await;
    // A minute of the schedule is a second of the clock.
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(world.shop.next().await.body, first);
    assert_eq!(world.outcomes(2).await, ["HTTP 503", "success"]);
}

#[tokio::test]
async fn silence_is_a_failure_and_every_try_is_logged() {
    let mut world = at_once().await;
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut draft = world.draft("A-1");
    draft["notificationUrl"] = json!(format!("http://{}/silent", silent.local_addr().unwrap()));
    world.order(&draft).await;
    let knobs = world.control(json!({"notifications": {"timeout_ms": 50}}));
    assert_eq!(knobs["knobs"]["notifications"]["delay_ms"], 0);
    world.control(json!({"order": {"merchantOrderId": "A-1", "action": "pay"}}));
    assert!(world.outcomes(1).await[0].contains("error"), "no answer within the limit");
    world.clock.advance(Duration::from_secs(60));
    world.outcomes(2).await;
    let log = world.control(json!({"log": true}))["log"]["notifications"].clone();
    assert_eq!((&log[0]["try"], &log[1]["try"]), (&json!(1), &json!(2)));
    assert_eq!(log[0]["signature"], signature(KEY, log[0]["body"].as_str().unwrap().as_bytes()));
    world.control(json!({"notifications": {"timeout_ms": 20_000}}));
    paid(&world, "A-2").await;
    assert_eq!(world.shop.next().await.json()["merchantOrderId"], "A-2");
}

#[tokio::test]
async fn by_default_the_payer_is_back_two_seconds_before_the_notification() {
    let mut world = World::new().await;
    assert_eq!(
        world.control(json!({}))["knobs"]["notifications"],
        json!({
            "delay_ms": 2000, "timeout_ms": 20000, "time_factor": 1, "webhook": true, "fail_next": [],
        })
    );
    paid(&world, "A-1").await;
    world.clock.advance(Duration::from_millis(1999));
    assert_eq!(world.outcomes(0).await.len(), 0);
    world.clock.advance(Duration::from_millis(1));
    assert_eq!(world.shop.next().await.json()["status"], "completed");
}
