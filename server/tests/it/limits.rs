//! One client cannot use up what others need: how often it may ask, order, and leave orders unpaid.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use test_support::{
    DatabaseKind, ErrorBody, TestServer, WAIT_TIMEOUT, draft, fuel_sale, on_both_databases, until,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

on_both_databases! {
    with (limited);
    unpaid_orders_of_a_client_are_limited_and_paid_ones_are_not,
    new_orders_of_a_client_are_limited_in_time_and_others_order_on,
    a_repeated_or_refused_draft_takes_no_place,
}

/// A server behind a proxy, which names its clients.
async fn start(kind: DatabaseKind, limits: &str) -> TestServer {
    let variables = [("KOLONKA_TRUSTED_PROXIES", "127.0.0.1 ::1"), ("KOLONKA_LIMITS", limits)];
    TestServer::start_with(kind, &variables).await
}

async fn limited(kind: DatabaseKind) -> TestServer {
    start(kind, "place=4/m,6/h;unpaid=2").await
}

/// Posts as the client with this address. Returns the status, the answer and its `Retry-After`.
async fn post_from(server: &TestServer, client: &str, path: &str, body: &Value) -> (u16, Value, Option<u64>) {
    let headers = [("x-forwarded-for", client)];
    let response = server.send(Method::POST, path, &headers, &body.to_string()).await;
    let status = response.status().as_u16();
    let retry_after =
        response.headers().get("retry-after").map(|value| value.to_str().unwrap().parse().unwrap());
    (status, serde_json::from_str(&response.text().await.unwrap()).unwrap_or_default(), retry_after)
}

/// Places a new draft; the pump is left open, so that none is taken by another order.
async fn place_from(server: &TestServer, client: &str) -> (u16, Value, Option<u64>) {
    let mut draft = draft();
    draft["idempotency_key"] = json!(uuid::Uuid::new_v4());
    post_from(server, client, "/api/orders/place", &json!({ "draft": draft })).await
}

async fn unpaid_orders_of_a_client_are_limited_and_paid_ones_are_not(server: TestServer) {
    let (_, first, _) = place_from(&server, "203.0.113.7").await;
    assert_eq!(place_from(&server, "203.0.113.7").await.0, 200);
    let before = server.count_orders().await;
    let (status, refused, retry_after) = place_from(&server, "203.0.113.7").await;
    assert_eq!((status, ErrorBody::of(&refused).code), (429, "rate_limited"), "{refused}");
    assert!(refused["error"]["message"].as_str().unwrap().contains("неоплаченных"), "{refused}");
    assert!((1..=60).contains(&retry_after.unwrap()), "{retry_after:?}");
    assert_eq!(server.count_orders().await, before, "nothing is recorded");
    assert_eq!(place_from(&server, "203.0.113.8").await.0, 200, "others order on");
    assert_eq!(place_from(&server, "2001:db8::1").await.0, 200);
    assert_eq!(place_from(&server, "2001:db8::2").await.0, 200);
    assert_eq!(place_from(&server, "2001:db8::3").await.0, 429, "a household is one client");
    // Paid, or cancelled: there is room again.
    server.pay(first["payment_url"].as_str().unwrap()).await;
    let id = first["order_id"].as_str().unwrap();
    server.wait_for_status(id, "completed").await;
    assert_eq!(place_from(&server, "203.0.113.7").await.0, 200);
}

async fn new_orders_of_a_client_are_limited_in_time_and_others_order_on(server: TestServer) {
    let place_and_cancel = async || {
        let (status, placed, retry_after) = place_from(&server, "203.0.113.7").await;
        if status == 200 {
            let cancel = json!({ "id": placed["order_id"] });
            assert_eq!(post_from(&server, "203.0.113.7", "/api/orders/cancel", &cancel).await.0, 200);
        }
        (status, retry_after)
    };
    for _ in 0..4 {
        assert_eq!(place_and_cancel().await.0, 200);
    }
    let (status, retry_after) = place_and_cancel().await;
    assert_eq!(status, 429);
    assert!((1..=61).contains(&retry_after.unwrap()), "{retry_after:?}");
    server.clock.advance(Duration::from_secs(61));
    for _ in 0..2 {
        assert_eq!(place_and_cancel().await.0, 200);
    }
    server.clock.advance(Duration::from_secs(61));
    assert_eq!(place_and_cancel().await.0, 429, "six an hour");
    assert_eq!(place_from(&server, "203.0.113.8").await.0, 200);
    // A cashier sells for many customers.
    for _ in 0..3 {
        server.sell(&fuel_sale()).await;
    }
    server.clock.advance(Duration::from_secs(3600));
    assert_eq!(place_and_cancel().await.0, 200);
}

