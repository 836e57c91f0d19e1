//! The log names routes, never addresses: an address may hold the key to an order.

use reqwest::Method;
use serde_json::Value;
use test_support::{DatabaseKind, ERP_TOKEN};

use crate::ending::process::Process;

const SECRET: &str = "0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b";
/// An order's id may be logged by its first eight digits.
const MAX_LOGGED_CHARS: usize = 8;

/// Routes with a parameter that the description of the cashier API does not name, and addresses that nobody serves.
const ROUTES: [&str; 14] = [
    "/orders/{id}",
    "/orders/{id}/{more}",
    "/stations/{id}/route",
    "/s/{id}",
    "/shop/{number}",
    "/r/{token}",
    "/pkg/{file}",
    "/nobody/serves/{this}",
    "/api/orders/{id}/events",
    "/api/invoicebox/notifications/{merchant_id}",
    "/api/order/{call}",
    "/api/nobody/serves/{this}",
    "/api/erp/v1/nobody/{this}",
    "/sandbox/pay/{order}",
];

#[tokio::test(flavor = "multi_thread")]
async fn no_log_line_contains_a_secret_address() {
    let log = [("KOLONKA_LOG", "info,server=trace,sandbox=trace,tower_http=trace,leptos_axum=trace")];
    let process = Process::start(DatabaseKind::Sqlite, &log).await;
    let base = format!("http://{}", process.addr);
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .pool_max_idle_per_host(0)
        .build()
        .unwrap();
    let api: Value =
        client.get(format!("{base}/api/erp/v1/openapi.json")).send().await.unwrap().json().await.unwrap();
    let described = api["paths"].as_object().unwrap().keys().map(|path| format!("/api/erp/v1{path}"));
    let routes = described.filter(|path| path.contains('{')).chain(ROUTES.map(str::to_owned));
    for route in routes {
        let (head, rest) = route.split_once('{').unwrap();
        let tail = rest.rsplit_once('}').unwrap().1;
        for method in [Method::GET, Method::POST, Method::PUT] {
            let url = format!("{base}{head}{SECRET}{tail}?token={SECRET}");
            client.request(method, url).bearer_auth(ERP_TOKEN).body("{}").send().await.unwrap();
        }
    }
    client.get(format!("{base}/healthz")).send().await.unwrap();
    process.wait_until_logged("/healthz").await;
    let log = process.log();
    assert!(log.contains("/api/erp/v1/orders/{id}"), "requests are logged by their route: {log}");
    let lines: Vec<&str> = log.lines().filter(|line| line.contains(&SECRET[..=MAX_LOGGED_CHARS])).collect();
    assert!(lines.is_empty(), "{lines:#?}");
}
