//! In production no emulator is reachable.

use reqwest::Method;

use test_support::{DatabaseKind, TestServer};

#[tokio::test(flavor = "multi_thread")]
async fn no_sandbox_path_answers_in_production() {
    let variables = [
        ("KOLONKA_MODE", "production"),
        ("KOLONKA_PUBLIC_URL", "https://azs.example.ru"),
        ("INVOICEBOX_API_URL", "https://127.0.0.1:1"),
        ("INVOICEBOX_API_TOKEN", "a-token-of-our-own"),
        ("INVOICEBOX_NOTIFICATION_KEY", "a-key-of-our-own"),
        ("INVOICEBOX_MERCHANT_ID", "0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b"),
    ];
    let server = TestServer::start_with(DatabaseKind::Sqlite, &variables).await;
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
