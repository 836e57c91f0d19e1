//! Who may use the cashier API.

use std::time::Duration;

use reqwest::{Method, Response};
use serde_json::{Value, json};

use test_support::{
    DatabaseKind, ERP_TOKEN, ErrorBody, PRODUCTION, TestServer, lines_sale, on_both_databases,
};

on_both_databases! {
    a_wrong_token_is_answered_like_a_missing_one,
    wrong_tokens_are_rate_limited,
    wrong_tokens_count_for_the_client_behind_a_proxy,
    a_cashier_signs_in_and_is_known_by_a_cookie,
    a_foreign_page_cannot_write_in_the_cashiers_name,
    a_session_ends_with_its_shift,
}

const ORDERS: &str = "/api/erp/v1/orders";
const SESSION: &str = "/api/erp/v1/session";

async fn signed_in(server: &TestServer) -> (Response, String) {
    let body = json!({ "token": ERP_TOKEN }).to_string();
    let answer = server.send(Method::POST, SESSION, &[("origin", &server.url)], &body).await;
    assert_eq!(answer.status(), 200);
    let set = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    let cookie = set.split(';').next().unwrap().to_owned();
    (answer, cookie)
}

async fn a_wrong_token_is_answered_like_a_missing_one(server: TestServer) {
    let paths = [
        (Method::GET, ORDERS),
        (Method::POST, ORDERS),
        (Method::GET, "/api/erp/v1/orders/0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b"),
        (Method::GET, "/api/erp/v1/orders/0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b/events"),
        (Method::GET, SESSION),
    ];
    for (method, path) in paths {
        let mut bodies = Vec::new();
        for headers in [
            vec![],
            vec![("authorization", "Bearer sandbox-erp-toke")],
            vec![("cookie", "kolonka_cashier=1")],
        ] {
            let answer = server.send(method.clone(), path, &headers, "{}").await;
            assert_eq!(answer.status(), 401, "{method} {path}");
            bodies.push(answer.text().await.unwrap());
        }
        assert!(bodies.iter().all(|text| *text == bodies[0]), "{bodies:?}");
        assert!(bodies[0].contains("\"unauthorized\""), "{bodies:?}");
    }
    let bearer = format!("bearer {ERP_TOKEN}");
    let answer = server.send(Method::GET, ORDERS, &[("authorization", &bearer)], "").await;
    assert_eq!(answer.status(), 200, "the scheme is written in any letter case");
}

async fn wrong_tokens_are_rate_limited(server: TestServer) {
    let wrong = json!({ "token": "guess" }).to_string();
    let mut statuses = Vec::new();
    for _ in 0..12 {
        statuses.push(server.send(Method::POST, SESSION, &[], &wrong).await.status().as_u16());
    }
    assert_eq!(statuses, [vec![401; 10], vec![429; 2]].concat());
    let right = json!({ "token": ERP_TOKEN }).to_string();
    let refused = server.send(Method::POST, SESSION, &[], &right).await;
    assert_eq!(refused.status(), 429, "signing in waits, right or wrong");
    assert!(refused.headers().contains_key("retry-after"));
    let bearer = [("authorization", "Bearer guess")];
    assert_eq!(server.send(Method::GET, ORDERS, &bearer, "").await.status(), 429);
    assert_eq!(server.erp_get("orders").await.0, 200, "nobody locks the back office out by guessing");
    server.clock.advance(Duration::from_secs(61));
    assert_eq!(server.send(Method::POST, SESSION, &[], &right).await.status(), 200);
}

/// Behind a proxy all callers have its address. What they write themselves counts for nothing.
async fn wrong_tokens_count_for_the_client_behind_a_proxy(direct: TestServer) {
    let proxied =
        TestServer::start_with(DatabaseKind::Sqlite, &[("KOLONKA_TRUSTED_PROXIES", "127.0.0.0/8 ::1")]).await;
    let status = async |server: &TestServer, token: &str, chain: &str| {
        let body = json!({ "token": token }).to_string();
        server.send(Method::POST, SESSION, &[("x-forwarded-for", chain)], &body).await.status().as_u16()
    };
    for guess in 0..11 {
        let chain = format!("1.2.3.{guess}, 203.0.113.7");
        assert_eq!(status(&proxied, "guess", &chain).await, if guess < 10 { 401 } else { 429 });
    }
    assert_eq!(status(&proxied, ERP_TOKEN, "203.0.113.8").await, 200, "somebody else signs in");
    assert_eq!(status(&proxied, ERP_TOKEN, "203.0.113.7").await, 429);
    for guess in 0..11 {
        let chain = format!("203.0.113.{guess}");
        assert_eq!(status(&direct, "guess", &chain).await, if guess < 10 { 401 } else { 429 }, "no proxy");
    }
}

