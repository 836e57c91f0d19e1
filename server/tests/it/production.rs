//! Production, in which no emulator is reachable.

use reqwest::Method;

use test_support::{DatabaseKind, PRODUCTION, TestServer};

#[tokio::test(flavor = "multi_thread")]
async fn no_sandbox_path_answers_in_production() {
    let server = TestServer::start_with(DatabaseKind::Sqlite, &PRODUCTION).await;
    for path in [
        "/sandbox",
        "/sandbox/host",
        "/sandbox/components",
        "/sandbox/control",
        "/sandbox/forecourt",
        "/sandbox/pay/1",
        "/sandbox/pay.css",
        "/sandbox/invoicebox/v3/security/api/auth/auth",
    ] {
        for method in [Method::GET, Method::POST] {
            let response = server.send(method.clone(), path, &[], "{}").await;
            assert_eq!(response.status(), 404, "{method} {path}");
            assert!(!response.text().await.unwrap().contains("a-token-of-our-own"));
        }
    }
    let (status, found) = server.post("/api/stations/find", &serde_json::json!({ "query": {} })).await;
    assert_eq!((status, &found["total"]), (200, &serde_json::json!(0)), "no sample stations in production");
}
