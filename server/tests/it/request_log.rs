//! The log names routes, never addresses: an address may hold the key to an order.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use reqwest::Method;
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

use test_support::{DatabaseKind, ERP_TOKEN, TestServer};

/// Log lines of this thread.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// One thread, so that its subscriber hears the server too.
#[tokio::test]
async fn a_secret_address_stands_in_no_line() {
    let lines = Lines::default();
    let filter = EnvFilter::new("info,server=trace,tower_http=trace,leptos_axum=trace");
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(lines.clone()).finish();
    let _heard = tracing::subscriber::set_default(subscriber);
    let server = TestServer::start(DatabaseKind::Sqlite).await;
    let secret = "0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b";
    let bearer = format!("Bearer {ERP_TOKEN}");
    let headers = [("authorization", bearer.as_str())];
    let mut routes: Vec<String> = [
        "/orders/{id}",
        "/stations/{id}/route",
        "/s/{id}",
        "/shop/{number}",
        "/r/{token}",
        "/api/orders/{id}/events",
        "/api/invoicebox/notifications/{merchant_id}",
        "/api/order/{call}",
        "/sandbox/pay/{order}",
        "/api/nobody/serves/{this}",
        "/nobody/serves/{this}",
        "/pkg/{file}",
        "/orders/{id}/{more}",
        "/api/erp/v1/nobody/{this}",
    ]
    .map(str::to_owned)
    .to_vec();
    let api: serde_json::Value = server.get("/api/erp/v1/openapi.json").await.json().await.unwrap();
    let described = api["paths"].as_object().unwrap().keys().filter(|path| path.contains('{'));
    routes.extend(described.map(|path| format!("/api/erp/v1{path}")));
    for route in &routes {
        let (head, _) = route.split_once('{').expect("a route with a parameter");
        let tail = route.rsplit_once('}').expect("a parameter").1;
        let path = format!("{head}{secret}{tail}?token={secret}");
        for method in [Method::GET, Method::POST, Method::PUT] {
            server.send(method, &path, &headers, "{}").await;
        }
    }
    let text = lines.text();
    assert!(text.contains("/api/erp/v1/orders/{id}"), "requests are logged by their route: {text}");
    // An order's id may be logged by its first eight digits.
    let told: Vec<&str> = text.lines().filter(|line| line.contains(&secret[..13])).collect();
    assert!(told.is_empty(), "{told:#?}");
}
