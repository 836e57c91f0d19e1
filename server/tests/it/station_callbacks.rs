//! Callbacks of stations: who may call, what is understood, what is answered, and how it changes the order.

use std::time::Duration;

use domain::order::{Discrepancy, Order, Status};
use reqwest::Method;
use server::{orders::DiscrepancyFilter, station_link::tanker_push::Reference};

use test_support::{
    CALLBACK_KEY, DatabaseKind, ErrorBody, StationServerDouble, TestServer, draft, on_both_databases, until,
};

async fn started(kind: DatabaseKind) -> TestServer {
    test_support::start_with_station_double(kind).await.0
}

on_both_databases! {
    with (started);
    every_spelling_of_a_call_is_understood,
    callers_without_a_key_are_refused_and_unknown_orders_not_found,
    guessed_keys_are_limited_and_the_right_one_passes,
    unreadable_calls_are_refused_and_change_nothing,
    the_start_of_an_unpaid_or_ended_order_is_refused,
    an_end_is_recorded_whenever_it_comes,
    the_meter_never_runs_backwards,
    a_fuelling_that_the_station_interrupts_waits_for_its_end_or_for_a_person,
    a_cancelled_order_is_not_begun,
    a_database_failure_makes_the_station_repeat,
}

async fn unpaid(server: &TestServer) -> Order {
    let placed = server.place_order(&draft()).await;
    server.stored(&placed.order_id).await
}

/// Paid, and the station has been asked.
async fn authorising(server: &TestServer) -> Order {
    let placed = server.place_order(&draft()).await;
    server.pay(&placed.payment_url).await;
    server.wait_until_asked(&placed.order_id).await
}

async fn now(server: &TestServer, order: &Order) -> Order {
    server.stored(&order.id.to_string()).await
}

fn discrepancy_names(order: &Order) -> Vec<&'static str> {
    order.discrepancies.iter().map(|one| one.what.name()).collect()
}

