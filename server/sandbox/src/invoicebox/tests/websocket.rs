//! The channel of merchants without a public address, met by a real WebSocket client.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_tungstenite::{connect_async, tungstenite::Message};

use super::{MERCHANT, TEST_TIMEOUT, TOKEN, World};

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

async fn serve(world: &World) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = world.sandbox.router();
    tokio::spawn(async move { axum::serve(listener, router).await });
    world.control(json!({"notifications": {"delay_ms": 0}}));
    format!("ws://{address}/sandbox/invoicebox/v3/gate/rpc")
}

async fn open(world: &World, url: &str, token: &str) -> Socket {
    let before = open_sockets(world);
    let (socket, _) = connect_async(format!("{url}?token={token}")).await.unwrap();
    let listed = async {
        while token == TOKEN && open_sockets(world) == before {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(TEST_TIMEOUT, listed).await.expect("the socket is not listed");
    socket
}

fn open_sockets(world: &World) -> u64 {
    world.control(json!({"websocket": {}}))["websocket"]["open"].as_u64().unwrap()
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

async fn paid(world: &World, number: &str) -> Value {
    let order = world.order(&world.draft(number)).await;
    world.control(json!({"order": {"merchantOrderId": number, "action": "pay"}}));
    order
}

#[tokio::test]
async fn a_change_is_called_and_the_answer_is_logged() {
    let world = World::new().await;
    let url = serve(&world).await;
    let mut socket = open(&world, &url, TOKEN).await;
    let order = paid(&world, "A-1").await;
    let got = call(&mut socket).await;
    assert_eq!((&got["jsonrpc"], &got["method"]), (&json!("2.0"), &json!("onOrderStatusChange")));
    let changed = &got["params"][0];
    assert_eq!((&changed["id"], &changed["status"]), (&order["id"], &json!("completed")));
    let refusal = json!({"jsonrpc": "2.0", "id": got["id"], "result": {
        "status": "error", "code": "shipping_unavailable", "message": "Нет топлива"}});
    socket.send(Message::text(refusal.to_string())).await.unwrap();
    let outcomes = world.outcomes(3).await;
    assert!(outcomes.contains(&"shipping_unavailable".to_owned()), "{outcomes:?}");

    world.control(json!({"websocket": {"get_status": 40}}));
    let got = call(&mut socket).await;
    assert_eq!((&got["method"], &got["params"]), (&json!("getStatus"), &json!({"logQuantity": 40})));
}

#[tokio::test]
async fn a_wrong_token_closes_and_the_older_billing_has_no_socket() {
    let world = World::new().await;
    let url = serve(&world).await;
    let mut socket = open(&world, &url, "nobody").await;
    match next(&mut socket).await {
        Message::Close(Some(frame)) => assert_eq!(u16::from(frame.code), 1008),
        other => panic!("{other:?}"),
    }
    assert!(connect_async(url.replace("/v3/", "/l3/")).await.is_err());
    assert_eq!(open_sockets(&world), 0);
}

#[tokio::test]
async fn what_is_missed_is_not_sent_again() {
    let world = World::new().await;
    let url = serve(&world).await;
    let mut first = open(&world, &url, TOKEN).await;
    world.control(json!({"websocket": {"drop": true}}));
    assert!(matches!(next(&mut first).await, Message::Close(_)));
    paid(&world, "missed").await;
    let mut second = open(&world, &url, TOKEN).await;
    paid(&world, "seen").await;
    assert_eq!(call(&mut second).await["params"][0]["merchantOrderId"], "seen");
}

#[tokio::test]
async fn without_the_webhook_the_socket_is_the_only_way_and_strangers_hear_nothing() {
    let mut world = World::new().await;
    let url = serve(&world).await;
    world.control(json!({"notifications": {"webhook": false}}));
    let mut stranger = open(&world, &url, "other").await;
    let mut socket = open(&world, &url, TOKEN).await;
    paid(&world, "A-1").await;
    assert_eq!(call(&mut socket).await["params"][0]["merchantId"], MERCHANT);
    world.control(json!({"notifications": {"webhook": true}}));
    paid(&world, "A-2").await;
    assert_eq!(world.shop.next().await.json()["merchantOrderId"], "A-2");
    call(&mut socket).await;
    world.control(json!({"websocket": {"drop": true}}));
    assert!(matches!(next(&mut stranger).await, Message::Close(_)), "nothing came before the end");
}
