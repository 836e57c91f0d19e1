//! SIGTERM and Ctrl-C end the process within ten seconds, whoever keeps it busy; a second signal ends it at once.

pub mod process;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::{Value, json};
use server::database::Database;
use sqlx::{Any, Transaction};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};

use process::{MAX_TIME_TO_END, Process, silent_server};
use test_support::{DatabaseKind, ERP_TOKEN, PRODUCTION, TestServer, WAIT_TIMEOUT, draft, fuel_sale, until};

/// Variables of every kind of station link; the station of a network does not answer.
async fn every_link() -> [Vec<(&'static str, String)>; 3] {
    let link = |kind: &str| ("KOLONKA_FORECOURT", kind.to_owned());
    let station = ("KOLONKA_TANKER_URL", silent_server().await);
    [vec![link("simulator")], vec![link("none")], vec![link("tanker"), station]]
}

fn borrowed<'a>(variables: &'a [(&'a str, String)]) -> Vec<(&'a str, &'a str)> {
    variables.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

async fn an_idle_process_ends_with_every_link(kind: DatabaseKind) {
    for variables in every_link().await {
        let mut process = Process::start(kind, &borrowed(&variables)).await;
        process.assert_ends_on("TERM").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_process_ends_on_sqlite() {
    an_idle_process_ends_with_every_link(DatabaseKind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_process_ends_on_postgres() {
    if !DatabaseKind::Postgres.is_missing() {
        an_idle_process_ends_with_every_link(DatabaseKind::Postgres).await;
    }
}

/// Production without automation and with that of a network; neither it nor Invoicebox can be reached.
async fn a_production_process_ends(kind: DatabaseKind) {
    let none = vec![("KOLONKA_FORECOURT", "none")];
    let network = vec![
        ("KOLONKA_FORECOURT", "tanker"),
        ("KOLONKA_TANKER_URL", "https://127.0.0.1:1"),
        ("KOLONKA_TANKER_API_KEY", "a-long-key-of-the-network"),
        ("KOLONKA_TANKER_CALLBACK_KEY", "a-long-key-for-the-network"),
    ];
    for link in [none, network] {
        let mut process = Process::start(kind, &[PRODUCTION.as_slice(), &link].concat()).await;
        process.assert_ends_on("TERM").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_production_process_ends_on_sqlite() {
    a_production_process_ends(DatabaseKind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_production_process_ends_on_postgres() {
    if !DatabaseKind::Postgres.is_missing() {
        a_production_process_ends(DatabaseKind::Postgres).await;
    }
}

/// A row of a queue that somebody works on, or has worked on.
async fn tried_row(database: &Database, queue: &str) -> Option<()> {
    let sql = format!("SELECT COUNT(*) FROM {queue} WHERE attempts > 0");
    let count: i64 = sqlx::query_scalar(&sql).fetch_one(database.pool()).await.ok()?;
    (count > 0).then_some(())
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_ends_it_too() {
    let mut process = Process::start(DatabaseKind::Sqlite, &[]).await;
    process.assert_ends_on("INT").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_connection_delays_the_end() {
    let invoicebox = TestServer::start(DatabaseKind::Sqlite).await;
    let api = format!("{}/sandbox/invoicebox", invoicebox.url);
    let websocket = format!("{}/v3/gate/rpc", api.replace("http://", "ws://"));
    for mut variables in every_link().await {
        variables.extend([("INVOICEBOX_API_URL", api.clone()), ("INVOICEBOX_WS_URL", websocket.clone())]);
        let mut process = Process::start(DatabaseKind::Sqlite, &borrowed(&variables)).await;
        process.wait_until_logged("the WebSocket of Invoicebox is open").await;
        let goods = json!({ "draft": test_support::goods_draft() });
        let placed = process.post("/api/orders/place", &goods).await;
        let order = placed["order_id"].as_str().unwrap_or_else(|| panic!("{placed}")).to_owned();
        let stream = format!("GET /api/orders/{order}/events HTTP/1.1\r\nhost: x\r\n\r\n");
        let (alive, big) =
            ("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n", "GET /big.bin HTTP/1.1\r\nhost: x\r\n\r\n");
        let _held = [
            process.connection("").await,
            process.connection("GET /healthz HTTP/1.1\r\nho").await,
            process.half_sent_body().await,
            process.answered_connection(alive, "HTTP/1.1 200").await,
            process.answered_connection(big, "HTTP/1.1 200").await,
            process.answered_connection(&stream, "HTTP/1.1 200").await,
        ];
        process.assert_ends_on("TERM").await;
    }
}

/// Locks a table of a PostgreSQL until the transaction ends.
async fn lock(database: &Database, table: &str) -> Transaction<'static, Any> {
    let mut transaction = database.write().await.unwrap();
    let sql = format!("LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE");
    sqlx::query(&sql).execute(&mut *transaction).await.unwrap();
    transaction
}

/// Waits until this many connections to a PostgreSQL wait for a lock.
async fn wait_for_blocked_connections(database: &Database, count: i64) {
    let sql = "SELECT COUNT(*) FROM pg_stat_activity \
               WHERE datname = current_database() AND wait_event_type = 'Lock'";
    until("the connections wait", || async {
        let waiting: i64 = sqlx::query_scalar(sql).fetch_one(database.pool()).await.ok()?;
        (waiting >= count).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unresponsive_database_does_not_delay_the_end() {
    if DatabaseKind::Postgres.is_missing() {
        return;
    }
    let mut process = Process::start(DatabaseKind::Postgres, &[]).await;
    let database = Database::open(&process.database_url).await.unwrap();
    let _lock = lock(&database, "orders").await;
    let body = json!({ "id": "7a6f2c7e-0d9f-4a63-9a2b-0b6a5cf0d6f1" }).to_string();
    let get = format!(
        "POST /api/orders/get HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let pool_size = database.pool().options().get_max_connections();
    let mut customers = Vec::new();
    for _ in 0..pool_size {
        customers.push(process.connection(&get).await);
    }
    wait_for_blocked_connections(&database, pool_size.into()).await;
    process.assert_ends_on("TERM").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_on_a_silent_database_can_be_ended() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("postgres://kolonka@{}/kolonka", silent.local_addr().unwrap());
    let mut process = Process::spawn(url, tempfile::tempdir().unwrap(), &[]);
    let (_connection, _) = timeout(WAIT_TIMEOUT, silent.accept()).await.unwrap().unwrap();
    process.assert_ends_on("TERM").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_on_a_locked_database_can_be_ended() {
    if DatabaseKind::Postgres.is_missing() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let url = DatabaseKind::Postgres.fresh(&folder).await;
    let database = Database::open(&url).await.unwrap();
    let _lock = lock(&database, "stations").await;
    let mut process = Process::spawn(url, folder, &[]);
    wait_for_blocked_connections(&database, 1).await;
    process.assert_ends_on("TERM").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn load_does_not_delay_the_end() {
    let mut process = Process::start(DatabaseKind::Sqlite, &[]).await;
    let url = format!("http://{}/api/stations/find", process.addr);
    let served = Arc::new(AtomicUsize::new(0));
    let callers: Vec<_> = (0..16)
        .map(|_| {
            let served = Arc::clone(&served);
            let (client, url) = (reqwest::Client::builder().no_proxy().build().unwrap(), url.clone());
            tokio::spawn(async move {
                let body = json!({ "query": { "limit": 20 } }).to_string();
                loop {
                    let request = client.post(&url).header("content-type", "application/json");
                    match request.body(body.clone()).send().await {
                        Ok(answer) if answer.status() == 200 => served.fetch_add(1, Ordering::SeqCst),
                        _ => return,
                    };
                }
            })
        })
        .collect();
    until("the callers are served", || async { (served.load(Ordering::SeqCst) >= 16).then_some(()) }).await;
    process.assert_ends_on("TERM").await;
    for caller in callers {
        caller.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_to_a_silent_invoicebox_does_not_delay_the_end_and_stays_durable() {
    let api = silent_server().await;
    let mut process = Process::start(DatabaseKind::Sqlite, &[("INVOICEBOX_API_URL", &api)]).await;
    let body = json!({ "draft": draft() }).to_string();
    let place = format!(
        "POST /api/orders/place HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let _customer = process.connection(&place).await;
    let database = Database::open(&process.database_url).await.unwrap();
    until("the invoice is being created", || tried_row(&database, "outbox")).await;
    process.assert_ends_on("TERM").await;
    assert!(tried_row(&database, "outbox").await.is_some(), "what was cut off is done by the next process");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_back_office_does_not_delay_the_end_and_loses_no_event() {
    let invoicebox = TestServer::start(DatabaseKind::Sqlite).await;
    let (api, office) = (format!("{}/sandbox/invoicebox", invoicebox.url), silent_server().await);
    let variables = [
        ("INVOICEBOX_API_URL", api.as_str()),
        ("KOLONKA_ERP_NOTIFY_URL", office.as_str()),
        ("KOLONKA_ERP_NOTIFY_KEY", "a-long-random-text-for-events"),
    ];
    let mut process = Process::start(DatabaseKind::Sqlite, &variables).await;
    let placed = process.post("/api/orders/place", &json!({ "draft": draft() })).await;
    assert_ne!(placed["order_id"], Value::Null, "{placed}");
    let database = Database::open(&process.database_url).await.unwrap();
    until("an event is being posted", || tried_row(&database, "order_events")).await;
    let metrics = process.get("/metrics").await;
    let waiting =
        metrics.lines().find_map(|line| line.strip_prefix("kolonka_queue_depth{queue=\"erp_events\"} "));
    assert!(waiting.is_some_and(|waiting| waiting != "0"), "{metrics}");
    process.assert_ends_on("TERM").await;
    assert!(tried_row(&database, "order_events").await.is_some(), "the event is posted by the next process");
}

/// Their bodies arrive after the signal. Nothing new is begun any more, whichever way it comes.
#[tokio::test(flavor = "multi_thread")]
async fn orders_that_arrive_while_it_ends_are_refused_with_503() {
    let process = Process::start(DatabaseKind::Sqlite, &[]).await;
    let cashier = format!("authorization: Bearer {ERP_TOKEN}\r\n");
    let mut held = Vec::new();
    for (path, authorization, body) in [
        ("/api/orders/place", "", json!({ "draft": draft() })),
        ("/api/erp/v1/orders", cashier.as_str(), fuel_sale()),
    ] {
        let body = body.to_string();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n{authorization}content-length: {}\r\n\
             expect: 100-continue\r\n\r\n",
            body.len()
        );
        held.push((process.answered_connection(&head, "HTTP/1.1 100").await, path, body));
    }
    process.signal("TERM");
    until("nobody else is let in", || async { TcpStream::connect(process.addr).await.err() }).await;
    for (mut connection, path, body) in held {
        connection.write_all(body.as_bytes()).await.unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await.unwrap();
        assert!(answer.contains("HTTP/1.1 503"), "{path}: {answer}");
        assert!(answer.contains(r#""code":"internal""#), "{path}: {answer}");
        assert_eq!(answer.matches("content-type: application/json").count(), 1, "{path}: {answer}");
        assert!(!answer.contains("serverfnerror"), "{path}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_ends_it_at_once() {
    let mut process = Process::start(DatabaseKind::Sqlite, &[]).await;
    let _held = process.half_sent_body().await;
    process.signal("TERM");
    process.wait_until_logged("draining").await;
    process.signal("TERM");
    let status = process.wait_for_end(MAX_TIME_TO_END).await;
    assert_ne!(status.code(), Some(0), "work was cut off");
}