async fn a_cashier_signs_in_and_is_known_by_a_cookie(server: TestServer) {
    let (answer, cookie) = signed_in(&server).await;
    let set = answer.headers()["set-cookie"].to_str().unwrap();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"] {
        assert!(set.contains(part), "{set}");
    }
    assert!(!set.contains("Secure"), "the sandbox is not https: {set}");
    assert!(!set.contains(ERP_TOKEN) && cookie.len() > 64);
    let known = [("cookie", cookie.as_str()), ("origin", &server.url)];
    assert_eq!(server.send(Method::GET, SESSION, &known[..1], "").await.status(), 200);
    assert_eq!(
        server.send(Method::GET, ORDERS, &known[..1], "").await.status(),
        200,
        "reading needs no origin"
    );
    let placed = server.send(Method::POST, ORDERS, &known, &lines_sale().to_string()).await;
    assert_eq!(placed.status(), 201);

    let out = server.send(Method::DELETE, SESSION, &known, "").await;
    assert_eq!(out.status(), 204);
    assert!(out.headers()["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    assert_eq!(
        server.send(Method::GET, ORDERS, &known, "").await.status(),
        401,
        "the session is gone, not only the cookie"
    );
}

async fn a_foreign_page_cannot_write_in_the_cashiers_name(server: TestServer) {
    let (_, cookie) = signed_in(&server).await;
    let body = lines_sale().to_string();
    for origin in [None, Some("https://evil.example"), Some("null"), Some("http://127.0.0.1:1")] {
        let mut headers = vec![("cookie", cookie.as_str())];
        headers.extend(origin.map(|origin| ("origin", origin)));
        for (method, path) in [(Method::POST, ORDERS), (Method::DELETE, SESSION)] {
            let answer = server.send(method, path, &headers, &body).await;
            assert_eq!(answer.status(), 403, "{origin:?} {path}");
            let answer: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
            assert_eq!(ErrorBody::of(&answer).code, "forbidden");
        }
    }
    let token = json!({ "token": ERP_TOKEN }).to_string();
    let foreign = [("origin", "https://evil.example")];
    assert_eq!(server.send(Method::POST, SESSION, &foreign, &token).await.status(), 403);
    assert_eq!(server.count_orders().await, 0);
    assert_eq!(server.send(Method::GET, SESSION, &[("cookie", &cookie)], "").await.status(), 200);
}

async fn a_session_ends_with_its_shift(server: TestServer) {
    let (_, cookie) = signed_in(&server).await;
    server.clock.advance(Duration::from_secs(12 * 60 * 60 - 60));
    assert_eq!(server.send(Method::GET, ORDERS, &[("cookie", &cookie)], "").await.status(), 200);
    server.clock.advance(Duration::from_secs(61));
    assert_eq!(server.send(Method::GET, ORDERS, &[("cookie", &cookie)], "").await.status(), 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn production_has_no_cashier_api_without_a_token() {
    let server = TestServer::start_with(DatabaseKind::Sqlite, &PRODUCTION).await;
    for path in ["orders", "session", "openapi.json", "orders/1/precheck"] {
        let (status, answer) = server.erp_get(path).await;
        assert_eq!((status, ErrorBody::of(&answer).code), (404, "not_found"), "{path}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn over_https_the_cookie_is_bound_to_the_host() {
    let mut variables = PRODUCTION.to_vec();
    variables.push(("KOLONKA_ERP_TOKEN", "a-long-token-of-our-own"));
    let server = TestServer::start_with(DatabaseKind::Sqlite, &variables).await;
    let body = json!({ "token": "a-long-token-of-our-own" }).to_string();
    let headers = [("origin", "https://azs.example.ru")];
    let answer = server.send(Method::POST, SESSION, &headers, &body).await;
    let set = answer.headers()["set-cookie"].to_str().unwrap();
    assert!(set.starts_with("__Host-kolonka_cashier=") && set.contains("; Secure"), "{set}");
    assert_eq!(server.erp_get("orders").await.0, 401, "the sandbox's token opens nothing");
}
