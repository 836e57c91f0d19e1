//! Limits, accidents and switches of the gate.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{ORDERS, TOKEN, World};

const LIST: &str = "v3/filter/api/order/order";

#[tokio::test]
async fn the_hundred_and_first_request_of_a_window_is_refused() {
    let world = World::new().await;
    for _ in 0..100 {
        assert_eq!(world.call("GET", LIST, &Value::Null).await.0, 200);
    }
    let (status, headers, answer) = world.call_as(Some(TOKEN), "GET", LIST, "").await;
    assert_eq!(status, 429, "{answer}");
    assert_eq!(headers["ratelimit-remaining"], "0");
    let wait: u64 = headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=30).contains(&wait));
    world.clock.advance(Duration::from_secs(30));
    assert_eq!(world.call("GET", LIST, &Value::Null).await.0, 200);
}

#[tokio::test]
async fn limits_are_announced_as_told() {
    let world = World::new().await;
    for (how, header) in [("x", "x-ratelimit-reset"), ("date", "ratelimit-reset"), ("none", "")] {
        world.control(json!({"limits": {"per_account": 0, "headers": how}}));
        let (status, headers, _) = world.call_as(Some(TOKEN), "GET", LIST, "").await;
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
    world.control(json!({"limits": {"enabled": false, "per_account": 0}}));
    assert_eq!(world.call("GET", LIST, &Value::Null).await.0, 200);
}

#[tokio::test]
async fn accidents_happen_to_the_named_route_and_are_used_up() {
    let world = World::new().await;
    let not_done = [
        ("500", 500),
        ("502_html", 502),
        ("503", 503),
        ("hang", 504),
        ("307", 307),
        ("429", 429),
        ("401", 401),
        ("422", 422),
        ("flat_error", 422),
    ];
    world.control(json!({"hang_ms": 1}));
    for (kind, expected) in not_done {
        world.control(json!({"fail_next": [{"route": "create", "kind": kind}]}));
        assert_eq!(world.call("GET", LIST, &Value::Null).await.0, 200);
        let (status, headers, answer) =
            world.call_as(Some(TOKEN), "POST", ORDERS, &world.draft(kind).to_string()).await;
        assert_eq!(status, expected, "{kind}");
        assert_eq!(headers.contains_key("retry-after"), matches!(kind, "503" | "429"), "{kind}");
        assert_eq!(answer.get("code").is_some(), kind == "flat_error", "{kind}");
        world.order(&world.draft(kind)).await;
    }
}

#[tokio::test]
async fn a_lost_answer_leaves_an_order_behind() {
    let world = World::new().await;
    world.control(json!({"hang_ms": 1, "fail_next": [{"route": "create", "kind": "executed_but_lost"}]}));
    assert_eq!(world.call("POST", ORDERS, &world.draft("A-1")).await.0, 504);
    let (_, answer) = world.call("GET", &format!("{LIST}?merchantOrderId=A-1"), &Value::Null).await;
    assert_eq!(answer["metaData"]["totalCount"], 1);
}

#[tokio::test]
async fn a_cut_answer_breaks_off_and_a_mistyped_one_is_whole() {
    let world = World::new().await;
    world.control(json!({"fail_next": [{"route": "list", "kind": "cut_body"}, {"route": "list", "kind": "wrong_type"}]}));
    let request = || {
        let request = Request::get(format!("/sandbox/invoicebox/{LIST}"));
        request.header("authorization", format!("Bearer {TOKEN}")).body(Body::empty()).unwrap()
    };
    let answer = world.sandbox.router().oneshot(request()).await.unwrap();
    assert!(axum::body::to_bytes(answer.into_body(), usize::MAX).await.is_err());
    let (status, headers, text) = world.send(request()).await;
    assert_eq!(status, 200);
    assert!(headers["content-type"].to_str().unwrap().starts_with("text/html"));
    assert!(serde_json::from_str::<Value>(&text).is_ok());
}

#[tokio::test]
async fn envelope_and_user_agent_follow_the_switches() {
    let world = World::new().await;
    world.control(json!({"error_shape": "flat"}));
    assert_eq!(
        world.call("GET", "v3/nowhere", &Value::Null).await.1,
        json!({"code": "not_found", "message": "Not Found"})
    );
    world.control(json!({"error_shape": "short"}));
    let (_, answer) = world.call("GET", "v3/nowhere", &Value::Null).await;
    assert_eq!(answer, json!({"error": {"code": "not_found", "message": "Not Found"}}));
    world.control(json!({"require_user_agent": true}));
    assert_eq!(world.call("GET", LIST, &Value::Null).await.0, 422);
}

#[tokio::test]
async fn an_address_has_a_limit_of_its_own_and_chance_decides_on_accidents() {
    let world = World::new().await;
    world.control(json!({"fail_next": [{"route": "any", "kind": "500", "times": 9, "probability": 0}]}));
    for _ in 0..20 {
        assert_eq!(
            world.call("GET", LIST, &Value::Null).await.0,
            200,
            "nothing happens in no case of a hundred"
        );
    }
    world.control(json!({"limits": {"per_ip": 1}}));
    assert_eq!(world.call("GET", LIST, &Value::Null).await.0, 200);
    assert_eq!(
        world.call_as(Some("other"), "GET", LIST, "").await.0,
        429,
        "another account, the same address"
    );
    world.control(json!({"limits": {"window_seconds": 5}}));
    for _ in 0..100 {
        assert_eq!(world.call("GET", LIST, &Value::Null).await.0, 200);
    }
    assert_eq!(world.call("GET", LIST, &Value::Null).await.0, 429);
    world.clock.advance(Duration::from_secs(5));
    assert_eq!(world.call("GET", LIST, &Value::Null).await.0, 200);
}
