//! Errors that no handler has written: the documented body for every API.

use reqwest::Method;
use serde_json::Value;

use test_support::{DatabaseKind, ERP_TOKEN, TestServer};

const ORDER: &str = "0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b";

async fn server() -> TestServer {
    TestServer::start(DatabaseKind::Sqlite).await
}

/// Status, `Allow` and code of the answer.
async fn refused(server: &TestServer, method: Method, path: &str, body: &str) -> (u16, String, Value) {
    let bearer = format!("Bearer {ERP_TOKEN}");
    let headers = [("authorization", bearer.as_str()), ("accept-language", "en")];
    let answer = server.send(method.clone(), path, &headers, body).await;
    let status = answer.status().as_u16();
    let text =
        |name| answer.headers().get(name).map(|it| it.to_str().unwrap().to_owned()).unwrap_or_default();
    let (allow, kind) = (text("allow"), text("content-type"));
    assert!(kind.starts_with("application/json"), "{method} {path}: {kind}");
    let body: Value = answer.json().await.unwrap();
    assert!(body["error"]["message"].as_str().is_some_and(|message| !message.is_empty()), "{body}");
    (status, allow, body["error"]["code"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn another_method_is_answered_with_those_that_there_are() {
    let server = server().await;
    for (method, path, allowed) in [
        (Method::GET, "/api/orders/place".to_owned(), "POST"),
        (Method::DELETE, format!("/api/orders/{ORDER}/events"), "GET"),
        (Method::GET, "/api/invoicebox/notifications".to_owned(), "POST"),
        (Method::PUT, format!("/api/invoicebox/notifications/{ORDER}"), "POST"),
        (Method::PUT, "/api/order/accept".to_owned(), "POST"),
        (Method::PATCH, "/api/erp/v1/orders".to_owned(), "POST"),
        (Method::POST, format!("/api/erp/v1/orders/{ORDER}"), "GET"),
        (Method::PUT, "/api/erp/v1/session".to_owned(), "DELETE"),
    ] {
        let (status, allow, code) = refused(&server, method.clone(), &path, "{}").await;
        assert_eq!((status, code.as_str()), (405, Some("bad_request")), "{method} {path}");
        assert!(allow.split(',').any(|one| one.trim() == allowed), "{method} {path} allows {allow:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_too_large_is_refused_as_such() {
    let server = server().await;
    let body = format!("{{\"x\":\"{}\"}}", "x".repeat(1024 * 1024));
    for path in ["/api/orders/place", "/api/erp/v1/orders", "/api/erp/v1/session"] {
        let (status, _, code) = refused(&server, Method::POST, path, &body).await;
        assert_eq!((status, code.as_str()), (413, Some("bad_request")), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_that_nobody_serves_is_not_found() {
    let server = server().await;
    for path in ["/api/nothing", "/api/erp/v1/nothing", "/api/order/a/b", "/api/invoicebox/nothing"] {
        let (status, _, code) = refused(&server, Method::POST, path, "{}").await;
        assert_eq!((status, code.as_str()), (404, Some("not_found")), "{path}");
    }
}

/// One language an answer: that of the address, else that of the header.
#[tokio::test(flavor = "multi_thread")]
async fn server_functions_and_pages_speak_the_language_of_the_address() {
    let server = server().await;
    for (query, language, message, tag) in [
        ("?locale=en", "ru", "There is no such order", "lang=\"en\""),
        ("?locale=ru", "en", "Такого заказа нет", "lang=\"ru\""),
        ("", "en", "There is no such order", "lang=\"en\""),
        ("", "", "Такого заказа нет", "lang=\"ru\""),
    ] {
        let headers = [("accept-language", language)];
        let asked = format!("{{\"id\":\"{ORDER}\"}}");
        let answer = server.send(Method::POST, &format!("/api/orders/get{query}"), &headers, &asked).await;
        assert_eq!(answer.status(), 404);
        let text = answer.text().await.unwrap();
        assert!(text.contains(message), "{query} {language}: {text}");
        let page = server.send(Method::GET, &format!("/operator{query}"), &headers, "").await.text().await;
        assert!(page.unwrap().contains(tag), "{query} {language}");
    }
}
