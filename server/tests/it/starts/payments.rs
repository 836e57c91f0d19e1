//! A start long after the payment: Invoicebox is read first, and only money that is there releases a pump.

use std::time::Duration;

use domain::order::{Discrepancy, Order, StartReason, Status, settlement::Payment};
use serde_json::json;
use test_support::{
    DRAFT_TOTAL_KOPECKS, DatabaseKind, InvoiceboxDouble, StationServerAnswer, StationServerDouble,
    TestServer, draft_to_start, until,
};

use super::{count_releases, paid_order, start, wait_for_another_start};

/// Age of a payment that is not believed without a look.
const OLD: Duration = Duration::from_secs(11 * 60);

/// An order that was paid eleven minutes ago.
async fn paid_long_ago(server: &TestServer) -> String {
    let id = paid_order(server).await;
    server.clock.advance(OLD);
    id
}

async fn wait_for(server: &TestServer, id: &str, what: &str, is_so: impl Fn(&Order) -> bool) -> Order {
    until(what, || async {
        let order = server.stored(id).await;
        is_so(&order).then_some(order)
    })
    .await
}

/// Waits until a start has come to nothing because the payment was not confirmed.
async fn wait_for_unconfirmed(server: &TestServer, id: &str) {
    until("the start is given up", || async {
        server.advance_to_next_effect().await;
        let order = server.stored(id).await;
        (order.status == Status::Paid && order.start_reason == Some(StartReason::ProviderUnreachable))
            .then_some(())
    })
    .await;
}

