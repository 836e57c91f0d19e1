//! Every fault of the simulated station, and every pair of them in a row on one pump: each order comes to its right end,
//! the money balances, and no pump is released twice.

mod purchases;

use std::time::Duration;

use domain::order::{Order, Status};
use futures::{StreamExt, stream};
use serde_json::{Value, json};

use test_support::{DRAFT_TOTAL_KOPECKS, DatabaseKind, TestServer, draft, on_both_databases, until};

on_both_databases! {
    an_order_waits_where_orders_are_held,
    what_the_page_shows_and_its_buttons_do,
    the_station_lists_itself_to_those_who_have_a_key,
}

const FAULTS: [&str; 12] = [
    "none",
    "refuse",
    "busy",
    "price",
    "partial",
    "zero",
    "silence",
    "late",
    "duplicate",
    "completed_after_cancel",
    "answer_lost",
    "order_lost",
];
/// Half of 37.41 l.
const HALF_CENTI: i64 = 1870;

/// Expected end of an order under a fault: status, hundredths of a litre, discrepancies.
fn expected_end(fault: &str) -> (&'static str, Option<i64>, &'static [&'static str]) {
    match fault {
        // The driver gives up instead of trying another pump.
        "refuse" | "busy" | "order_lost" => ("canceled", None, &[]),
        "price" => ("unavailable", None, &[]),
        "partial" => ("completed", Some(HALF_CENTI), &[]),
        "zero" => ("completed", Some(0), &[]),
        _ => ("completed", Some(3741), &[]),
    }
}

/// A walk over the faults with every pair that holds `first`, in both orders.
fn walk(first: usize) -> Vec<&'static str> {
    let pairs = (first + 1..FAULTS.len()).flat_map(|other| [FAULTS[other], FAULTS[first]]);
    [FAULTS[first], FAULTS[first]].into_iter().chain(pairs).collect()
}

async fn set(server: &TestServer, fault: &str) {
    let switches = json!({ "fault": fault, "station": "sever-12", "pump": 4 });
    server.control(json!({ "forecourt": switches })).await;
}

/// Orders as the station knows them.
async fn at_station(server: &TestServer) -> Vec<Value> {
    server.get("/sandbox/forecourt/orders").await.json().await.unwrap()
}

async fn play_order(server: &TestServer, fault: &'static str) {
    set(server, "none").await;
    let placed = server.place_order(&draft()).await;
    let (id, url) = (placed.order_id.as_str(), placed.payment_url.as_str());
    set(server, fault).await;
    server.pay(url).await;
    // What these do is over once the order has been pushed, or would have been.
    if matches!(fault, "silence" | "order_lost" | "answer_lost") {
        until(&format!("{fault}: it has struck"), || async {
            let order = server.stored(id).await;
            let rows = server.outbox().list(server.clock.wall()).await.unwrap();
            let waits = |row: &server::queue::QueueEntry| {
                row.number == i64::from(order.number) && row.name == "authorise" && row.last_error.is_none()
            };
            (order.paid_at.is_some() && !rows.iter().any(waits)).then_some(())
        })
        .await;
        set(server, "none").await;
    }
    let (status, volume, discrepancies) = expected_end(fault);
    let order = until(&format!("{fault} ends"), || async {
        let order = server.stored(id).await;
        go_on(server, &order, status == "canceled").await;
        let settled = order.status.is_final() && order.settlement.pending_returns().count() == 0;
        settled.then_some(order)
    })
    .await;
    assert_eq!((order.status.name(), order.dispensed.map(|it| it.get())), (status, volume), "{fault}");
    let recorded: Vec<_> = order.discrepancies.iter().map(|one| one.what.name()).collect();
    assert_eq!(recorded, discrepancies, "{fault}");
    let kept = order.final_total().unwrap();
    assert_eq!(kept + order.settlement.returned(), order.total, "{fault}");
    let expected = match volume {
        None | Some(0) => 0,
        Some(HALF_CENTI) => 139_035,
        Some(_) => DRAFT_TOTAL_KOPECKS,
    };
    assert_eq!(kept.get(), expected, "{fault}");
}

/// Starts the pump again where a start came to nothing, or gives up.
async fn go_on(server: &TestServer, order: &Order, gives_up: bool) {
    let waits = order.is_startable(server.clock.now()) && order.start_reason.is_some();
    let is_lost = order.open_release().is_some_and(|release| release.sent_at.is_some())
        && order.status == Status::Authorising
        && order.cancellation.is_none();
    let id = order.id.to_string();
    if gives_up && (waits || is_lost) {
        let (status, answer) = server.post("/api/orders/cancel", &json!({ "id": id })).await;
        assert!([200, 409].contains(&status), "{answer}");
    } else if waits {
        let start = json!({ "id": id, "pump": 4, "seq": order.history_seq() });
        let (status, answer) = server.post("/api/orders/start", &start).await;
        assert!([200, 409, 502].contains(&status), "{answer}");
    }
}

/// Orders of one server: Invoicebox counts the calls of a process, and the clock runs forty times as fast.
const ORDERS_OF_SERVER: usize = 9;
/// Servers that play at a time.
const SERVERS: usize = 6;

