//! The WebSocket against a listener and a peer of the tests.

use tokio_util::sync::CancellationToken;

use super::*;

struct AcceptingListener;

#[async_trait]
impl SocketListener for AcceptingListener {
    async fn order_changed(&self, provider_id: &str) -> NotificationAnswer {
        if provider_id == "known" {
            NotificationAnswer::Success
        } else {
            NotificationAnswer::error(NotificationAnswerCode::OrderNotFound, "nobody")
        }
    }

    async fn catch_up(&self, _: OffsetDateTime) {}
}

async fn reply(call: &str) -> Option<Value> {
    let log = SocketLog::default();
    log.add(OffsetDateTime::UNIX_EPOCH, "open");
    log.add(OffsetDateTime::UNIX_EPOCH, "closed: silence");
    answer(call, &AcceptingListener, &log, &Clock::system()).await
}

#[tokio::test]
async fn calls_are_answered_by_the_rules_of_json_rpc() {
    let known = r#"{"jsonrpc":"2.0","id":7,"method":"onOrderStatusChange","params":[{"id":"known"}]}"#;
    assert_eq!(reply(known).await, Some(json!({"jsonrpc": "2.0", "id": 7, "result": {"status": "success"}})));
    let unknown = known.replace("known", "x");
    assert_eq!(reply(&unknown).await.unwrap()["result"]["code"], "order_not_found");
    for broken in [r#"[]"#, r#"[{}]"#, r#"{}"#, "null"] {
        let call = format!(r#"{{"id":"a","method":"onOrderStatusChange","params":{broken}}}"#);
        assert_eq!(reply(&call).await.unwrap()["result"]["code"], "out_of_service", "{broken}");
    }
    assert_eq!(reply(r#"{"id":1,"method":"dance"}"#).await.unwrap()["error"]["code"], -32601);
    assert_eq!(reply("{").await.unwrap()["error"]["code"], -32700);
    assert_eq!(reply(r#"{"id":1,"result":true}"#).await, None, "we have asked nothing");
    assert_eq!(reply(r#"{"method":"onOrderStatusChange","params":[{"id":"known"}]}"#).await, None);
}

#[tokio::test]
async fn the_status_has_as_many_lines_as_requested() {
    let answer = reply(r#"{"id":1,"method":"getStatus","params":{"logQuantity":1}}"#).await.unwrap();
    assert_eq!((&answer["result"]["version"], &answer["result"]["type"]), (&json!("2.1"), &json!("device")));
    assert_eq!(answer["method"], "getStatus");
    let lines = answer["result"]["log"].as_array().unwrap();
    assert!(lines.len() == 1 && lines[0].as_str().unwrap().ends_with("closed: silence"), "{lines:?}");
}

#[tokio::test]
async fn an_address_without_tls_is_reported_and_not_connected_to() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("wss://{}/v3/gate/rpc", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut peer, _) = listener.accept().await.unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut peer, b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
    });
    let settings = SocketSettings { url, token: "secret-token".into(), look_back: Duration::ZERO };
    let socket = InvoiceboxSocket::new(settings, Clock::system(), Arc::new(AcceptingListener));
    let worker = WorkerContext::unsupervised(CancellationToken::new());
    let ended = socket.session(OffsetDateTime::UNIX_EPOCH, &worker).await;
    assert!(ended.good_until.is_none() && !ended.why.contains("secret-token"), "{}", ended.why);
}

#[test]
fn no_error_shows_the_address_with_its_token() {
    use tokio_tungstenite::tungstenite::error::UrlError;
    let error = Error::Url(UrlError::UnableToConnect("wss://x/?token=secret".to_owned()));
    assert!(!without_address(&error).contains("secret"));
}

/// Outcome of an attempt to catch up.
#[derive(Clone, Copy)]
enum CatchUp {
    Panics,
    Ends,
    Hangs,
}

/// Catches up in the given ways, repeating the last; reports since when.
struct CatchesUp {
    ways: Mutex<VecDeque<CatchUp>>,
    missed_since: mpsc::UnboundedSender<OffsetDateTime>,
}

#[async_trait]
impl SocketListener for CatchesUp {
    async fn order_changed(&self, _: &str) -> NotificationAnswer {
        std::panic::resume_unwind(Box::new("a bug"));
    }

    async fn catch_up(&self, missed_since: OffsetDateTime) {
        let way = {
            let mut ways = self.ways.lock().unwrap();
            if ways.len() > 1 { ways.pop_front() } else { ways.front().copied() }
        };
        self.missed_since.send(missed_since).unwrap();
        match way {
            Some(CatchUp::Panics) => std::panic::resume_unwind(Box::new("a bug")),
            Some(CatchUp::Hangs) => std::future::pending().await,
            Some(CatchUp::Ends) | None => {}
        }
    }
}

/// A WebSocket to a peer of this test, which listens already.
struct Wired {
    peer: tokio::net::TcpListener,
    missed_since: mpsc::UnboundedReceiver<OffsetDateTime>,
    stop: CancellationToken,
    listening: tokio::task::JoinHandle<()>,
}

async fn wired(ways: &[CatchUp]) -> Wired {
    let peer = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/v3/gate/rpc", peer.local_addr().unwrap());
    let settings = SocketSettings { url, token: "x".into(), look_back: Duration::from_secs(3600) };
    let (sender, missed_since) = mpsc::unbounded_channel();
    let listener = CatchesUp { ways: Mutex::new(ways.iter().copied().collect()), missed_since: sender };
    let socket = Arc::new(InvoiceboxSocket::new(settings, Clock::system(), Arc::new(listener)));
    let stop = CancellationToken::new();
    let listening = tokio::spawn(socket.listen(WorkerContext::unsupervised(stop.clone())));
    Wired { peer, missed_since, stop, listening }
}

impl Wired {
    async fn accept(&self) -> tokio_tungstenite::WebSocketStream<tokio::net::TcpStream> {
        let (stream, _) = self.peer.accept().await.unwrap();
        tokio_tungstenite::accept_async(stream).await.unwrap()
    }
}

#[tokio::test]
async fn what_a_connection_did_not_catch_up_with_the_next_one_does() {
    let mut wired = wired(&[CatchUp::Panics, CatchUp::Hangs, CatchUp::Ends]).await;
    let mut since = Vec::new();
    for _ in 0..4 {
        let mut socket = wired.accept().await;
        since.push(wired.missed_since.recv().await.unwrap());
        // Answered after the end of the catching up was read: a panic does not end the connection.
        socket.send(Message::text(r#"{"id":1,"method":"getStatus"}"#)).await.unwrap();
        while !matches!(socket.next().await, Some(Ok(Message::Text(_)))) {}
        socket.close(None).await.unwrap();
    }
    assert_eq!((since[0], since[0]), (since[1], since[2]), "a panic and an abort have read nothing");
    assert!(since[3] > since[2], "{since:?}");
}

#[tokio::test]
async fn a_call_that_panics_is_not_answered_and_the_next_one_is() {
    let wired = wired(&[CatchUp::Ends]).await;
    let mut socket = wired.accept().await;
    let changed = r#"{"id":7,"method":"onOrderStatusChange","params":[{"id":"known"}]}"#;
    for _ in 0..=MAX_CONCURRENT_CALLS {
        socket.send(Message::text(changed)).await.unwrap();
    }
    socket.send(Message::text(r#"{"id":8,"method":"getStatus"}"#)).await.unwrap();
    let answer = loop {
        if let Message::Text(answer) = socket.next().await.unwrap().unwrap() {
            break answer;
        }
    };
    assert_eq!(serde_json::from_str::<Value>(&answer).unwrap()["id"], 8);
}

#[tokio::test]
async fn the_gauge_says_closed_after_the_shutdown() {
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    let _local = metrics::set_default_local_recorder(&recorder);
    let mut wired = wired(&[CatchUp::Hangs]).await;
    let _socket = wired.accept().await;
    wired.missed_since.recv().await.unwrap();
    assert!(recorder.handle().render().contains("kolonka_invoicebox_websocket_open 1"));
    wired.stop.cancel();
    wired.listening.await.unwrap();
    assert!(recorder.handle().render().contains("kolonka_invoicebox_websocket_open 0"));
}
