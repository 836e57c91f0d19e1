//! The pumps that may be started: what their station says of them reaches the open pages, and it is asked seldom.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use domain::{
    id::{OrderId, PumpNumber},
    locale::Locale,
    station::PumpState,
    view::StartPump,
};
use serde_json::{Value, json};
use server::{clock::Clock, orders::Change};
use time::OffsetDateTime;

use test_support::{
    DatabaseKind, Event, Events, StationServerAnswer, StationServerDouble, TestServer, draft_to_start,
    on_both_databases, orders, start_with_station_double, until,
};

on_both_databases! {
    with (start_with_station_double);
    without_a_page_the_pumps_are_shown_as_the_catalogue_has_them,
    a_changed_pump_reaches_the_open_page_under_the_same_id,
    pages_of_one_station_share_the_asks,
    a_station_is_not_asked_for_a_page_that_is_closed,
    a_pump_without_an_answer_is_unknown,
    a_refused_start_shows_the_pump_as_busy,
    a_quote_warns_of_the_pump_that_its_station_has_called_busy,
}

const BUSY: StationServerAnswer = StationServerAnswer::Status(404, "");
const SILENT: StationServerAnswer = StationServerAnswer::Status(500, "");
/// The states of the sample's pumps 1 to 6.
const IN_CATALOGUE: [&str; 6] = ["free", "free", "free", "free", "free", "busy"];

/// A draft that names no pump: any one answers for the station before the payment.
fn draft() -> Value {
    let mut draft = draft_to_start();
    draft["pump"] = Value::Null;
    draft
}

/// Paid, when what the station has answered before the payment is known no more.
async fn paid(server: &TestServer, station: &StationServerDouble, draft: &Value) -> String {
    let placed = server.place_order(draft).await;
    server.pay(&placed.payment_url).await;
    server.wait_for_status(&placed.order_id, "paid").await;
    server.clock.advance(std::time::Duration::from_secs(30));
    station.forget_pings();
    placed.order_id
}

/// The states of the pumps in a view, by number.
fn states(view: &Value) -> Vec<&str> {
    let pumps = view["start"]["pumps"].as_array().unwrap();
    let numbers: Vec<_> = pumps.iter().map(|pump| pump["number"].as_u64().unwrap()).collect();
    assert!(numbers.is_sorted(), "{view}");
    pumps.iter().map(|pump| pump["state"].as_str().unwrap()).collect()
}

/// The next event that shows these states.
async fn wait_for_states(events: &mut Events, expected: &[&str]) -> Event {
    loop {
        let event = events.next().await.unwrap();
        if states(&event.data) == expected {
            return event;
        }
    }
}

/// The pings of one station by pump.
fn pings_at(station: &StationServerDouble, id: &str) -> BTreeMap<u64, usize> {
    let mut counts = BTreeMap::new();
    for query in station.pings() {
        let fields: HashMap<_, _> = query.split('&').filter_map(|field| field.split_once('=')).collect();
        if fields["stationId"] == id {
            *counts.entry(fields["columnId"].parse().unwrap()).or_default() += 1;
        }
    }
    counts
}

/// Waits until every pump of `sever-12` was asked so often.
async fn wait_for_pings(station: &StationServerDouble, count: usize) -> BTreeMap<u64, usize> {
    until(&format!("{count} pings of each pump"), async || {
        let pings = pings_at(station, "sever-12");
        (pings.len() == 6 && pings.values().all(|pings| *pings >= count)).then_some(pings)
    })
    .await
}

/// Most pings of a pump since then.
fn most_pings(clock: &Clock, begun: OffsetDateTime) -> usize {
    1 + usize::try_from((clock.now() - begun).whole_seconds() / 10).unwrap()
}