async fn every_spelling_of_a_call_is_understood(server: TestServer) {
    let order = authorising(&server).await;
    let id = Reference::of(&order, 1).to_string();
    let form = ("content-type", "application/x-www-form-urlencoded");
    let json = ("content-type", "application/json");
    let calls = [
        (
            Method::GET,
            format!("accept?apikey={CALLBACK_KEY}&orderId={id}"),
            form,
            String::new(),
            "ready",
            None,
        ),
        (
            Method::POST,
            "Fueling".to_owned(),
            form,
            format!("APIKEY={CALLBACK_KEY}&OrderID={}", id.to_uppercase()),
            "fuelling",
            None,
        ),
        (
            Method::POST,
            "volume".to_owned(),
            form,
            format!("apikey={CALLBACK_KEY}&orderId={id}&litre=1,5"),
            "fuelling",
            Some(150),
        ),
        (
            Method::POST,
            "volume".to_owned(),
            json,
            format!(r#"{{"ApiKey":"{CALLBACK_KEY}","OrderId":"{id}","Litre":2.25}}"#),
            "fuelling",
            Some(225),
        ),
        (
            Method::POST,
            format!("volume?apikey={CALLBACK_KEY}"),
            json,
            format!(r#"{{"orderid":"{id}","litre":"3,10"}}"#),
            "fuelling",
            Some(310),
        ),
        (
            Method::GET,
            format!(
                "COMPLETED?apikey={CALLBACK_KEY}&orderId={id}&litre=18.70&extendedOrderId=7&extendedDate=25.11.2026%2010:00:00&summ=1390,35"
            ),
            form,
            String::new(),
            "completed",
            Some(1870),
        ),
    ];
    for (method, path, header, body, status, dispensed) in calls {
        let answer = server.send(method, &format!("/api/order/{path}"), &[header], &body).await;
        assert_eq!(answer.status(), 200, "{path} {body}");
        let order = now(&server, &order).await;
        assert_eq!(
            (order.status.name(), order.dispensed.map(|it| it.get())),
            (status, dispensed),
            "{path} {body}"
        );
    }
}

async fn callers_without_a_key_are_refused_and_unknown_orders_not_found(server: TestServer) {
    let order = authorising(&server).await;
    let id = Reference::of(&order, 1).to_string();
    for key in ["", "apikey=", "apikey=sandbox-callback-ke", "apikey=sandbox-station-key"] {
        let answer =
            server.send(Method::GET, &format!("/api/order/accept?{key}&orderId={id}"), &[], "").await;
        assert_eq!(answer.status(), 401, "{key}");
        let body: serde_json::Value = answer.json().await.unwrap();
        assert_eq!(ErrorBody::of(&body).code, "unauthorized");
    }
    // Another order; the right number with another hash; our own id, which nobody there can know.
    let forged = format!("{}{}", &id[..35], if id.ends_with('0') { '1' } else { '0' });
    for other in ["00000000-0000-8000-8000-000000000000", &forged, &order.id.to_string()] {
        assert_eq!(server.send_callback_for(other, "completed", "litre=1").await, 404, "{other}");
    }
    assert_eq!(now(&server, &order).await, order);
}

async fn guessed_keys_are_limited_and_the_right_one_passes(server: TestServer) {
    let order = authorising(&server).await;
    let guess = async || {
        let query = format!("/api/order/accept?apikey=guess&orderId={}", Reference::of(&order, 1));
        server.send(Method::GET, &query, &[], "").await.status().as_u16()
    };
    for count in 0..12 {
        assert_eq!(guess().await, if count < 10 { 401 } else { 429 }, "{count}");
    }
    assert_eq!(server.send_callback(&order, "accept", "").await, 200, "nobody locks the station out");
    server.clock.advance(Duration::from_secs(61));
    assert_eq!(guess().await, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_station_calls_from_its_own_addresses_alone() {
    for (from, status) in [("203.0.113.0/24", 403), ("127.0.0.1, ::1", 200)] {
        let station = StationServerDouble::open().await;
        let mut variables = station.variables().to_vec();
        variables.push(("KOLONKA_TANKER_FROM", from));
        let server = TestServer::start_with(DatabaseKind::Sqlite, &variables).await;
        server.remove_delays_and_limits().await;
        let order = authorising(&server).await;
        assert_eq!(server.send_callback(&order, "accept", "").await, status, "{from}");
        let expected = if status == 200 { Status::Ready } else { Status::Authorising };
        assert_eq!(now(&server, &order).await.status, expected);
    }
}

async fn unreadable_calls_are_refused_and_change_nothing(server: TestServer) {
    let order = authorising(&server).await;
    let cases = [("volume", ""), ("volume", "litre=much"), ("volume", "litre=-1"), ("report", "litre=1")];
    for (call, fields) in cases {
        assert_eq!(server.send_callback(&order, call, fields).await, 400, "{call} {fields}");
    }
    assert_eq!(server.send_callback_for("10451", "accept", "").await, 400);
    let long = "x".repeat(20_000);
    assert_eq!(server.send_callback(&order, "canceled", &format!("reason={long}")).await, 400);
    let query =
        format!("/api/order/accept?apikey={CALLBACK_KEY}&orderId={}&x={long}", Reference::of(&order, 1));
    assert_eq!(server.send(Method::GET, &query, &[], "").await.status(), 400);
    assert_eq!(server.send(Method::PUT, "/api/order/accept", &[], "").await.status(), 405);
    assert_eq!(now(&server, &order).await, order);
}

async fn the_start_of_an_unpaid_or_ended_order_is_refused(server: TestServer) {
    let order = unpaid(&server).await;
    for call in ["accept", "fueling"] {
        assert_eq!(server.send_callback(&order, call, "").await, 409, "{call} of an unpaid order");
    }
    assert_eq!(now(&server, &order).await, order);
    let order = authorising(&server).await;
    assert_eq!(server.send_callback(&order, "accept", "").await, 200);
    assert_eq!(server.send_callback(&order, "accept", "").await, 200, "repeated");
    assert_eq!(
        server
            .send_callback(
                &order,
                "canceled",
                "reason=%D0%BD%D0%B5%D1%82+%D1%82%D0%BE%D0%BF%D0%BB%D0%B8%D0%B2%D0%B0"
            )
            .await,
        200
    );
    let ended = now(&server, &order).await;
    assert_eq!((ended.status, ended.tries()), (Status::Paid, 1), "another pump may be started");
    let view = server.order(&order.id.to_string()).await;
    assert!(view.message().contains("нет топлива"), "{view}");
    for call in ["accept", "fueling"] {
        assert_eq!(server.send_callback(&order, call, "").await, 409, "{call} of an ended release");
    }
    assert_eq!(server.send_callback(&order, "canceled", "").await, 200, "repeated");
    assert!(discrepancy_names(&now(&server, &order).await).is_empty());
}

async fn an_end_is_recorded_whenever_it_comes(server: TestServer) {
    // Before any other callback, and again, and with another volume.
    let order = authorising(&server).await;
    for _ in 0..3 {
        assert_eq!(server.send_callback(&order, "completed", "litre=18,70").await, 200);
    }
    let ended = now(&server, &order).await;
    assert_eq!((ended.status, ended.dispensed.map(|it| it.get())), (Status::Completed, Some(1870)));
    assert!(ended.discrepancies.is_empty());
    // The rest has left: nothing can be held any more.
    server.wait_until_settled(&order.id.to_string()).await;
    assert_eq!(server.send_callback(&order, "completed", "litre=20").await, 200);
    assert_eq!(discrepancy_names(&now(&server, &order).await), ["dispensed_after_end"]);
    // Yet another is another line, also when the operator has dealt with the first; the same again is none.
    let store = server.store();
    assert!(server.settle(order.number, Discrepancy::DispensedAfterEnd, "акт 12").await);
    for _ in 0..2 {
        assert_eq!(server.send_callback(&order, "completed", "litre=35").await, 200);
        assert_eq!(server.send_callback(&order, "completed", "litre=20").await, 200);
    }
    let lines = store.discrepancies(DiscrepancyFilter::All).await.unwrap().into_iter();
    let lines: Vec<_> = lines.map(|line| (line.detail, line.settled.is_some())).collect();
    // What was dealt with may come again.
    let expected = [("release 1: 20", true), ("release 1: 35", false), ("release 1: 20", false)];
    assert_eq!(lines, expected.map(|(detail, settled)| (detail.to_owned(), settled)));
    // After the station had cancelled.
    let order = authorising(&server).await;
    assert_eq!(server.send_callback(&order, "canceled", "").await, 200);
    assert_eq!(server.send_callback(&order, "completed", "litre=0").await, 200);
    assert!(discrepancy_names(&now(&server, &order).await).is_empty(), "nothing came out, as it should be");
    assert_eq!(server.send_callback(&order, "completed", "litre=5").await, 200);
    assert_eq!(discrepancy_names(&now(&server, &order).await), ["dispensed_after_end"]);
    // Unpaid.
    let order = unpaid(&server).await;
    assert_eq!(server.send_callback(&order, "completed", "litre=5").await, 200);
    assert_eq!(discrepancy_names(&now(&server, &order).await), ["dispensed_unpaid"]);
    // With a volume that is none: the operator closes it. It is one line, however often it comes.
    let order = authorising(&server).await;
    assert_eq!(server.send_callback(&order, "fueling", "").await, 200);
    for fields in ["litre=many", "", "litre=many"] {
        assert_eq!(server.send_callback(&order, "completed", fields).await, 200, "{fields}");
    }
    let open = now(&server, &order).await;
    assert_eq!((open.status, discrepancy_names(&open)), (Status::Fuelling, vec!["volume_unreadable"]));
    assert!(open.discrepancies[0].detail.ends_with("litre=many"), "{:?}", open.discrepancies);
    assert_eq!(
        server.send_callback(&order, "completed", "litre=37.41").await,
        200,
        "in the end it was found"
    );
    assert_eq!(now(&server, &order).await.final_total(), Some(order.total));
}

async fn the_meter_never_runs_backwards(server: TestServer) {
    let order = authorising(&server).await;
    for (reported, shown) in [("1", 100), ("7,5", 750), ("3", 750), ("7.50", 750), ("8", 800), ("0", 800)] {
        assert_eq!(server.send_callback(&order, "volume", &format!("litre={reported}")).await, 200);
        assert_eq!(now(&server, &order).await.dispensed.map(|it| it.get()), Some(shown), "{reported}");
    }
    // The end is the truth, also when it is less.
    assert_eq!(server.send_callback(&order, "completed", "litre=7,99").await, 200);
    assert_eq!(now(&server, &order).await.dispensed.map(|it| it.get()), Some(799));
}

async fn a_fuelling_that_the_station_interrupts_waits_for_its_end_or_for_a_person(server: TestServer) {
    let order = authorising(&server).await;
    let other = authorising(&server).await;
    for interrupted in [&order, &other] {
        assert_eq!(server.send_callback(interrupted, "volume", "litre=12,34").await, 200);
        assert_eq!(server.send_callback(interrupted, "canceled", "reason=stop").await, 200);
    }
    for call in ["accept", "fueling"] {
        assert_eq!(server.send_callback(&order, call, "").await, 409, "{call}");
    }
    server.clock.advance(Duration::from_secs(2 * 60 * 60));
    for interrupted in [&order, &other] {
        let open = now(&server, interrupted).await;
        assert_eq!((open.status, open.settlement.returns.len()), (Status::Fuelling, 0), "no clock decides");
        assert_eq!(discrepancy_names(&open), ["station_gave_up"]);
    }
    assert_eq!(server.send_callback(&order, "completed", "litre=12,50").await, 200, "a late end");
    let ended = now(&server, &order).await;
    assert_eq!((ended.status, ended.dispensed.map(|it| it.get())), (Status::Completed, Some(1250)));
    assert!(ended.hold.is_none() && ended.discrepancies.is_empty(), "{:?}", ended.discrepancies);
    let orders = &server.orders;
    let last_reading = Some(domain::quantity::Centi::new(1234));
    orders.complete.run(other.id, last_reading, None).await.unwrap();
    let ended = now(&server, &other).await;
    assert_eq!((ended.status, ended.hold), (Status::Completed, None), "a manager decides");
    assert_eq!(server.send_callback(&other, "completed", "litre=37,41").await, 200);
    assert_eq!(discrepancy_names(&now(&server, &other).await).last(), Some(&"dispensed_after_end"));
}

async fn a_cancelled_order_is_not_begun(server: TestServer) {
    let order = authorising(&server).await;
    let orders = server.orders.clone();
    let (id, by) = (order.id, domain::order::machine::Canceller::Customer);
    let canceling = tokio::spawn(async move { orders.cancel.run(id, by).await });
    until("the order is being cancelled", || async {
        let now = now(&server, &order).await;
        (now.cancellation.is_some() || now.status == Status::Canceled).then_some(())
    })
    .await;
    for call in ["accept", "fueling"] {
        assert_eq!(server.send_callback(&order, call, "").await, 409, "{call}");
    }
    assert_eq!(canceling.await.unwrap().unwrap().status, Status::Canceled);
    assert_eq!(now(&server, &order).await.settlement.returned(), order.total);
}

async fn a_database_failure_makes_the_station_repeat(server: TestServer) {
    let order = authorising(&server).await;
    let database = server::database::Database::open(&server.database_url).await.unwrap();
    sqlx::query("ALTER TABLE order_history RENAME TO history_away").execute(database.pool()).await.unwrap();
    let answered = server.send_callback(&order, "completed", "litre=37.41").await;
    sqlx::query("ALTER TABLE history_away RENAME TO order_history").execute(database.pool()).await.unwrap();
    assert_eq!(answered, 500);
    assert_eq!(now(&server, &order).await.status, Status::Authorising);
    assert_eq!(server.send_callback(&order, "completed", "litre=37.41").await, 200);
    assert_eq!(now(&server, &order).await.status, Status::Completed);
}
