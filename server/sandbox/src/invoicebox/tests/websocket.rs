//! The WebSocket of merchants without a public address, used by a real client.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_tungstenite::{connect_async, tungstenite::Message};

use super::{API_TOKEN, EmulatorFixture, MERCHANT_ID, TEST_TIMEOUT};

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

async fn serve(fixture: &EmulatorFixture) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = fixture.sandbox.router();
    tokio::spawn(async move { axum::serve(listener, router).await });
    fixture.control(json!({"notifications": {"delay_ms": 0}}));
    format!("ws://{address}/sandbox/invoicebox/v3/gate/rpc")
}

async fn open(fixture: &EmulatorFixture, url: &str, token: &str) -> Socket {
    let before = open_sockets(fixture);
    let (socket, _) = connect_async(format!("{url}?token={token}")).await.unwrap();
    let listed = async {
        while token == API_TOKEN && open_sockets(fixture) == before {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(TEST_TIMEOUT, listed).await.expect("the socket is not listed");
    socket
}

fn open_sockets(fixture: &EmulatorFixture) -> u64 {
    fixture.control(json!({"websocket": {}}))["websocket"]["open"].as_u64().unwrap()
}

async fn next(socket: &mut Socket) -> Message {
    tokio::time::timeout(TEST_TIMEOUT, socket.next()).await.expect("a message").unwrap().unwrap()
}

async fn call(socket: &mut Socket) -> Value {
    match next(socket).await {
        Message::Text(text) => serde_json::from_str(&text).unwrap(),
        other => panic!("not a call: {other:?}"),
    }
}

async fn paid(fixture: &EmulatorFixture, number: &str) -> Value {
    let order = fixture.order(&fixture.draft(number)).await;
    fixture.control(json!({"order": {"merchantOrderId": number, "action": "pay"}}));
    order
}

#[tokio::test]
async fn a_change_is_called_and_the_answer_is_logged() {
    let fixture = EmulatorFixture::new().await;
    let url = serve(&fixture).await;
    let mut socket = open(&fixture, &url, API_TOKEN).await;
    let order = paid(&fixture, "A-1").await;
    let got = call(&mut socket).await;
    assert_eq!((&got["jsonrpc"], &got["method"]), (&json!("2.0"), &json!("onOrderStatusChange")));
    let changed = &got["params"][0];
    assert_eq!((&changed["id"], &changed["status"]), (&order["id"], &json!("completed")));
    let refusal = json!({"jsonrpc": "2.0", "id": got["id"], "result": {
        "status": "error", "code": "shipping_unavailable", "message": "Нет топлива"}});
    socket.send(Message::text(refusal.to_string())).await.unwrap();
    let outcomes = fixture.outcomes(3).await;
    assert!(outcomes.contains(&"shipping_unavailable".to_owned()), "{outcomes:?}");

    fixture.control(json!({"websocket": {"get_status": 40}}));
    let got = call(&mut socket).await;
    assert_eq!((&got["method"], &got["params"]), (&json!("getStatus"), &json!({"logQuantity": 40})));
}

#[tokio::test]
async fn a_wrong_token_closes_and_the_older_billing_has_no_socket() {
    let fixture = EmulatorFixture::new().await;
    let url = serve(&fixture).await;
    let mut socket = open(&fixture, &url, "nobody").await;
    match next(&mut socket).await {
        Message::Close(Some(frame)) => assert_eq!(u16::from(frame.code), 1008),
        other => panic!("{other:?}"),
    }
    assert!(connect_async(url.replace("/v3/", "/l3/")).await.is_err());
    assert_eq!(open_sockets(&fixture), 0);
}

#[tokio::test]
async fn what_is_missed_is_not_sent_again() {
    let fixture = EmulatorFixture::new().await;
    let url = serve(&fixture).await;
    let mut first = open(&fixture, &url, API_TOKEN).await;
    fixture.control(json!({"websocket": {"drop": true}}));
    assert!(matches!(next(&mut first).await, Message::Close(_)));
    paid(&fixture, "missed").await;
    let mut second = open(&fixture, &url, API_TOKEN).await;
    paid(&fixture, "seen").await;
    assert_eq!(call(&mut second).await["params"][0]["merchantOrderId"], "seen");
}

#[tokio::test]
async fn without_notifications_by_http_the_socket_is_the_only_way_and_other_merchants_receive_nothing() {
    let mut fixture = EmulatorFixture::new().await;
    let url = serve(&fixture).await;
    fixture.control(json!({"notifications": {"webhook": false}}));
    let mut other_merchant = open(&fixture, &url, "other").await;
    let mut socket = open(&fixture, &url, API_TOKEN).await;
    paid(&fixture, "A-1").await;
    assert_eq!(call(&mut socket).await["params"][0]["merchantId"], MERCHANT_ID);
    fixture.control(json!({"notifications": {"webhook": true}}));
    paid(&fixture, "A-2").await;
    assert_eq!(fixture.shop.next().await.json()["merchantOrderId"], "A-2");
    call(&mut socket).await;
    fixture.control(json!({"websocket": {"drop": true}}));
    assert!(matches!(next(&mut other_merchant).await, Message::Close(_)), "nothing came before the end");
}