async fn without_a_page_the_pumps_are_shown_as_the_catalogue_has_them(
    (server, station): (TestServer, StationServerDouble),
) {
    let placed = server.place_order(&draft()).await;
    assert_eq!(states(&placed.view.json), IN_CATALOGUE, "also before the payment");
    station.set_ping_answer(Some(BUSY));
    station.forget_pings();
    server.pay(&placed.payment_url).await;
    let view = server.wait_for_status(&placed.order_id, "paid").await;
    assert_eq!(states(&view.json), IN_CATALOGUE);
    let (_, listed) = server.erp_get("orders").await;
    assert_eq!(states(&listed["orders"][0]["view"]), IN_CATALOGUE, "a cashier's list, too");
    assert!(station.pings().is_empty(), "{:?}", station.pings());
}

async fn a_changed_pump_reaches_the_open_page_under_the_same_id(
    (server, station): (TestServer, StationServerDouble),
) {
    station.set_ping_answer_at(2, Some(BUSY));
    let id = paid(&server, &station, &draft()).await;
    let mut events = server.events(&id, None).await;
    let first = events.next().await.unwrap();
    assert_eq!(first.status(), "paid");
    let changed = wait_for_states(&mut events, &["free", "busy", "free", "free", "free", "free"]).await;
    assert_eq!((changed.name.as_str(), changed.id), ("status", first.id));
    assert_eq!(
        states(&server.order(&id).await.json),
        states(&changed.data),
        "a page that reads the order, too"
    );
    // Whoever comes back is not shown again what was seen.
    let mut again = server.events(&id, changed.id).await;
    station.set_ping_answer_at(2, None);
    server.clock.advance(std::time::Duration::from_secs(10));
    for events in [&mut events, &mut again] {
        let event = events.next().await.unwrap();
        assert_eq!((states(&event.data), event.id), (vec!["free"; 6], first.id));
    }
    let seq = first.data["history"].as_array().unwrap().last().unwrap()["seq"].clone();
    let (status, view) = server.post("/api/orders/start", &json!({ "id": id, "pump": 2, "seq": seq })).await;
    assert_eq!(status, 200, "{view}");
    for events in [&mut events, &mut again] {
        let event = events.next().await.unwrap();
        assert_eq!((event.status(), event.id > first.id), ("authorising", true), "{}", event.data);
    }
}

async fn pages_of_one_station_share_the_asks((server, station): (TestServer, StationServerDouble)) {
    let ids = [paid(&server, &station, &draft()).await, paid(&server, &station, &draft()).await];
    let begun = server.clock.now();
    let mut pages = Vec::new();
    for id in [&ids[0], &ids[0], &ids[1]] {
        let mut events = server.events(id, None).await;
        assert_eq!(events.next().await.unwrap().status(), "paid");
        pages.push(events);
    }
    for round in 1..4 {
        let pings = wait_for_pings(&station, round).await;
        let most = most_pings(&server.clock, begun);
        assert!(pings.values().all(|pings| *pings <= most), "{pings:?}, and {most} were allowed");
        server.clock.advance(std::time::Duration::from_secs(10));
    }
}

async fn a_station_is_not_asked_for_a_page_that_is_closed(
    (server, station): (TestServer, StationServerDouble),
) {
    let mut elsewhere = draft();
    elsewhere["station_id"] = json!("sever-1");
    elsewhere["fuel"] = json!({ "id": "a95", "by": "volume", "volume_centi": 3000, "amount_kopecks": null });
    elsewhere["expected_total_kopecks"] = json!(214_650);
    let (here, there) = (paid(&server, &station, &draft()).await, paid(&server, &station, &elsewhere).await);
    let closed = server.events(&here, None).await;
    wait_for_pings(&station, 1).await;
    drop(closed);
    let id = OrderId::parse(&here).unwrap();
    // A closed connection is noticed when something is written to it.
    until("the page is gone", async || {
        let order = Arc::new(server.stored(&here).await);
        server.hub.publish_here(id, server::orders::OrderUpdate::changed(&order));
        (!server.hub.has_listeners(id)).then_some(())
    })
    .await;
    let mut open = server.events(&there, None).await;
    open.next().await.unwrap();
    let asked = async |count: usize| {
        until("the other station is asked", async || {
            let pings = pings_at(&station, "sever-1");
            pings.values().any(|pings| *pings >= count).then_some(())
        })
        .await;
    };
    asked(1).await;
    let before = pings_at(&station, "sever-12");
    for round in 2..4 {
        server.clock.advance(std::time::Duration::from_secs(10));
        asked(round).await;
    }
    assert_eq!(pings_at(&station, "sever-12"), before);
}

