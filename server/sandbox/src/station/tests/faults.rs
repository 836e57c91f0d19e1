//! What each fault makes of a release, up to its end.

use serde_json::json;

use super::{FIRST, OTHER, OrderPhase, SECOND, StationFixture};

/// Fault, status of the answer, what the partner is told, the phase in the end, times and volume of fuel.
type ExpectedRun = (&'static str, u16, &'static [&'static str], OrderPhase, u32, i64);

const RUNS: [ExpectedRun; 15] = [
    ("none", 200, &["accept", "fueling", "volume", "completed 12,00"], OrderPhase::Completed, 1, 1200),
    ("answer_lost", 500, &["accept", "fueling", "volume", "completed 12,00"], OrderPhase::Completed, 1, 1200),
    ("answer_503", 503, &["accept", "fueling", "volume", "completed 12,00"], OrderPhase::Completed, 1, 1200),
    (
        "answer_hangs",
        504,
        &["accept", "fueling", "volume", "completed 12,00"],
        OrderPhase::Completed,
        1,
        1200,
    ),
    ("late", 200, &["accept", "fueling", "volume", "completed 12,00"], OrderPhase::Completed, 1, 1200),
    ("refuse", 200, &["canceled"], OrderPhase::Canceled, 0, 0),
    ("cancel_before_fuel", 200, &["accept", "canceled"], OrderPhase::Canceled, 0, 0),
    ("partial", 200, &["accept", "fueling", "volume", "completed 6,00"], OrderPhase::Completed, 1, 600),
    ("zero", 200, &["accept", "completed 0,00"], OrderPhase::Completed, 1, 0),
    ("cancel_after_fuel", 200, &["accept", "fueling", "volume", "canceled"], OrderPhase::Canceled, 1, 600),
    (
        "completed_after_cancel",
        200,
        &["accept", "fueling", "volume", "canceled", "completed 12,00"],
        OrderPhase::Completed,
        1,
        1200,
    ),
    (
        "zero_after_meter",
        200,
        &["accept", "fueling", "volume", "completed 0,00"],
        OrderPhase::Completed,
        1,
        1200,
    ),
    (
        "volume_unreadable",
        200,
        &["accept", "fueling", "volume", "completed --,--"],
        OrderPhase::Completed,
        1,
        1200,
    ),
    (
        "fuel_after_cancel",
        200,
        &["accept", "canceled", "volume", "completed 12,00"],
        OrderPhase::Completed,
        1,
        1200,
    ),
    (
        "duplicate",
        200,
        &["accept", "accept", "fueling", "fueling", "volume", "completed 12,00", "completed 12,00"],
        OrderPhase::Completed,
        1,
        1200,
    ),
];

#[tokio::test]
async fn each_fault_comes_to_its_end_and_strikes_one_release() {
    for (fault, status, told, phase, released, dispensed) in RUNS {
        let station = StationFixture::new().await;
        station.fail_once(fault);
        assert_eq!(station.release(FIRST).await, status, "{fault}");
        station.until_told(FIRST, told).await;
        station.until_phase(FIRST, phase).await;
        let order = station.find(FIRST).unwrap();
        assert_eq!((order.released, order.dispensed.get()), (released, dispensed), "{fault}");
        assert_eq!(station.release(OTHER).await, 200, "{fault}");
        station.until_told(OTHER, RUNS[0].2).await;
        assert_eq!(station.told(FIRST), told, "{fault}");
    }
}

#[tokio::test]
async fn a_taken_release_may_stay_without_a_word() {
    for (fault, told) in [("release_silent", &[][..]), ("nozzle_not_lifted", &["accept"])] {
        let station = StationFixture::new().await;
        station.fail_once(fault);
        assert_eq!(station.release(FIRST).await, 200, "{fault}");
        station.until_told(FIRST, told).await;
        station.assert_nothing_more_is_told(FIRST).await;
        assert_eq!(station.ping(4).await, 404, "the pump is reserved: {fault}");
        assert_eq!([station.withdraw(FIRST).await, station.ping(4).await], [200, 200], "{fault}");
        station.assert_nothing_more_is_told(FIRST).await;
    }
}

/// Fuel under a release that the station has cancelled itself comes when a test wants it.
#[tokio::test]
async fn late_fuel_waits_where_it_is_held_and_the_pump_is_free_meanwhile() {
    let station = StationFixture::new().await;
    station.control(json!({ "fault": "fuel_after_cancel", "once": true, "hold": "ended" }));
    station.release(FIRST).await;
    station.until_told(FIRST, &["accept", "canceled"]).await;
    station.assert_nothing_more_is_told(FIRST).await;
    assert_eq!([station.ping(4).await, station.release(SECOND).await], [200, 200]);
    station.until_told(SECOND, RUNS[0].2).await;
    station.control(json!({ "hold": "none" }));
    station.until_told(FIRST, &["accept", "canceled", "volume", "completed 12,00"]).await;
}

#[tokio::test]
async fn a_ping_is_refused_at_one_pump_and_for_as_long_as_asked() {
    let station = StationFixture::new().await;
    station.control(json!({ "fault": "ping_refused", "station": "sever-12", "pump": 4 }));
    assert_eq!([station.ping(4).await, station.ping(4).await, station.ping(5).await], [404, 404, 200]);
    assert_eq!(station.release(FIRST).await, 200, "only pings are refused");
    station.control(json!({ "fault": "none" }));
    station.control(json!({ "fault": "ping_refused", "once": true, "station": "sever-12", "pump": 5 }));
    assert_eq!([station.ping(3).await, station.ping(5).await, station.ping(5).await], [200, 404, 200]);
}

#[tokio::test]
async fn a_silent_station_takes_nothing_and_one_that_answers_pings_may_take_none_either() {
    let station = StationFixture::new().await;
    station.control(json!({ "fault": "silence" }));
    assert_eq!([station.ping(4).await, station.release(FIRST).await], [504, 504]);
    station.control(json!({ "fault": "release_hangs" }));
    assert_eq!([station.ping(4).await, station.release(FIRST).await], [200, 504]);
    assert!(station.find(FIRST).is_none());
}

#[tokio::test]
async fn the_reason_of_a_refusal_is_the_usual_one_or_the_one_that_was_set() {
    let station = StationFixture::new().await;
    station.control(json!({ "fault": "release_refused" }));
    let reason = async || station.push(FIRST, 4, "OrderCreated").await.1;
    assert_eq!(reason().await, "колонка снята с линии");
    station.control(json!({ "reason": "нет 95-го" }));
    assert_eq!(reason().await, "нет 95-го");
    station.control(json!({ "fault": "refuse" }));
    station.release(SECOND).await;
    station.until_told(SECOND, &["canceled"]).await;
    assert_eq!(station.received(SECOND)[0].field("reason"), "нет 95-го");
    station.control(json!({ "fault": "release_refused", "reason": "" }));
    assert_eq!(reason().await, "колонка снята с линии");
}

#[tokio::test]
async fn a_callback_is_sent_on_request_under_any_id() {
    let station = StationFixture::new().await;
    let send = |callback| station.control(json!({ "callback": callback }));
    send(json!({ "id": OTHER, "call": "completed", "litre": "7,5" }));
    station.until_told(OTHER, &["completed 7,5"]).await;
    station.fail_once("refuse");
    station.release(FIRST).await;
    station.until_told(FIRST, &["canceled"]).await;
    send(json!({ "id": FIRST, "call": "fueling" }));
    station.until_told(FIRST, &["canceled", "fueling"]).await;
    let recorded = station.find(FIRST).unwrap().calls;
    assert_eq!(recorded.last().map(|call| call.message.as_str()), Some("fueling"));
    for (wrong, problem) in [
        (json!({ "id": FIRST, "call": "volume" }), "`volume` needs `litre`"),
        (json!({ "id": FIRST, "call": "stop" }), "unknown call `stop`"),
    ] {
        let request = serde_json::from_value(json!({ "callback": wrong })).unwrap();
        let refusal = station.station.control(request).unwrap_err();
        assert!(refusal.starts_with(problem), "{refusal}");
    }
}
