//! Limits, faults and switches of calls.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{API_TOKEN, EmulatorFixture, ORDERS_PATH};

const LIST_PATH: &str = "v3/filter/api/order/order";

#[tokio::test]
async fn the_hundred_and_first_request_of_a_window_is_refused() {
    let fixture = EmulatorFixture::new().await;
    for _ in 0..100 {
        assert_eq!(fixture.call("GET", LIST_PATH, &Value::Null).await.0, 200);
    }
    let (status, headers, answer) = fixture.call_as(Some(API_TOKEN), "GET", LIST_PATH, "").await;
    assert_eq!(status, 429, "{answer}");
    assert_eq!(headers["ratelimit-remaining"], "0");
    let wait: u64 = headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=30).contains(&wait));
    fixture.clock.advance(Duration::from_secs(30));
    assert_eq!(fixture.call("GET", LIST_PATH, &Value::Null).await.0, 200);
}

#[tokio::test]
async fn limits_are_announced_as_configured() {
    let fixture = EmulatorFixture::new().await;
    for (how, header) in [("x", "x-ratelimit-reset"), ("date", "ratelimit-reset"), ("none", "")] {
        fixture.control(json!({"limits": {"per_account": 0, "headers": how}}));
        let (status, headers, _) = fixture.call_as(Some(API_TOKEN), "GET", LIST_PATH, "").await;
        assert_eq!(status, 429);
        let names: Vec<&str> = headers.keys().map(axum::http::HeaderName::as_str).collect();
        assert_eq!(names.contains(&header), !header.is_empty(), "{how}: {names:?}");
        let after = headers.get("retry-after").map(|value| value.to_str().unwrap());
        match how {
            "date" => assert!(after.unwrap().ends_with(" GMT")),
            "none" => assert_eq!(after, None),
            _ => assert!(after.unwrap().parse::<u32>().is_ok()),
        }
    }
    fixture.control(json!({"limits": {"enabled": false, "per_account": 0}}));
    assert_eq!(fixture.call("GET", LIST_PATH, &Value::Null).await.0, 200);
}

#[tokio::test]
async fn faults_hit_the_named_route_and_are_used_up() {
    let fixture = EmulatorFixture::new().await;
    let not_done = [
        ("500", 500),
        ("502_html", 502),
        ("503", 503),
        ("hang", 504),
        ("307", 307),
        ("429", 429),
        ("504", 504),
        ("400", 400),
        ("401", 401),
        ("403", 403),
        ("404", 404),
        ("409", 409),
        ("423", 423),
        ("unknown_code", 422),
        ("422", 422),
        ("flat_error", 422),
    ];
    fixture.control(json!({"hang_ms": 1}));
    for (kind, expected) in not_done {
        fixture.control(json!({"fail_next": [{"route": "create", "kind": kind}]}));
        assert_eq!(fixture.call("GET", LIST_PATH, &Value::Null).await.0, 200);
        let (status, headers, answer) =
            fixture.call_as(Some(API_TOKEN), "POST", ORDERS_PATH, &fixture.draft(kind).to_string()).await;
        assert_eq!(status, expected, "{kind}");
        assert_eq!(headers.contains_key("retry-after"), matches!(kind, "503" | "429"), "{kind}");
        assert_eq!(answer.get("code").is_some(), kind == "flat_error", "{kind}");
        fixture.order(&fixture.draft(kind)).await;
    }
}

#[tokio::test]
async fn a_lost_answer_leaves_an_order_behind() {
    let fixture = EmulatorFixture::new().await;
    fixture.control(json!({"hang_ms": 1, "fail_next": [{"route": "create", "kind": "executed_but_lost"}]}));
    assert_eq!(fixture.call("POST", ORDERS_PATH, &fixture.draft("A-1")).await.0, 504);
    let (_, answer) = fixture.call("GET", &format!("{LIST_PATH}?merchantOrderId=A-1"), &Value::Null).await;
    assert_eq!(answer["metaData"]["totalCount"], 1);
}

#[tokio::test]
async fn a_cut_answer_breaks_off_and_a_mistyped_one_is_whole() {
    let fixture = EmulatorFixture::new().await;
    fixture.control(json!({"fail_next": [{"route": "list", "kind": "cut_body"}, {"route": "list", "kind": "wrong_type"}]}));
    let request = || {
        let request = Request::get(format!("/sandbox/invoicebox/{LIST_PATH}"));
        request.header("authorization", format!("Bearer {API_TOKEN}")).body(Body::empty()).unwrap()
    };
    let answer = fixture.sandbox.router().oneshot(request()).await.unwrap();
    assert!(axum::body::to_bytes(answer.into_body(), usize::MAX).await.is_err());
    let (status, headers, text) = fixture.send(request()).await;
    assert_eq!(status, 200);
    assert!(headers["content-type"].to_str().unwrap().starts_with("text/html"));
    assert!(serde_json::from_str::<Value>(&text).is_ok());
}

#[tokio::test]
async fn envelope_and_user_agent_follow_the_switches() {
    let fixture = EmulatorFixture::new().await;
    fixture.control(json!({"error_shape": "flat"}));
    assert_eq!(
        fixture.call("GET", "v3/nowhere", &Value::Null).await.1,
        json!({"code": "not_found", "message": "Not Found"})
    );
    fixture.control(json!({"error_shape": "short"}));
    let (_, answer) = fixture.call("GET", "v3/nowhere", &Value::Null).await;
    assert_eq!(answer, json!({"error": {"code": "not_found", "message": "Not Found"}}));
    fixture.control(json!({"require_user_agent": true}));
    assert_eq!(fixture.call("GET", LIST_PATH, &Value::Null).await.0, 422);
}

#[tokio::test]
async fn an_address_has_a_limit_of_its_own_and_a_fault_has_a_probability() {
    let fixture = EmulatorFixture::new().await;
    fixture.control(json!({"fail_next": [{"route": "any", "kind": "500", "times": 9, "probability": 0}]}));
    for _ in 0..20 {
        assert_eq!(
            fixture.call("GET", LIST_PATH, &Value::Null).await.0,
            200,
            "nothing happens in no case of a hundred"
        );
    }
    fixture.control(json!({"limits": {"per_ip": 1}}));
    assert_eq!(fixture.call("GET", LIST_PATH, &Value::Null).await.0, 200);
    assert_eq!(
        fixture.call_as(Some("other"), "GET", LIST_PATH, "").await.0,
        429,
        "another account, the same address"
    );
    fixture.control(json!({"limits": {"window_seconds": 5}}));
    for _ in 0..100 {
        assert_eq!(fixture.call("GET", LIST_PATH, &Value::Null).await.0, 200);
    }
    assert_eq!(fixture.call("GET", LIST_PATH, &Value::Null).await.0, 429);
    fixture.clock.advance(Duration::from_secs(5));
    assert_eq!(fixture.call("GET", LIST_PATH, &Value::Null).await.0, 200);
}
