//! The WebSocket of installations without a public address: it gives hints, a read of the API decides.

use serde_json::{Value, json};

use test_support::{DatabaseKind, TestServer, draft, until};

/// A server that learns of payments by the WebSocket alone.
async fn listening() -> TestServer {
    let variables = [("INVOICEBOX_WS_URL", "ws://{own}/sandbox/invoicebox/v3/gate/rpc")];
    let server = TestServer::start_with(DatabaseKind::Sqlite, &variables).await;
    let switches =
        json!({ "notifications": { "delay_ms": 0, "webhook": false }, "limits": { "enabled": false } });
    server.control(json!({ "invoicebox": switches })).await;
    open(&server).await;
    server
}

async fn sockets(server: &TestServer, control: Value) -> u64 {
    let answer = server.control(json!({ "invoicebox": { "websocket": control } })).await;
    answer["invoicebox"]["websocket"]["open"].as_u64().unwrap()
}

async fn open(server: &TestServer) {
    until("the socket is open", || async { (sockets(server, json!({})).await == 1).then_some(()) }).await;
}

/// Answers that came over the socket: call, body, outcome.
async fn answers(server: &TestServer) -> Vec<Value> {
    let answer = server.control(json!({ "invoicebox": { "log": true } })).await;
    let entries = answer["invoicebox"]["log"]["notifications"].as_array().unwrap().clone();
    entries
        .into_iter()
        .filter(|entry| entry["channel"] == "websocket" && entry.get("method").is_none())
        .collect()
}

async fn is_paid(server: &TestServer, id: &str) -> Option<()> {
    (server.order(id).await.count_of("paid") > 0).then_some(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_makes_an_order_paid_and_is_answered() {
    let server = listening().await;
    let placed = server.place_order(&draft()).await;
    let id = placed.order_id.as_str();
    server.pay(&placed.payment_url).await;
    until("paid", || is_paid(&server, id)).await;
    let answered = until("an answer", || async { answers(&server).await.pop() }).await;
    assert_eq!(answered["outcome"], "success");
    let reply: Value = serde_json::from_str(answered["body"].as_str().unwrap()).unwrap();
    assert_eq!((&reply["jsonrpc"], &reply["result"]), (&json!("2.0"), &json!({ "status": "success" })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_call_for_an_unpaid_order_changes_nothing() {
    let server = listening().await;
    let placed = server.place_order(&draft()).await;
    let id = placed.order_id.as_str();
    let mut forged = server.invoices().await.pop().unwrap();
    forged["status"] = json!("completed");
    forged["paidAt"] = json!("2026-11-24T09:15:00+00:00");
    sockets(&server, json!({ "push": forged })).await;
    until("an answer", || async { answers(&server).await.pop() }).await;
    assert_eq!(server.order(id).await.status, "awaiting_payment");
    let mut unknown = forged.clone();
    unknown["id"] = json!("0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b");
    sockets(&server, json!({ "push": unknown })).await;
    let refused = until("another answer", || async { answers(&server).await.get(1).cloned() }).await;
    assert_eq!(refused["outcome"], "order_not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_reconnect_what_was_missed_is_read() {
    let server = listening().await;
    let placed = server.place_order(&draft()).await;
    let id = placed.order_id.as_str();
    let asked = async |more_than: usize| {
        Some(questions_for_missed(&server).await).filter(|questions| *questions > more_than)
    };
    let at_first = until("what was missed is asked for at first", || asked(0)).await;
    // As if nobody had listened: the event is not sent, and never again.
    let lost = json!({ "notifications": { "fail_next": [{ "kind": "lost" }] } });
    server.control(json!({ "invoicebox": lost })).await;
    server.pay(&placed.payment_url).await;
    assert_eq!(server.order(id).await.status, "awaiting_payment");
    sockets(&server, json!({ "drop": true })).await;
    until("it is asked for again after the reconnect", || asked(at_first)).await;
    until("paid", || is_paid(&server, id)).await;
}

/// Number of requests for payments that the server may have missed.
async fn questions_for_missed(server: &TestServer) -> usize {
    let answer = server.control(json!({ "invoicebox": { "log": true } })).await;
    let requests = answer["invoicebox"]["log"]["requests"].as_array().unwrap();
    let queries = requests.iter().filter_map(|entry| entry["query"].as_str());
    queries.filter(|query| query.contains("paidAt%5B_ge%5D")).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn get_status_is_answered_with_the_newest_lines() {
    let server = listening().await;
    sockets(&server, json!({ "get_status": 40 })).await;
    let answered = until("an answer", || async { answers(&server).await.pop() }).await;
    let reply: Value = serde_json::from_str(answered["body"].as_str().unwrap()).unwrap();
    let result = &reply["result"];
    assert_eq!((&result["version"], &result["type"]), (&json!("2.1"), &json!("device")));
    assert!(result["log"].as_array().unwrap().iter().any(|line| line.as_str().unwrap().ends_with("open")));
    assert!(!answered["body"].as_str().unwrap().contains("b37c4c"), "no token");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_cannot_be_checked_at_first_is_checked_again() {
    let server = listening().await;
    let placed = server.place_order(&draft()).await;
    let id = placed.order_id.as_str();
    // Reconciliation asks for both in one list, which never comes: it is not what finds the payment.
    server.place_order(&draft()).await;
    let broken = json!({ "fail_next": [
        { "route": "get", "kind": "500", "times": 1 }, { "route": "list", "kind": "500", "times": 1000 }
    ] });
    server.control(json!({ "invoicebox": broken })).await;
    server.pay(&placed.payment_url).await;
    until("paid", || is_paid(&server, id)).await;
}