async fn a_repeated_or_refused_draft_takes_no_place(server: TestServer) {
    let mut dear = draft();
    dear["idempotency_key"] = json!(uuid::Uuid::new_v4());
    dear["expected_total_kopecks"] = json!(1);
    for _ in 0..5 {
        let (status, answer, _) =
            post_from(&server, "203.0.113.7", "/api/orders/place", &json!({ "draft": dear })).await;
        assert_eq!((status, ErrorBody::of(&answer).code), (409, "price_changed"));
    }
    let mut same = draft();
    same["idempotency_key"] = json!(uuid::Uuid::new_v4());
    for _ in 0..5 {
        assert_eq!(
            post_from(&server, "203.0.113.7", "/api/orders/place", &json!({ "draft": same })).await.0,
            200
        );
    }
    assert_eq!(server.count_orders().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_pricing_and_acting_have_limits_of_their_own() {
    let server = start(DatabaseKind::Sqlite, "read=3/h;quote=2/h;act=1/h").await;
    let status =
        async |client: &str, path: &str, body: Value| post_from(&server, client, path, &body).await.0;
    let find = json!({ "query": {} });
    for expected in [200, 200, 200, 429] {
        assert_eq!(status("203.0.113.7", "/api/stations/find", find.clone()).await, expected);
    }
    let page = server.send(Method::GET, "/", &[("x-forwarded-for", "203.0.113.7")], "").await;
    assert_eq!(page.status(), 429, "a page is read as well");
    assert!(page.headers().contains_key("retry-after"));
    let file = server.send(Method::GET, "/favicon.svg", &[("x-forwarded-for", "203.0.113.7")], "").await;
    assert_ne!(file.status(), 429, "a file costs nothing");
    for expected in [200, 200, 429] {
        assert_eq!(status("203.0.113.7", "/api/orders/quote", json!({ "draft": draft() })).await, expected);
    }
    let unknown = json!({ "id": uuid::Uuid::new_v4() });
    for expected in [404, 429] {
        assert_eq!(status("203.0.113.7", "/api/orders/cancel", unknown.clone()).await, expected);
    }
    assert_eq!(status("203.0.113.8", "/api/stations/find", find).await, 200, "each client has its own");
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_of_a_client_and_of_an_order_are_limited_and_free_again_when_they_end() {
    let server = start(DatabaseKind::Sqlite, "place=off;unpaid=off;streams=2;order_streams=3").await;
    let placed = server.place_order(&draft()).await;
    let path = format!("/api/orders/{}/events", placed.order_id);
    let open = async |client: &str| server.send(Method::GET, &path, &[("x-forwarded-for", client)], "").await;
    let held = vec![open("203.0.113.7").await, open("203.0.113.7").await];
    assert!(held.iter().all(|stream| stream.status() == 200));
    let refused = open("203.0.113.7").await;
    assert_eq!(refused.status(), 429);
    assert!(refused.headers().contains_key("retry-after"));
    let other = open("203.0.113.8").await;
    assert_eq!(other.status(), 200);
    assert_eq!(open("203.0.113.9").await.status(), 429, "so many of an order");
    drop(held);
    until("their places are free", async || (open("203.0.113.7").await.status() == 200).then_some(())).await;
    drop(other);
}

/// Sends raw bytes, and reads until the server closes the connection.
async fn exchange(server: &TestServer, bytes: &[u8]) -> String {
    let address = server.url.trim_start_matches("http://");
    let mut connection = TcpStream::connect(address).await.unwrap();
    connection.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    let read = tokio::time::timeout(WAIT_TIMEOUT, connection.read_to_end(&mut answer)).await;
    // A connection that is cut is closed as well.
    let _ = read.expect("the server closes it");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_asks_for_nothing_is_closed() {
    let server = TestServer::start(DatabaseKind::Sqlite).await;
    let (silent, half) =
        tokio::join!(exchange(&server, b""), exchange(&server, b"GET / HTTP/1.1\r\nHost: a"));
    assert_eq!((silent.as_str(), half.as_str()), ("", ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn methods_that_mean_no_path_are_refused() {
    let server = TestServer::start(DatabaseKind::Sqlite).await;
    for request in ["CONNECT a.example:443", "TRACE /"] {
        let bytes = format!("{request} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n");
        let answer = exchange(&server, bytes.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 405"), "{request}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_short_plain_id_of_a_request_is_taken_from_its_sender() {
    let server = TestServer::start(DatabaseKind::Sqlite).await;
    for (sent, is_taken) in
        [("erp-4711.a_b", true), (&*"x".repeat(65), false), ("a b", false), ("a\"b", false)]
    {
        let answer = server.send(Method::GET, "/healthz", &[("x-request-id", sent)], "").await;
        let id = answer.headers()["x-request-id"].to_str().unwrap();
        assert_eq!(id == sent, is_taken, "{sent}: {id}");
        assert!(!id.is_empty() && id.len() <= 64);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_has_one_reading_for_everybody() {
    let server = TestServer::start(DatabaseKind::Sqlite).await;
    let get = async |path: &str| {
        let bytes = format!("GET {path} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n");
        exchange(&server, bytes.as_bytes()).await
    };
    for path in
        ["/.", "/./orders/1", "/%2e/orders/1", "/fonts/a.b/../../orders/1", "//orders/1", "/orders%2f1"]
    {
        let answer = get(path).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{path}: {answer}");
    }
    let missing = get("/missing.css").await;
    assert!(
        missing.starts_with("HTTP/1.1 404") && !missing.contains("<html"),
        "no page is rendered: {missing}"
    );
    let font = get("/fonts/missing.woff2").await.to_lowercase();
    assert!(!font.contains("max-age=604800"), "a failure is kept by nobody: {font}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_of_an_order_that_does_not_exist_is_a_read() {
    let server = start(DatabaseKind::Sqlite, "read=2/h").await;
    let open = async || {
        let path = format!("/api/orders/{}/events", uuid::Uuid::new_v4());
        server.send(Method::GET, &path, &[("x-forwarded-for", "203.0.113.7")], "").await.status().as_u16()
    };
    assert_eq!([open().await, open().await, open().await], [404, 404, 429]);
}

/// Begins a body as the client of this address, and sends no more of it.
async fn begin_body(server: &TestServer, path: &str, client: &str) -> TcpStream {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: a.example\r\nX-Forwarded-For: {client}\r\n\
         Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{"
    );
    let mut connection = TcpStream::connect(server.url.trim_start_matches("http://")).await.unwrap();
    connection.write_all(head.as_bytes()).await.unwrap();
    connection
}

/// Strangers begin bodies, at every door where nobody knows yet who they are.
#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_never_come_keep_no_honest_caller_out() {
    let server = start(DatabaseKind::Sqlite, "off").await;
    for (path, stalled_ones, honest) in [
        ("/api/invoicebox/notifications", 80, 200),
        ("/api/erp/v1/session", 300, 400),
        ("/api/orders/quote", 40, 400),
    ] {
        let mut stalled = Vec::new();
        for count in 0..stalled_ones {
            stalled.push(begin_body(&server, path, &format!("203.0.{}.7", count / 16)).await);
        }
        let answer = server.send(Method::POST, path, &[("x-forwarded-for", "198.51.100.1")], "{}").await;
        assert_eq!(answer.status().as_u16(), honest, "{path}");
        // Each client beyond its part takes the places of its own bodies.
        let mut first = begin_body(&server, path, "192.0.2.1").await;
        for _ in 0..16 {
            stalled.push(begin_body(&server, path, "192.0.2.1").await);
        }
        let mut answer = [0_u8; 12];
        let read = tokio::time::timeout(WAIT_TIMEOUT, first.read_exact(&mut answer)).await;
        read.expect("the place is lost at once").unwrap();
        assert_eq!(String::from_utf8_lossy(&answer), "HTTP/1.1 503", "{path}");
    }
}