async fn refund_in_office(server: &TestServer, id: &str, amount: serde_json::Value) {
    let invoice = server.stored(id).await.invoice.unwrap().provider_id;
    let office = json!({ "id": invoice, "action": "refund", "amount": amount });
    server.control(json!({ "invoicebox": { "office": office } })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_invoicebox_releases_no_pump_and_another_start_may_follow() {
    let (server, station) = test_support::start_with_station_double(DatabaseKind::Sqlite).await;
    let id = paid_long_ago(&server).await;
    server.fail_always("get", "500").await;
    server.start_pump(&id, 4).await;
    wait_for_unconfirmed(&server, &id).await;
    let view = server.order(&id).await.json;
    assert_eq!(
        (&view["reason"], &view["start"]["allowed"], &view["start"]["tries_left"]),
        (&json!("provider_unreachable"), &json!(true), &json!(5)),
        "{view}"
    );
    assert!(view["start"]["reason"].as_str().unwrap().contains("не подтвердил оплату"), "{view}");
    server.wait_until_idle().await;
    assert_eq!(count_releases(&station), 0);
    assert!(server.discrepancies().await.is_empty());
    server.fail_no_more().await;
    server.start_pump(&id, 4).await;
    station.wait_for_release(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_refunded_in_the_office_releases_no_pump_until_a_person_decides() {
    let (server, station) = test_support::start_with_station_double(DatabaseKind::Sqlite).await;
    let id = paid_long_ago(&server).await;
    refund_in_office(&server, &id, json!(100)).await;
    server.start_pump(&id, 4).await;
    let held = wait_for(&server, &id, "it is held", |order| order.hold.is_some()).await;
    assert_eq!(held.status, Status::Paid);
    let (status, answer) = start(&server, &id, 4, held.history_seq()).await;
    assert_eq!((status, &answer["error"]["code"]), (409, &json!("order_not_startable")), "{answer}");
    assert_eq!(server.discrepancy_names().await, ["refunded_elsewhere"]);
    assert_eq!(count_releases(&station), 0);
    let path = format!("orders/{id}/cancel");
    let (status, answer) = server.erp_post(&path, &json!({ "reason": "возврат" })).await;
    assert_eq!(status, 200, "{answer}");
    server.wait_until_moved(&id).await;
    assert_eq!(server.refunded_sums().await, [10_000, DRAFT_TOTAL_KOPECKS - 10_000]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_found_after_a_request_that_did_not_arrive_leaves_nothing_waiting() {
    let (server, station) = test_support::start_with_station_double(DatabaseKind::Sqlite).await;
    let id = paid_long_ago(&server).await;
    station.queue_answers(&[StationServerAnswer::Status(401, "неверный ключ")]);
    server.start_pump(&id, 4).await;
    station.wait_for_release(1).await;
    refund_in_office(&server, &id, json!(100)).await;
    let held = until("it is held", || async {
        server.advance_to_next_effect().await;
        Some(server.stored(&id).await).filter(|order| order.hold.is_some())
    })
    .await;
    assert_eq!((held.status, held.open_release().is_none(), held.tries()), (Status::Paid, true, 0));
    server.wait_until_idle().await;
    assert_eq!(count_releases(&station), 1, "it is not sent again");
}

/// A server with an Invoicebox that shows what the test says, and the order that was paid there long ago.
async fn paid_long_ago_at_double(
    variables: &[(&str, &str)],
) -> (TestServer, StationServerDouble, InvoiceboxDouble, String) {
    let (station, invoicebox) = (StationServerDouble::open().await, InvoiceboxDouble::open().await);
    let mut all = vec![("INVOICEBOX_API_URL", invoicebox.url.as_str())];
    all.extend(station.variables());
    all.extend(variables);
    let server = TestServer::start_with(DatabaseKind::Sqlite, &all).await;
    let id = server.place_order(&draft_to_start()).await.order_id;
    let invoice = server.stored(&id).await.invoice.unwrap().provider_id;
    invoicebox.pay(&server, &invoice).await;
    server.wait_for_status(&id, "paid").await;
    server.clock.advance(OLD);
    (server, station, invoicebox, id)
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_status_that_means_paid_releases_a_pump() {
    let (server, station, invoicebox, id) = paid_long_ago_at_double(&[]).await;
    let invoice = server.stored(&id).await.invoice.unwrap().provider_id;
    for status in ["created", "draft", "expired", "hold", "frozen"] {
        invoicebox.change_invoice(&invoice, |there| there.status = status.to_owned());
        server.start_pump(&id, 4).await;
        wait_for_unconfirmed(&server, &id).await;
        assert!(server.order(&id).await.json["start"]["allowed"].as_bool().unwrap(), "{status}");
    }
    assert_eq!((count_releases(&station), server.stored(&id).await.tries()), (0, 0));
    invoicebox.change_invoice(&invoice, |there| there.status = "completed".to_owned());
    server.start_pump(&id, 4).await;
    station.wait_for_release(1).await;
    assert!(server.discrepancies().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_was_cancelled_meanwhile_ends_the_order() {
    let (server, station, invoicebox, id) = paid_long_ago_at_double(&[]).await;
    let invoice = server.stored(&id).await.invoice.unwrap().provider_id;
    invoicebox.change_invoice(&invoice, |there| there.status = "canceled".to_owned());
    server.start_pump(&id, 4).await;
    server.wait_for_status(&id, "unavailable").await;
    server.wait_until_idle().await;
    assert_eq!(server.order(&id).await.json["reason"], "payment_canceled");
    assert_eq!(server.discrepancy_names().await, ["payment_reversed"]);
    assert_eq!(count_releases(&station), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reserve_releases_a_pump_while_it_stands() {
    let hold = [("INVOICEBOX_RELEASE_ON_HOLD", "on")];
    let (station, invoicebox) = (StationServerDouble::open().await, InvoiceboxDouble::open().await);
    let mut all = vec![("INVOICEBOX_API_URL", invoicebox.url.as_str())];
    all.extend(station.variables());
    all.extend(hold);
    let server = TestServer::start_with(DatabaseKind::Sqlite, &all).await;
    for (status, is_released) in [("hold", true), ("expired", false)] {
        let id = server.place_order(&draft_to_start()).await.order_id;
        let invoice = server.stored(&id).await.invoice.unwrap().provider_id;
        invoicebox.change_invoice(&invoice, |there| there.status = "hold".to_owned());
        server.notify(&invoicebox.notification_of(&invoice)).await;
        server.wait_for_status(&id, "paid").await;
        server.clock.advance(OLD);
        invoicebox.change_invoice(&invoice, |there| there.status = status.to_owned());
        server.start_pump(&id, 4).await;
        if is_released {
            station.wait_for_release(1).await;
        } else {
            server.wait_for_status(&id, "unavailable").await;
        }
    }
    assert_eq!(count_releases(&station), 1);
}

/// The office has shipped a part of the reserve, and the rest was let go: no pump gives fuel for money that is not there.
#[tokio::test(flavor = "multi_thread")]
async fn a_reserve_that_others_took_in_part_is_held_for_a_person() {
    let server = TestServer::start_with(DatabaseKind::Sqlite, &[("INVOICEBOX_RELEASE_ON_HOLD", "on")]).await;
    server.remove_delays_and_limits().await;
    let id = server.place_and_pay_with(&draft_to_start(), "hold").await;
    server.wait_for_status(&id, "paid").await;
    let invoice = server.stored(&id).await.invoice.unwrap().provider_id;
    let office = json!({ "id": invoice, "action": "ship", "amount": 1000, "final": true });
    server.control(json!({ "invoicebox": { "office": office } })).await;
    wait_for(&server, &id, "it is known as taken", |order| {
        order.settlement.payment == Some(Payment::Captured)
    })
    .await;
    server.start_pump(&id, 4).await;
    let order = wait_for(&server, &id, "it waits for a person", |order| order.hold.is_some()).await;
    assert_eq!((order.status, order.hold.unwrap().cause), (Status::Paid, Discrepancy::RefundedElsewhere));
    assert_eq!(order.settlement.returned().get(), DRAFT_TOTAL_KOPECKS - 100_000, "what was never taken");
    let cancel = json!({ "reason": "оплачено не полностью" });
    assert_eq!(server.erp_post(&format!("orders/{id}/cancel"), &cancel).await.0, 200);
    server.wait_until_moved(&id).await;
    assert_eq!(server.refunded_sums().await, [100_000]);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_sum_than_was_paid_is_held_for_a_person() {
    let (server, station, invoicebox, id) = paid_long_ago_at_double(&[]).await;
    let invoice = server.stored(&id).await.invoice.unwrap().provider_id;
    invoicebox.change_invoice(&invoice, |there| there.kopecks -= 100);
    server.start_pump(&id, 4).await;
    let held = wait_for(&server, &id, "it is held", |order| order.hold.is_some()).await;
    assert_eq!((held.status, held.hold.unwrap().cause), (Status::Paid, Discrepancy::SumDiffers));
    assert_eq!(held.discrepancies[0].detail, "2780.43 instead of 2781.43");
    assert_eq!(start(&server, &id, 4, held.history_seq()).await.0, 409);
    server.wait_until_idle().await;
    assert_eq!(count_releases(&station), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_learned_of_by_a_clock_that_was_ahead_is_looked_at() {
    let (server, station) = test_support::start_with_station_double(DatabaseKind::Sqlite).await;
    let database = server::database::Database::open(&server.database_url).await.unwrap();
    let id = paid_order(&server).await;
    let mut order = server.stored(&id).await;
    let tomorrow = server.clock.now() + Duration::from_secs(24 * 3600);
    order.paid_at = Some(domain::order::PaidAt { learned: tomorrow, provider: None });
    let body = serde_json::to_string(&order).unwrap();
    sqlx::query("UPDATE orders SET body = $1 WHERE id = $2")
        .bind(body)
        .bind(id.clone())
        .execute(database.pool())
        .await
        .unwrap();
    refund_in_office(&server, &id, json!(100)).await;
    server.start_pump(&id, 4).await;
    wait_for(&server, &id, "it is held", |order| order.hold.is_some()).await;
    assert_eq!(count_releases(&station), 0);
    assert_eq!(wait_for_another_start(&server, &id, 0).await.releases.len(), 1);
}