async fn a_pump_without_an_answer_is_unknown((server, station): (TestServer, StationServerDouble)) {
    let id = paid(&server, &station, &draft()).await;
    station.set_ping_answer(Some(SILENT));
    station.set_ping_answer_at(3, Some(StationServerAnswer::Status(200, "")));
    let mut events = server.events(&id, None).await;
    wait_for_states(&mut events, &["unknown", "unknown", "free", "unknown", "unknown", "unknown"]).await;
}

async fn a_refused_start_shows_the_pump_as_busy((server, station): (TestServer, StationServerDouble)) {
    let id = paid(&server, &station, &draft()).await;
    station.set_ping_answer_at(5, Some(BUSY));
    let seq = server.stored(&id).await.history_seq();
    let (status, body) = server.post("/api/orders/start", &json!({ "id": id, "pump": 5, "seq": seq })).await;
    assert_eq!((status, &body["error"]["code"]), (409, &json!("pump_unavailable")), "{body}");
    assert_eq!(states(&server.order(&id).await.json), ["free", "free", "free", "free", "busy", "busy"]);
}

async fn a_quote_warns_of_the_pump_that_its_station_has_called_busy(
    (server, station): (TestServer, StationServerDouble),
) {
    let warnings = async |pump: u64| {
        let mut draft = draft();
        draft["pump"] = json!(pump);
        let (status, quote) = server.post("/api/orders/quote", &json!({ "draft": draft })).await;
        assert_eq!(status, 200, "{quote}");
        quote["warnings"].as_array().unwrap().len()
    };
    assert_eq!([warnings(3).await, warnings(6).await], [0, 1], "by the catalogue");
    station.set_ping_answer_at(3, Some(BUSY));
    let id = paid(&server, &station, &draft()).await;
    let mut events = server.events(&id, None).await;
    wait_for_states(&mut events, &["free", "free", "busy", "free", "free", "free"]).await;
    assert_eq!([warnings(3).await, warnings(6).await], [1, 0], "by the station");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_instance_asks_for_its_own_pages() {
    if DatabaseKind::Postgres.is_missing() {
        return;
    }
    let (first, station) = start_with_station_double(DatabaseKind::Postgres).await;
    let second = first.another_instance_with(&station.variables()).await;
    station.set_ping_answer_at(2, Some(BUSY));
    let id = paid(&first, &station, &draft()).await;
    for server in [&first, &second] {
        let mut events = server.events(&id, None).await;
        wait_for_states(&mut events, &["free", "busy", "free", "free", "free", "free"]).await;
    }
}

#[test]
fn an_event_is_written_once_for_all_listeners_while_its_pumps_stay() {
    let change = Change::new(Arc::new(orders::order(true)));
    let written = std::cell::Cell::new(0);
    let write = |locale, state| {
        let pumps = [StartPump { number: PumpNumber(4), state }];
        change.rendered_for(locale, &pumps, |_, _, pumps| {
            written.set(written.get() + 1);
            Some(format!("{pumps:?}"))
        })
    };
    let first = write(Locale::Ru, PumpState::Free).unwrap();
    assert!(Arc::ptr_eq(&first, &write(Locale::Ru, PumpState::Free).unwrap()));
    assert_eq!(written.get(), 1);
    assert!(write(Locale::Ru, PumpState::Busy).unwrap().contains("Busy"));
    write(Locale::En, PumpState::Busy);
    assert_eq!(written.get(), 3, "for other pumps, and for another language");
}
