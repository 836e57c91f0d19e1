//! `GET v3/gate/rpc?token=…`: the WebSocket for merchants without a public address. JSON-RPC 2.0, we are the caller.
//!
//! An order's change goes to every socket that is open at that moment and is never sent again. Nothing is signed
//! here. A wrong token is refused by closing with 1008.

use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State as Shared};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{auth, emulator::InvoiceboxSandbox, wire};

/// Longest answer of a merchant that is read.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;

#[derive(Deserialize)]
pub(super) struct Credentials {
    token: Option<String>,
}

/// The `websocket` part of the control call.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SocketControl {
    /// Closes all sockets.
    #[serde(default)]
    drop: bool,
    /// Sends this order, whether it exists or not.
    push: Option<Value>,
    /// Asks for this many lines of the log.
    get_status: Option<u32>,
}

/// Opens a socket.
pub(super) async fn open(
    Shared(sandbox): Shared<InvoiceboxSandbox>,
    Query(credentials): Query<Credentials>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let account = credentials.token.and_then(|token| auth::by_token(&sandbox.tokens(), &token));
    upgrade.max_message_size(MAX_ANSWER_BYTES).on_upgrade(async move |mut socket| match account {
        Some(account) => sandbox.serve_socket(socket, account.merchants().to_vec()).await,
        None => {
            let reason = CloseFrame { code: 1008, reason: "unauthorized".into() };
            // A caller that has left needs no reason.
            let _ = socket.send(Message::Close(Some(reason))).await;
        }
    })
}

impl InvoiceboxSandbox {
    async fn serve_socket(&self, mut socket: WebSocket, merchant_ids: Vec<String>) {
        let mut calls = self.state().sockets.add(merchant_ids);
        loop {
            tokio::select! {
                call = calls.recv() => {
                    let Some(call) = call else {
                        let _ = socket.send(Message::Close(None)).await;
                        return;
                    };
                    if socket.send(Message::Text(call.into())).await.is_err() {
                        return;
                    }
                }
                message = socket.recv() => match message {
                    Some(Ok(Message::Text(text))) => self.socket_answered(&text),
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                    Some(Ok(_)) => {}
                },
            }
        }
    }

    /// Sends a change of an order to the sockets that are open at that moment.
    pub(super) async fn push_later(self, order: Value, at: OffsetDateTime) {
        self.sleep_until(at).await;
        let merchant_id = order.get("merchantId").and_then(Value::as_str).unwrap_or_default().to_owned();
        self.call_sockets(Some(&merchant_id), "onOrderStatusChange", &json!([order]));
    }

    /// Carries out the socket part of a control call. Answers with the number of open sockets.
    pub(super) fn control_sockets(&self, control: &SocketControl) -> Value {
        let open = self.state().sockets.count();
        if let Some(order) = &control.push {
            self.call_sockets(None, "onOrderStatusChange", &json!([order]));
        }
        if let Some(lines) = control.get_status {
            self.call_sockets(None, "getStatus", &json!({"logQuantity": lines}));
        }
        if control.drop {
            self.state().sockets.drop_all();
        }
        json!({"open": open})
    }

    fn call_sockets(&self, merchant_id: Option<&str>, method: &str, params: &Value) {
        let now = self.now();
        let mut state = self.state();
        if state.sockets.count() == 0 {
            return;
        }
        let order_id = params.get(0).and_then(|order| order.get("id")).and_then(Value::as_str);
        let order_id = order_id.unwrap_or_default().to_owned();
        let call = state.sockets.new_call(order_id.clone());
        let body = wire::text(&json!({"jsonrpc": "2.0", "id": call, "method": method, "params": params}));
        let reached = state.sockets.send(merchant_id, &body);
        state.log_try(json!({
            "at": wire::format_timestamp(now), "channel": "websocket", "order_id": order_id, "call": call, "method": method,
            "body": body, "outcome": format!("sent to {reached}"),
        }));
    }

    fn socket_answered(&self, text: &str) {
        let now = self.now();
        let answer: Value = serde_json::from_str(text).unwrap_or_default();
        let result = answer.get("result").or_else(|| answer.get("error")).cloned().unwrap_or_default();
        let property = |name: &str| result.get(name).and_then(Value::as_str);
        let outcome = property("code").or_else(|| property("status")).unwrap_or("answered").to_owned();
        let call = answer.get("id").and_then(Value::as_u64).unwrap_or_default();
        let mut state = self.state();
        let order_id = state.sockets.order_of(call).unwrap_or_default().to_owned();
        if outcome == "shipping_unavailable"
            && let Some(order) = state.order(&order_id, now)
        {
            order.shipping_refused = true;
        }
        let body: String = text.chars().take(4096).collect();
        state.log_try(json!({
            "at": wire::format_timestamp(now), "channel": "websocket", "order_id": order_id, "call": call, "body": body,
            "outcome": outcome,
        }));
    }
}
