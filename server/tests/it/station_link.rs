//! Links of another kind than those that exist: what orders make of what a link can do.

use std::{sync::Arc, time::Duration};

use domain::{
    money::Kopecks,
    order::{
        Discrepancy, Order, Status,
        machine::{Canceller, Effect, RefusalKind, StationReport},
        settlement::Progress,
    },
    quantity::Centi,
    refusal::{PaymentRefusal, Refusal},
};
use serde_json::json;
use server::{
    database::Database,
    queue::{EntryState, QueueEntry},
    station_link::{Capabilities, StationCallError, callbacks::CallbackReport},
};
use test_support::{CapturedLog, DatabaseKind, ErrorBody, LinkCall, LinkDouble, TestServer, draft, until};
use tokio::task::JoinHandle;

const AFTER_STATION_SILENCE: Duration = Duration::from_secs(31 * 60);
const MINUTE: Duration = Duration::from_secs(60);

/// A link that can do everything.
const ALL_CAPABILITIES: Capabilities =
    Capabilities { drives_pumps: true, asks_pumps: true, withdraws_at_once: true, measures_full_tank: true };
/// A link that reports by a callback whether a release was withdrawn.
const WITHOUT_IMMEDIATE_WITHDRAWAL: Capabilities =
    Capabilities { withdraws_at_once: false, ..ALL_CAPABILITIES };
/// A link that cannot be asked whether a pump is free.
const WITHOUT_PING: Capabilities = Capabilities { asks_pumps: false, ..ALL_CAPABILITIES };

async fn linked(capabilities: Capabilities) -> (TestServer, Arc<LinkDouble>) {
    let link = LinkDouble::new(capabilities);
    let server = TestServer::start_linked(DatabaseKind::Sqlite, link.clone()).await;
    (server, link)
}

/// Reports about the last release of an order as it is now; `false` refuses the start.
async fn report(server: &TestServer, order: &Order, report: impl Into<CallbackReport>) -> bool {
    let order = now(server, order).await;
    let release = order.releases.last().map_or(1, |release| release.number);
    server.orders.station_callback.run(&order, release, report.into()).await.unwrap()
}

/// Paid, and the station has the request.
async fn asked_for(server: &TestServer, link: &LinkDouble) -> Order {
    let id = server.place_and_pay(&draft()).await;
    until("it is asked for", || async { (link.count(LinkCall::Release) > 0).then_some(()) }).await;
    server.stored(&id).await
}

/// Paid, and the pump is released.
async fn ready(server: &TestServer, link: &LinkDouble) -> Order {
    let order = asked_for(server, link).await;
    assert!(report(server, &order, StationReport::Accepted).await);
    server.wait_until_idle().await;
    now(server, &order).await
}

async fn now(server: &TestServer, order: &Order) -> Order {
    server.stored(&order.id.to_string()).await
}

/// Cancels for a customer who waits for the answer, and waits until the station has taken the withdrawal.
async fn cancel_and_await_withdrawal(
    server: &TestServer,
    link: &LinkDouble,
    order: &Order,
) -> JoinHandle<Result<Order, Refusal>> {
    let answer = spawn_cancel(server, order, Canceller::Customer);
    wait_for_withdrawals(link, 1).await;
    answer
}

/// Cancels in a task of its own, as somebody who waits for the answer.
fn spawn_cancel(server: &TestServer, order: &Order, by: Canceller) -> JoinHandle<Result<Order, Refusal>> {
    let (orders, id) = (Arc::clone(&server.orders), order.id);
    tokio::spawn(async move { orders.cancel.run(id, by).await })
}

/// The withdrawal, once it has been put back after so many tries.
async fn waiting_withdrawal(server: &TestServer, tries: i64) -> QueueEntry {
    until("it waits", || async { waiting(server).await.filter(|row| row.attempts >= tries) }).await
}

async fn waiting(server: &TestServer) -> Option<QueueEntry> {
    let rows = server.outbox().list(server.clock.wall()).await.unwrap();
    rows.into_iter()
        .find(|row| row.name == Effect::WithdrawRelease.name() && row.state == EntryState::Waiting)
}

fn is_release_not_withdrawn(order: &Order) -> bool {
    order.discrepancy(Discrepancy::ReleaseNotWithdrawn).is_some()
}

async fn wait_for_withdrawals(link: &LinkDouble, count: usize) {
    until("it is taken", || async { (link.count(LinkCall::Withdraw) == count).then_some(()) }).await;
}

fn has_its_money_here(order: &Order) -> bool {
    order.status == Status::Ready && order.cancellation.is_some() && order.settlement.returns.is_empty()
}

