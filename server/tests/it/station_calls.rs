//! Calls to the station side: what is pushed, when again, and when never again.

use std::time::Duration;

use domain::{
    id::OrderId,
    order::{Discrepancy, Order, Status},
};
use serde_json::json;
use server::station_link::tanker_push::Reference;

use test_support::{Answer, DatabaseKind, StationSide, TestServer, draft, until};

/// What was sent may still be carried out for so long.
const MINUTE: Duration = Duration::from_secs(61);

async fn started() -> (TestServer, StationSide) {
    let station = StationSide::open().await;
    let server = TestServer::start_with(DatabaseKind::Sqlite, &station.variables()).await;
    server.quicken().await;
    (server, station)
}

async fn paid(server: &TestServer) -> String {
    let placed = server.placed(&draft()).await;
    server.pay(placed["payment_url"].as_str().unwrap()).await;
    placed["order_id"].as_str().unwrap().to_owned()
}

async fn stored(server: &TestServer, id: &str) -> Order {
    server.store().get(OrderId::parse(id).unwrap()).await.unwrap().unwrap()
}

async fn pushed(station: &StationSide, count: usize) {
    until(&format!("{count} pushes"), || async { (station.pushed().len() >= count).then_some(()) }).await;
}

/// Nothing waits to be done.
async fn at_rest(server: &TestServer) {
    until("the outbox is empty", || async {
        let depth = server.outbox().depth(server.clock.now(), server.clock.wall()).await.unwrap();
        (depth.waiting == 0 && depth.dead == 0).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paid_order_is_pushed_once_and_its_end_once() {
    let (server, station) = started().await;
    let id = paid(&server).await;
    server.until_status(&id, "authorising").await;
    pushed(&station, 1).await;
    let order = stored(&server, &id).await;
    for (call, fields) in
        [("accept", ""), ("fueling", ""), ("volume", "litre=9"), ("completed", "litre=18,70")]
    {
        assert_eq!(server.said(&order, call, fields).await, 200, "{call}");
    }
    at_rest(&server).await;
    let [created, completed] = &station.pushed()[..] else { panic!("{:?}", station.statuses()) };
    assert_eq!(created.query, "apikey=sandbox-station-key");
    assert_eq!(created.system_key.as_deref(), Some("our-system-key"));
    let reference = Reference::of(&order).to_string();
    let expected = json!({
        "Id": reference, "OrderType": "Liters", "StationId": "sever-12", "ColumnId": 4, "FuelId": "diesel_winter",
        "Status": "OrderCreated", "ContractId": "Corporation",
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(created.body[name], *value, "{name}");
    }
    for (name, digits) in [
        ("Litre", "37.41"),
        ("OrderVolume", "37.41"),
        ("PriceFuel", "74.35"),
        ("Sum", "2781.43"),
        ("SumPaid", "2781.43"),
    ] {
        assert_eq!(created.body[name].to_string(), digits, "{name}");
    }
    assert!(!created.body.to_string().contains(&id), "the secret id stays here");
    assert_eq!((&completed.body["Status"], &completed.body["Id"]), (&json!("Completed"), &json!(reference)));
    assert_eq!(completed.body["LitreCompleted"].to_string(), "18.7");
    assert_eq!(completed.body["SumPaidCompleted"].to_string(), "1390.35");
    assert_eq!(station.pings().len(), 3, "before the payment screen, at the payment, before the release");
    assert_eq!(station.pings()[0], "apikey=sandbox-station-key&stationId=sever-12&columnId=4");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_told_in_the_stations_words_and_the_money_goes_back() {
    let (server, station) = started().await;
    let refusals = [
        (404, r#"{"Message":"колонка снята с линии"}"#, "колонка снята с линии"),
        (402, "цена изменилась", "цена изменилась"),
        (400, "<html>Bad Request</html>", "не смогла отпустить топливо"),
    ];
    for (status, words, told) in refusals {
        station.will(&[Answer::Status(status, words)]);
        let id = paid(&server).await;
        let view = server.until_status(&id, "unavailable").await;
        let message = view["message"].as_str().unwrap();
        assert!(message.contains(told) && message.contains("Инвойсбокс вернёт"), "{message}");
        assert_eq!(view["refund_kopecks"], view["total_kopecks"]);
        at_rest(&server).await;
    }
    assert_eq!(station.statuses(), ["OrderCreated", "StationCanceled"].repeat(3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pump_that_is_taken_right_before_the_release_is_not_asked_for() {
    let (server, station) = started().await;
    let placed = server.placed(&draft()).await;
    station.ping_says(Some(Answer::Status(404, "")));
    server.pay(placed["payment_url"].as_str().unwrap()).await;
    let view = server.until_status(placed["order_id"].as_str().unwrap(), "unavailable").await;
    assert!(view["message"].as_str().unwrap().contains("колонка занята или отключена"), "{view}");
    assert!(station.pushed().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_station_that_is_silent_before_the_release_is_asked_again_and_the_customer_may_go() {
    let (server, station) = started().await;
    let placed = server.placed(&draft()).await;
    let (id, url) = (placed["order_id"].as_str().unwrap(), placed["payment_url"].as_str().unwrap());
    station.ping_says(Some(Answer::Status(500, "")));
    server.pay(url).await;
    server.until_status(id, "paid").await;
    until("it is asked again", || async {
        server.clock.advance(Duration::from_secs(1));
        (station.pings().len() > 3).then_some(())
    })
    .await;
    assert!(station.pushed().is_empty(), "nothing is released at a station that does not answer");
    station.ping_says(None);
    until("it is asked", || async {
        server.clock.advance(Duration::from_secs(1));
        (stored(&server, id).await.status == Status::Authorising).then_some(())
    })
    .await;
    pushed(&station, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_not_taken_prove_that_nothing_was_released() {
    let (server, station) = started().await;
    station.will(&[Answer::Status(401, "неверный ключ")]);
    let id = paid(&server).await;
    server.until_status(&id, "authorising").await;
    pushed(&station, 1).await;
    until("it is sent again, without a minute's wait", || async {
        server.clock.advance(Duration::from_millis(100));
        (station.pushed().len() == 2).then_some(())
    })
    .await;
    let pushed = station.pushed();
    assert_eq!(pushed[0].body["Id"], pushed[1].body["Id"]);
}

/// The answer is lost, in each of the ways in which one can be.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_waited_out_and_the_stations_word_ends_the_doubt() {
    let (server, station) = started().await;
    for lost in
        [Answer::Hangs, Answer::Status(500, ""), Answer::Status(503, "later"), Answer::Status(408, "")]
    {
        let before = station.pushed().len();
        station.will(std::slice::from_ref(&lost));
        let id = paid(&server).await;
        server.until_status(&id, "authorising").await;
        pushed(&station, before + 1).await;
        // The pump is taken: by this order.
        station.ping_says(Some(Answer::Status(404, "колонка занята")));
        let asked = station.pings().len();
        until("the minute is over and the pump was asked", || async {
            server.clock.advance(Duration::from_secs(5));
            (station.pings().len() > asked).then_some(())
        })
        .await;
        let order = stored(&server, &id).await;
        assert_eq!(server.said(&order, "accept", "").await, 200, "{lost:?}");
        assert_eq!(server.said(&order, "completed", "litre=37.41").await, 200, "{lost:?}");
        station.ping_says(None);
        until("all is done", || async {
            server.clock.advance(Duration::from_secs(5));
            (station.pushed().len() >= before + 2).then_some(())
        })
        .await;
        assert_eq!(station.statuses()[before..], ["OrderCreated", "Completed"], "{lost:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_never_came_is_sent_again_under_its_id_after_the_pump_was_asked() {
    let (server, station) = started().await;
    station.will(&[Answer::Hangs]);
    let id = paid(&server).await;
    server.until_status(&id, "authorising").await;
    pushed(&station, 1).await;
    let asked = station.pings().len();
    until("the doubt is written down", || async {
        let waiting = server.outbox().list(server.clock.wall()).await.unwrap();
        let doubt =
            |error: &Option<String>| error.as_deref().is_some_and(|it| it.contains("does not answer"));
        waiting.iter().any(|entry| doubt(&entry.last_error)).then_some(())
    })
    .await;
    assert_eq!(station.pushed().len(), 1, "not before the minute is over");
    server.clock.advance(MINUTE);
    pushed(&station, 2).await;
    assert_eq!(station.pings().len(), asked + 1);
    let pushed = station.pushed();
    assert_eq!(pushed[0].body, pushed[1].body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_after_a_lost_answer_may_mean_the_first_request_and_moves_no_money() {
    let (server, station) = started().await;
    for refusal in [Answer::Status(409, "заказ уже принят"), Answer::Status(404, "колонка занята")]
    {
        let before = station.pushed().len();
        // That one try in between did not arrive does not make the first one certain.
        station.will(&[Answer::Hangs, Answer::Status(401, ""), refusal.clone()]);
        let id = paid(&server).await;
        server.until_status(&id, "authorising").await;
        until("all three were answered", || async {
            server.clock.advance(Duration::from_secs(5));
            let waiting = server.outbox().list(server.clock.wall()).await.unwrap();
            let doubt = |error: &Option<String>| error.as_deref().is_some_and(|it| it.contains("refused"));
            waiting.iter().any(|entry| doubt(&entry.last_error)).then_some(())
        })
        .await;
        let order = stored(&server, &id).await;
        assert_eq!((order.status, order.settlement.returns.len()), (Status::Authorising, 0), "{refusal:?}");
        assert_eq!(station.statuses()[before..], ["OrderCreated"; 3], "{refusal:?}");
        assert_eq!(server.said(&order, "accept", "").await, 200, "{refusal:?}");
        assert_eq!(server.said(&order, "completed", "litre=37.41").await, 200, "{refusal:?}");
        at_rest(&server).await;
        assert_eq!(station.statuses()[before + 3..], ["Completed"], "{refusal:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_may_still_come_is_called_off_when_it_cannot_any_more() {
    let (server, station) = started().await;
    station.will(&[Answer::Hangs, Answer::Status(404, "нет такого заказа")]);
    let id = paid(&server).await;
    server.until_status(&id, "authorising").await;
    pushed(&station, 1).await;
    let (orders, order) = (server.orders.clone(), OrderId::parse(&id).unwrap());
    let by = domain::order::machine::Canceller::Customer;
    let canceling = tokio::spawn(async move { orders.cancel.run(order, by).await });
    until("the station was asked to call off", || async {
        server.clock.advance(Duration::from_millis(100));
        station.statuses().iter().any(|status| status == "UserCanceled").then_some(())
    })
    .await;
    let open = stored(&server, &id).await;
    assert!(
        open.calling_off.is_some() && open.settlement.returns.is_empty(),
        "no money before it is certain"
    );
    station.will(&[Answer::Status(404, "нет такого заказа")]);
    server.clock.advance(MINUTE);
    let view = server.until_status(&id, "canceled").await;
    assert_eq!(view["refund_kopecks"], view["total_kopecks"]);
    canceling.await.unwrap().unwrap();
    assert_eq!(station.statuses().iter().filter(|status| *status == "OrderCreated").count(), 1);
    assert_eq!(server.said(&open, "accept", "").await, 409, "should it come after all");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_station_that_says_nothing_for_half_an_hour_hears_that_the_order_lapsed() {
    let (server, station) = started().await;
    let id = paid(&server).await;
    server.until_status(&id, "authorising").await;
    pushed(&station, 1).await;
    server.clock.advance(Duration::from_secs(31 * 60));
    let view = server.until_status(&id, "unavailable").await;
    assert!(view["message"].as_str().unwrap().contains("АЗС не ответила"), "{view}");
    pushed(&station, 2).await;
    at_rest(&server).await;
    assert_eq!(station.statuses(), ["OrderCreated", "Expire"]);
    let order = stored(&server, &id).await;
    assert_eq!(order.settlement.returned(), order.total);
}

/// Paid, and the pump is released.
async fn ready(server: &TestServer) -> Order {
    let id = paid(server).await;
    server.until_status(&id, "authorising").await;
    let order = stored(server, &id).await;
    assert_eq!(server.said(&order, "accept", "").await, 200);
    at_rest(server).await;
    order
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_of_which_nothing_is_heard_is_taken_back_and_then_the_money_goes_back() {
    let (server, station) = started().await;
    let order = ready(&server).await;
    server.clock.advance(Duration::from_secs(31 * 60));
    let view = server.until_status(&order.id.to_string(), "canceled").await;
    assert_eq!(view["refund_kopecks"], view["total_kopecks"]);
    assert!(view["message"].as_str().unwrap().starts_with("Налив не начался за полчаса"), "{view}");
    at_rest(&server).await;
    assert_eq!(station.statuses(), ["OrderCreated", "Expire"]);
    assert_eq!(station.pushed()[1].body["Reason"], "налив не начат");
    assert_eq!(server.said(&order, "fueling", "").await, 409);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_stands_keeps_the_money_and_is_told_once() {
    let (server, station) = started().await;
    let order = ready(&server).await;
    let id = order.id.to_string();
    station.will(&[Answer::Status(400, "идёт налив")]);
    server.clock.advance(Duration::from_secs(31 * 60));
    let stands = async || {
        let order = stored(&server, &id).await;
        order.discrepancy(Discrepancy::ReleaseStands).is_some().then_some(order)
    };
    let open = until("it is noted", &stands).await;
    assert_eq!((open.status, open.calling_off, open.settlement.returns.len()), (Status::Ready, None, 0));
    let other = ready(&server).await;
    server.clock.advance(Duration::from_secs(31 * 60));
    // The clock has been looked at: the other release has lapsed.
    server.until_status(&other.id.to_string(), "canceled").await;
    let [first, second] = [&order, &other].map(|order| Reference::of(order).to_string());
    let pushed: Vec<String> =
        station.pushed().iter().map(|came| came.body["Id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(pushed, [&*first, &*first, &*second, &*second], "asked once");
    assert_eq!(server.said(&order, "fueling", "").await, 200, "it was right");
    // The same of a station that is silent, until it answers.
    let order = ready(&server).await;
    let id = order.id.to_string();
    station.will(&vec![Answer::Status(500, ""); 7]);
    server.clock.advance(Duration::from_secs(31 * 60));
    let stands = async || {
        server.clock.advance(Duration::from_secs(20));
        let order = stored(&server, &id).await;
        order.discrepancy(Discrepancy::ReleaseStands).is_some().then_some(order)
    };
    let open = until("it is noted, too", &stands).await;
    assert!(
        open.settlement.returns.is_empty() && open.calling_off.is_some(),
        "no money before it is certain"
    );
    until("it is taken back in the end", || async {
        server.clock.advance(Duration::from_secs(60));
        let order = stored(&server, &id).await;
        (order.status == Status::Canceled && order.settlement.returned() == order.total).then_some(())
    })
    .await;
}

/// The end is told again until the station hears it, and neither shipment nor refund wait for that.
#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_is_not_heard_is_told_again_and_holds_nothing_up() {
    let (server, station) = started().await;
    let id = paid(&server).await;
    server.until_status(&id, "authorising").await;
    pushed(&station, 1).await;
    station.will(&[Answer::Status(500, ""), Answer::Status(500, "")]);
    let order = stored(&server, &id).await;
    assert_eq!(server.said(&order, "completed", "litre=18,70").await, 200);
    until("shipped and refunded", || async {
        let order = stored(&server, &id).await;
        (order.is_shipped() && order.settlement.under_way().count() == 0).then_some(())
    })
    .await;
    until("the end is heard", || async {
        server.clock.advance(Duration::from_secs(1));
        (station.pushed().len() == 4).then_some(())
    })
    .await;
    at_rest(&server).await;
    assert_eq!(station.statuses()[1..], ["Completed", "Completed", "Completed"]);
}

/// More orders than a lane once had places for all stations together.
const WAITING: usize = 34;

#[tokio::test(flavor = "multi_thread")]
async fn a_station_that_does_not_answer_delays_no_other_station() {
    let station = StationSide::open().await;
    let mut variables = station.variables().to_vec();
    variables.push(("KOLONKA_TANKER_TIMEOUT_S", "30"));
    let server = TestServer::start_with(DatabaseKind::Sqlite, &variables).await;
    server.quicken().await;
    station.will(&vec![Answer::Hangs; WAITING * 2]);
    let waiting = futures::future::join_all((0..WAITING).map(|_| paid(&server))).await;
    pushed(&station, 2).await;
    let mut elsewhere = draft();
    elsewhere["station_id"] = json!("sever-1");
    elsewhere["pump"] = json!(1);
    elsewhere["fuel"] = json!({ "id": "a95", "by": "volume", "volume_centi": 3000, "amount_kopecks": null });
    elsewhere["expected_total_kopecks"] = json!(214_650);
    let placed = server.placed(&elsewhere).await;
    server.pay(placed["payment_url"].as_str().unwrap()).await;
    let paid_at = std::time::Instant::now();
    let asked_at =
        |name: &str| station.pushed().iter().filter(|came| came.body["StationId"] == *name).count();
    until("the other station is asked", || async { (asked_at("sever-1") == 1).then_some(()) }).await;
    // The silent calls are at work for half a minute.
    assert!(paid_at.elapsed() < Duration::from_secs(10), "{:?}", paid_at.elapsed());
    assert_eq!(asked_at("sever-12"), 2, "the silent station has two places");
    let mut still = 0;
    for id in &waiting {
        still += usize::from(stored(&server, id).await.status == Status::Paid);
    }
    assert_eq!(still, WAITING - 2, "the others wait for a place of their station");
}