/// Faults in a row on one pump of a server of its own.
async fn play(kind: DatabaseKind, faults: Vec<&'static str>) {
    let variables = [("INVOICEBOX_REQUESTS", "100"), ("KOLONKA_SIMULATOR_SPEED", "20")];
    let server = TestServer::start_with(kind, &variables).await;
    server.remove_delays_and_limits().await;
    server.control(json!({ "forecourt": { "reservation": true } })).await;
    let over = tokio_util::sync::CancellationToken::new();
    // Pumps run faster, and minutes of doubt are over soon.
    let clock = async {
        while !over.is_cancelled() {
            server.clock.advance(Duration::from_secs(2));
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let work = async {
        for fault in faults {
            play_order(&server, fault).await;
        }
        over.cancel();
    };
    tokio::join!(clock, work);
    let orders = at_station(&server).await;
    assert!(orders.iter().all(|order| order["released"].as_u64() <= Some(1)), "none was released twice");
    let ends = |order: &Value| order["ended_as"].as_array().unwrap().len();
    let twice: Vec<&Value> = orders.iter().filter(|order| ends(order) > 1).collect();
    assert!(twice.is_empty(), "each end was reported once: {twice:?}");
}

async fn every_pair_of_faults_in_a_row_ends_right(kind: DatabaseKind) {
    let walks: Vec<&'static str> = (0..FAULTS.len()).flat_map(walk).collect();
    // The last of a server is the first of the next one, so that no pair is torn.
    let parts = (0..walks.len() - 1).step_by(ORDERS_OF_SERVER - 1);
    let parts = parts.map(|from| walks[from..(from + ORDERS_OF_SERVER).min(walks.len())].to_vec());
    stream::iter(parts).for_each_concurrent(SERVERS, |faults| play(kind, faults)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_pair_of_faults_in_a_row_ends_right_on_sqlite() {
    every_pair_of_faults_in_a_row_ends_right(DatabaseKind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_pair_of_faults_in_a_row_ends_right_on_postgres() {
    every_pair_of_faults_in_a_row_ends_right(DatabaseKind::Postgres).await;
}

async fn an_order_waits_where_orders_are_held(server: TestServer) {
    let hold = async |point: &str| server.control(json!({ "forecourt": { "hold": point } })).await;
    hold("accept").await;
    let placed = server.place_order(&draft()).await;
    let id = placed.order_id.as_str();
    server.pay(&placed.payment_url).await;
    for (point, status) in [("accept", "authorising"), ("nozzle", "ready"), ("flow", "fuelling")] {
        assert_eq!(hold(point).await["forecourt"]["hold"], point);
        server.wait_for_status(id, status).await;
        // Ten times as long as the pump takes for the step.
        for _ in 0..50 {
            server.clock.advance(Duration::from_secs(1));
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(server.order(id).await.status, status, "held before {point}");
    }
    hold("none").await;
    server.wait_for_status(id, "completed").await;
}

async fn what_the_page_shows_and_its_buttons_do(server: TestServer) {
    let page = async || server.get("/sandbox/forecourt").await.text().await.unwrap();
    assert!(page().await.contains("Все колонки свободны"));
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let press = async |body: &str| {
        let path = "/sandbox/forecourt/press";
        server.send(reqwest::Method::POST, path, &form, body).await.status().as_u16()
    };
    assert_eq!(press("fault=partial&station=sever-12&pump=4").await, 303);
    assert_eq!(press("fault=nonsense").await, 400);
    assert_eq!(press("fault=none&pump=four").await, 400);
    assert_eq!(press("hold=moon").await, 400);
    assert_eq!(press("hold=nozzle").await, 303);
    assert!(page().await.contains("Задержка пусков: перед снятием пистолета"));
    assert_eq!(press("hold=none").await, 303);
    assert_eq!(press("fault=none&pump=4").await, 400, "a pump of which station?");
    let placed = server.place_order(&draft()).await;
    server.pay(&placed.payment_url).await;
    until("it ends", || async {
        server.clock.advance(Duration::from_secs(1));
        (server.order(&placed.order_id).await.status == "completed").then_some(())
    })
    .await;
    until("the end is reported", || async { page().await.contains("Completed").then_some(()) }).await;
    let shown = page().await;
    assert!(shown.contains("sever-12, № 4") && shown.contains("18,70 из 37,41"), "{shown}");
    assert!(
        shown.contains("налита половина") && !shown.contains("<script") && !shown.contains("style=\""),
        "{shown}"
    );
}

async fn the_station_lists_itself_to_those_who_have_a_key(server: TestServer) {
    let turned = server.control(json!({ "forecourt": {} })).await;
    let url = turned["forecourt"]["url"].as_str().unwrap();
    let ask = async |call: &str| {
        let answer = server.get(&format!("{url}/{call}")).await;
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    assert_eq!(ask("station?apikey=another").await.0, 401);
    let (status, stations) = ask("station?apikey=sandbox-station-key").await;
    let stations: Vec<Value> = serde_json::from_str(&stations).unwrap();
    let first = stations.iter().find(|it| it["Id"] == "sever-12").unwrap();
    assert_eq!((status, &first["Columns"]["4"]["Fuels"]), (200, &json!(["a95", "diesel_winter"])));
    let (status, prices) = ask("price?apikey=sandbox-station-key").await;
    assert_eq!(status, 200);
    assert!(
        prices.contains(r#"{"Price":74.35,"ProductId":"diesel_winter","StationId":"sever-12"}"#),
        "{prices}"
    );
}