/// Moves the clock until the order satisfies a condition.
async fn advance_until(
    server: &TestServer,
    order: &Order,
    what: &str,
    is_so: impl Fn(&Order) -> bool,
) -> Order {
    until(what, || async {
        server.clock.advance(MINUTE);
        Some(now(server, order).await).filter(&is_so)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawal_that_is_only_taken_moves_no_money_before_its_callback() {
    let (server, link) = linked(WITHOUT_IMMEDIATE_WITHDRAWAL).await;
    let order = ready(&server, &link).await;
    let answer = cancel_and_await_withdrawal(&server, &link, &order).await;
    server.clock.advance(MINUTE * 20);
    assert!(has_its_money_here(&now(&server, &order).await), "nothing proves that no fuel will flow");
    report(&server, &order, CallbackReport::Withdrawn).await;
    assert_eq!(answer.await.unwrap().unwrap().status, Status::Canceled);
    server.wait_until_idle().await;
    let order = now(&server, &order).await;
    assert_eq!((order.status, order.settlement.returned()), (Status::Canceled, order.total));
    assert_eq!(link.count(LinkCall::Withdraw), 1, "what is confirmed is not asked for again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pump_at_which_nothing_came_out_after_the_withdrawal_is_withdrawn() {
    for event in [
        StationReport::Dispensed(Centi::ZERO),
        StationReport::Refused { reason: String::new(), kind: RefusalKind::Callback },
    ] {
        let (server, link) = linked(WITHOUT_IMMEDIATE_WITHDRAWAL).await;
        let order = ready(&server, &link).await;
        let answer = cancel_and_await_withdrawal(&server, &link, &order).await;
        report(&server, &order, event).await;
        assert_eq!(answer.await.unwrap().unwrap().status, Status::Canceled);
        server.wait_until_idle().await;
        assert_eq!(now(&server, &order).await.settlement.returned(), order.total);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fuel_that_flows_after_the_withdrawal_was_taken_is_paid_for() {
    let (server, link) = linked(WITHOUT_IMMEDIATE_WITHDRAWAL).await;
    let order = ready(&server, &link).await;
    let answer = cancel_and_await_withdrawal(&server, &link, &order).await;
    assert!(!report(&server, &order, StationReport::FuellingStarted).await, "there is still time to stop");
    report(&server, &order, StationReport::Volume(Centi::new(900))).await;
    let refused = answer.await.unwrap().unwrap_err();
    assert!(matches!(refused, Refusal::Payment(PaymentRefusal::NotCancelable)), "{refused:?}");
    let flowing = now(&server, &order).await;
    assert_eq!((flowing.status, flowing.cancellation), (Status::Fuelling, None));
    report(&server, &order, StationReport::Dispensed(Centi::new(1_870))).await;
    server.wait_until_idle().await;
    let done = now(&server, &order).await;
    assert_eq!((done.status, done.is_shipped()), (Status::Completed, true));
    let kept = done.final_total().unwrap();
    assert!(
        kept > Kopecks::ZERO && done.settlement.returned() == done.total.minus_at_least_zero(kept),
        "the rest is returned"
    );
    assert_eq!((link.count(LinkCall::Withdraw), link.count(LinkCall::ReportEnd)), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawal_that_is_refused_by_a_callback_leaves_the_order_ready() {
    let (server, link) = linked(WITHOUT_IMMEDIATE_WITHDRAWAL).await;
    let order = ready(&server, &link).await;
    let answer = cancel_and_await_withdrawal(&server, &link, &order).await;
    report(&server, &order, CallbackReport::WithdrawalRefused).await;
    let refused = answer.await.unwrap().unwrap_err();
    assert!(matches!(refused, Refusal::Payment(PaymentRefusal::NotCancelable)), "{refused:?}");
    server.wait_until_idle().await;
    let order = now(&server, &order).await;
    assert_eq!((order.status, order.cancellation, order.settlement.returns.len()), (Status::Ready, None, 0));
    assert!(report(&server, &order, StationReport::FuellingStarted).await);
}

/// Whoever has cancelled: the nozzle may still be lifted.
#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawal_whose_callback_never_comes_keeps_the_money_until_it_is_certain() {
    let (server, link) = linked(WITHOUT_IMMEDIATE_WITHDRAWAL).await;
    let order = ready(&server, &link).await;
    let _answer = cancel_and_await_withdrawal(&server, &link, &order).await;
    server.clock.advance(MINUTE * 29);
    let silent = now(&server, &order).await;
    assert!(has_its_money_here(&silent) && !is_release_not_withdrawn(&silent));
    let listed = advance_until(&server, &order, "an operator reads of it", is_release_not_withdrawn).await;
    assert!(has_its_money_here(&listed), "the money waits");
    server.clock.advance(MINUTE * 60);
    assert!(has_its_money_here(&now(&server, &order).await), "and goes on waiting");
    report(&server, &order, CallbackReport::Withdrawn).await;
    server.wait_until_idle().await;
    let order = now(&server, &order).await;
    assert_eq!((order.status, order.settlement.returned()), (Status::Canceled, order.total));
    assert_eq!(link.count(LinkCall::Withdraw), 1, "it was taken");
}

/// No customer waits for the money of a lapsed release, and the nozzle may still be lifted.
#[tokio::test(flavor = "multi_thread")]
async fn a_lapsed_release_whose_callback_never_comes_keeps_the_money_until_it_is_certain() {
    let (server, link) = linked(WITHOUT_IMMEDIATE_WITHDRAWAL).await;
    let order = ready(&server, &link).await;
    server.clock.advance(AFTER_STATION_SILENCE);
    wait_for_withdrawals(&link, 1).await;
    assert!(has_its_money_here(&now(&server, &order).await));
    let listed = advance_until(&server, &order, "an operator reads of it", is_release_not_withdrawn).await;
    assert!(has_its_money_here(&listed), "the money waits");
    report(&server, &order, CallbackReport::Withdrawn).await;
    server.wait_until_idle().await;
    let order = now(&server, &order).await;
    assert_eq!((order.status, order.settlement.returns.len()), (Status::Paid, 0), "it may be started again");
    assert_eq!(link.count(LinkCall::Withdraw), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_after_a_lapsed_release_asks_the_station_again() {
    let (server, link) = linked(WITHOUT_IMMEDIATE_WITHDRAWAL).await;
    let order = ready(&server, &link).await;
    server.clock.advance(AFTER_STATION_SILENCE);
    wait_for_withdrawals(&link, 1).await;
    // The try has ended: a cancellation during it would be served by its answer.
    let _ = waiting_withdrawal(&server, 1).await;
    let _answer = spawn_cancel(&server, &order, Canceller::Customer);
    until("it is asked again", || async {
        server.clock.advance(Duration::from_secs(5));
        (link.count(LinkCall::Withdraw) >= 2).then_some(())
    })
    .await;
    assert!(has_its_money_here(&now(&server, &order).await));
    report(&server, &order, CallbackReport::Withdrawn).await;
    server.wait_until_idle().await;
    let order = now(&server, &order).await;
    assert_eq!((order.status, order.settlement.returned()), (Status::Canceled, order.total));
    let asked = link.count(LinkCall::Withdraw);
    server.clock.advance(AFTER_STATION_SILENCE);
    server.wait_until_idle().await;
    assert_eq!(link.count(LinkCall::Withdraw), asked, "what has ended is not asked for once more");
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_after_a_given_up_withdrawal_asks_the_station_again() {
    for by in [Canceller::Customer, Canceller::Operator] {
        let (server, link) = linked(WITHOUT_IMMEDIATE_WITHDRAWAL).await;
        let order = ready(&server, &link).await;
        server.clock.advance(AFTER_STATION_SILENCE);
        let _ = waiting_withdrawal(&server, 1).await;
        // As after a day without an answer.
        let database = Database::open(&server.database_url).await.unwrap();
        sqlx::query("UPDATE outbox SET state = 'dead'").execute(database.pool()).await.unwrap();
        let _answer = spawn_cancel(&server, &order, by);
        wait_for_withdrawals(&link, 2).await;
        assert!(has_its_money_here(&now(&server, &order).await), "{by:?}");
        report(&server, &order, CallbackReport::Withdrawn).await;
        let order = now(&server, &order).await;
        assert_eq!((order.status, order.settlement.returned()), (Status::Canceled, order.total), "{by:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_that_overtakes_the_answer_to_the_withdrawal_does_not_delay_the_refund() {
    let (server, link) = linked(WITHOUT_IMMEDIATE_WITHDRAWAL).await;
    let order = ready(&server, &link).await;
    let unanswered = link.hold_withdrawal_answers().await;
    let _answer = cancel_and_await_withdrawal(&server, &link, &order).await;
    report(&server, &order, CallbackReport::Withdrawn).await;
    drop(unanswered);
    // The business clock does not move: whatever is put off stays.
    server.wait_until_idle().await;
    assert!(now(&server, &order).await.settlement.returns.iter().all(|back| back.state == Progress::Done));
}

/// What the earlier link has taken, the present one has not.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_withdraws_at_once_is_asked_for_what_another_link_has_only_taken() {
    let (server, link) = linked(WITHOUT_IMMEDIATE_WITHDRAWAL).await;
    let order = ready(&server, &link).await;
    let _answer = cancel_and_await_withdrawal(&server, &link, &order).await;
    let _ = waiting_withdrawal(&server, 1).await;
    link.change_to(ALL_CAPABILITIES);
    server.clock.advance(MINUTE * 2);
    wait_for_withdrawals(&link, 2).await;
    server.wait_until_idle().await;
    let order = now(&server, &order).await;
    assert_eq!((order.status, order.settlement.returned()), (Status::Canceled, order.total));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelling_operator_waits_no_longer_for_the_next_try_than_a_customer() {
    for by in [Canceller::Customer, Canceller::Operator] {
        let (server, link) = linked(ALL_CAPABILITIES).await;
        let order = ready(&server, &link).await;
        for _ in 0..8 {
            link.fail(LinkCall::Withdraw, StationCallError::Silent);
        }
        let _answer = spawn_cancel(&server, &order, by);
        let pause = until("the fifth try", || async {
            let row = waiting(&server).await?;
            if row.attempts < 5 {
                server.advance_to_next_effect().await;
                return None;
            }
            Some(row.due_at - server.clock.now())
        })
        .await;
        assert!(pause <= Duration::from_secs(7), "{by:?}: {pause}");
    }
}

/// Waiting for a callback is no failure: the log would be full of warnings that mean nothing.
#[tokio::test]
async fn a_wait_for_a_callback_is_not_logged_as_a_failed_try() {
    let (log, _guard) = CapturedLog::start("off,server=warn");
    let (server, link) = linked(WITHOUT_IMMEDIATE_WITHDRAWAL).await;
    let order = ready(&server, &link).await;
    let _answer = cancel_and_await_withdrawal(&server, &link, &order).await;
    let _ = waiting_withdrawal(&server, 1).await;
    server.clock.advance(MINUTE * 2);
    let row = waiting_withdrawal(&server, 2).await;
    assert!(row.last_error.is_some_and(|error| error.contains("reports nothing")), "an operator reads why");
    let lines = log.take_lines();
    assert!(!lines.iter().any(|line| line.contains("a try failed")), "{lines:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_station_whose_pumps_cannot_be_asked_is_sold_at_and_released() {
    let (server, link) = linked(WITHOUT_PING).await;
    let order = ready(&server, &link).await;
    assert_eq!(order.status, Status::Ready);
    assert!(report(&server, &order, StationReport::FuellingStarted).await);
    report(&server, &order, StationReport::Dispensed(Centi::new(3_741))).await;
    server.wait_until_idle().await;
    let done = now(&server, &order).await;
    assert_eq!((done.status, done.is_shipped(), done.settlement.returns.len()), (Status::Completed, true, 0));
    assert_eq!((link.count(LinkCall::Ping), link.count(LinkCall::Release)), (0, 1));
}

/// Without a ping nobody knows whether the pump is free: a release of unknown outcome is not sent again.
#[tokio::test(flavor = "multi_thread")]
async fn a_release_without_an_answer_is_not_repeated_where_pumps_cannot_be_asked() {
    let (server, link) = linked(WITHOUT_PING).await;
    link.fail(LinkCall::Release, StationCallError::Silent);
    link.fail(LinkCall::Release, StationCallError::Silent);
    let accepted = asked_for(&server, &link).await;
    server.clock.advance(MINUTE * 2);
    server.wait_until_idle().await;
    assert_eq!(link.count(LinkCall::Release), 1, "the pump might be released twice");
    assert!(report(&server, &accepted, StationReport::Accepted).await, "it had come there");
    server.wait_until_idle().await;
    assert_eq!((link.count(LinkCall::Release), link.count(LinkCall::Ping)), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_tank_is_sold_only_where_what_it_took_is_measured() {
    let mut full = draft();
    full["fuel"]["by"] = json!("full_tank");
    for measures in [false, true] {
        let (server, _link) = linked(Capabilities { measures_full_tank: measures, ..ALL_CAPABILITIES }).await;
        let (_, station) = server.post("/api/stations/get", &json!({ "id": "sever-12" })).await;
        assert_eq!(station["full_tank"] == json!(true), measures, "{station}");
        let (status, answer) = server.try_place(&full).await;
        if measures {
            assert_eq!(status, 200, "{answer}");
        } else {
            assert_eq!((status, ErrorBody::of(&answer).code), (400, "bad_request"), "{answer}");
            assert_eq!(server.count_orders().await, 0);
        }
    }
}
