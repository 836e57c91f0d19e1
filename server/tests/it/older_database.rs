//! A database of an older version: every order comes to its end, nothing stored is lost, nothing is sent twice.
//!
//! `fixtures/schema_0040.sql` was written by the code whose newest migration was 0040, and is never written again: what
//! is renamed since then needs a migration that rewrites it. It holds orders 10001 to 10031 in every status, one row of
//! the outbox for each effect, some of them sent and not answered, and what is stored beside orders.

mod dump;

use std::{collections::BTreeMap, time::Duration};

use domain::order::{Order, Status};
use reqwest::Method;
use serde_json::json;
use server::{
    orders::DiscrepancyFilter,
    queue::{EntryState, QueueEntry, RetryScope},
    station_link::{callbacks::StationOrderId, tanker_push::Reference},
};
use tempfile::TempDir;
use time::OffsetDateTime;

use dump::{Stored, add_to_invoicebox, assert_nothing_lost_by_reading, load};
use test_support::{
    BackOffice, DatabaseKind, ErrorBody, InvoiceboxDouble, ReceivedPush, RecordedWrite, StationServerDouble,
    TestServer, draft, on_both_databases, until_within,
};

/// The invoice of this order was made there, and the answer was lost.
const INVOICE_UNANSWERED: i64 = 10_002;
/// The station has released the pump of this order, and its answer was lost.
const RELEASE_UNANSWERED: i64 = 10_008;
/// Age of that request when the dump was written.
const RELEASE_UNANSWERED_AGE: Duration = Duration::from_secs(19);
/// The request to release the pump of this order never arrived. Nobody knows that: it is withdrawn after half an hour, and
/// the driver starts the pump again.
const RELEASE_LOST: i64 = 10_009;
const RELEASE_LOST_AGE: Duration = Duration::from_secs(10);
/// The shipment of this order was taken, and the answer was lost.
const SHIPMENT_UNANSWERED: i64 = 10_016;
/// The refund of this order was taken, and the answer was lost.
const REFUND_UNANSWERED: i64 = 10_018;
/// Effects that look on for minutes or days.
const LOOKS_ON: [&str; 2] = ["find_duplicates", "follow_refunds"];
const AFTER_STATION_SILENCE: Duration = Duration::from_secs(31 * 60);
/// Longest time until all orders have ended.
const MAX_TIME_OF_ALL_ORDERS: Duration = Duration::from_secs(120);
/// Its shipment was given up.
const GIVEN_UP: i64 = 10_026;
/// The secret in the cookie of the cashier who is signed in.
const COOKIE: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// Expected end of an order: its status, what is shipped of it and what is refunded, in kopecks.
type ExpectedEnd = (&'static str, i64, i64);

/// 37.41 l of diesel, 30 l, 20 l and 9 l of it.
const WHOLE_KOPECKS: i64 = 278_143;
const LITRES_30_KOPECKS: i64 = 223_050;
const LITRES_20_KOPECKS: i64 = 148_700;
const LITRES_9_KOPECKS: i64 = 66_915;

/// The server on an older database, with doubles of everybody it calls.
struct Restarted {
    server: TestServer,
    orders: Vec<Stored>,
    invoicebox: InvoiceboxDouble,
    station: StationServerDouble,
    back_office: BackOffice,
    /// When the dump had just been written.
    loaded_at: OffsetDateTime,
}

on_both_databases! {
    with (Restarted::on_old_database);
    every_order_comes_to_its_end,
}

async fn every_order_comes_to_its_end(restarted: Restarted) {
    restarted.assert_other_tables_kept().await;
    restarted.play_all_but(&[RELEASE_UNANSWERED, RELEASE_LOST]).await;
    restarted.assert_nothing_repeated_within_a_minute();
    restarted.accept_at_station(RELEASE_UNANSWERED).await;
    // On a slow machine its minute was over before the station accepted.
    let releases = restarted.count_releases(RELEASE_UNANSWERED);
    assert!(releases <= 1, "{RELEASE_UNANSWERED} was released {releases} times");
    restarted.play_all_but(&[RELEASE_LOST]).await;
    restarted.server.clock.advance(AFTER_STATION_SILENCE);
    restarted.play_all_but(&[]).await;
    restarted.assert_only_given_up_is_dead().await;
    let outbox = restarted.server.outbox();
    assert_eq!(outbox.queue().revive(RetryScope::All, restarted.server.clock.now()).await.unwrap(), 1);
    restarted.server.wait_until_idle().await;
    restarted.assert_ends().await;
    restarted.assert_station_calls_unique();
    restarted.assert_invoicebox_writes_unique();
    restarted.assert_events_in_order().await;
    restarted.assert_new_order_has_next_number().await;
    let releases_at_end = restarted.count_releases(RELEASE_UNANSWERED);
    assert_eq!(releases_at_end, releases, "{RELEASE_UNANSWERED} was released after the station had accepted");
}

impl Restarted {
    async fn on_old_database(kind: DatabaseKind) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = kind.fresh(&folder).await;
        let (loaded_at, orders) = load(&url).await;
        assert_eq!(orders.len(), 31);
        assert_nothing_lost_by_reading(&url, &orders).await;
        Self::start(url, folder, loaded_at, orders).await
    }

    async fn start(url: String, folder: TempDir, loaded_at: OffsetDateTime, orders: Vec<Stored>) -> Self {
        let invoicebox = InvoiceboxDouble::open().await;
        let station = StationServerDouble::open().await;
        let back_office = BackOffice::open().await;
        for order in &orders {
            add_to_invoicebox(&invoicebox, order);
        }
        let mut variables =
            vec![("INVOICEBOX_API_URL", invoicebox.url.as_str()), ("INVOICEBOX_REQUESTS", "100")];
        variables.extend(station.variables());
        variables.extend(back_office.variables());
        let server = TestServer::start_on(url, folder, &variables).await;
        Self { server, orders, invoicebox, station, back_office, loaded_at }
    }

    async fn order(&self, stored: &Stored) -> Order {
        self.server.orders.read.by_id(stored.id).await.unwrap()
    }

    fn stored(&self, number: i64) -> &Stored {
        self.orders.iter().find(|order| order.number == number).unwrap()
    }

    /// Plays payer, station and cashier until all other orders have ended and nothing is left to do for them.
    async fn play_all_but(&self, others: &[i64]) {
        until_within(MAX_TIME_OF_ALL_ORDERS, "every order has ended", || async {
            let mut open = 0;
            for stored in self.orders.iter().filter(|order| !others.contains(&order.number)) {
                let order = self.order(stored).await;
                open += usize::from(!order.status.is_final());
                self.go_on(&order).await;
            }
            let outbox = self.server.outbox().list(self.server.clock.wall()).await.unwrap();
            let waits = |row: &QueueEntry| {
                row.number != GIVEN_UP
                    && !others.contains(&row.number)
                    && !LOOKS_ON.contains(&row.name.as_str())
            };
            (open == 0 && !outbox.iter().any(waits)).then_some(())
        })
        .await;
    }

    /// Takes the next step of an order on a good day.
    async fn go_on(&self, order: &Order) {
        let number = i64::from(order.number);
        match order.status {
            Status::AwaitingPayment => {
                let id = &order.invoice.as_ref().unwrap().provider_id;
                if self.invoicebox.invoice(id).status == "created" {
                    self.invoicebox.pay(&self.server, id).await;
                }
            }
            // Paid before there were starts, or after a release that came to nothing.
            Status::Paid if order.is_startable(self.server.clock.now()) => {
                let start =
                    json!({ "id": order.id.to_string(), "pump": order.pump, "seq": order.history_seq() });
                let (status, answer) = self.server.post("/api/orders/start", &start).await;
                assert!([200, 409].contains(&status), "{answer}");
            }
            Status::Authorising if self.is_released(number) => {
                assert_eq!(self.server.send_callback(order, "accept", "").await, 200);
            }
            Status::Ready if !order.needs_release() => {
                let path = format!("orders/{}/complete", order.id);
                let (status, answer) = self.server.erp_post(&path, &json!({ "dispensed_centi": null })).await;
                assert!([200, 409].contains(&status), "{answer}");
            }
            Status::Ready if order.cancellation.is_none() => {
                assert_eq!(self.server.send_callback(order, "fueling", "").await, 200);
            }
            Status::Fuelling => {
                let volume = match order.interruption_reason() {
                    Some(_) => "9.00".to_owned(),
                    None => order.fuel_line().unwrap().quantity.to_decimal(),
                };
                assert_eq!(
                    self.server.send_callback(order, "completed", &format!("litre={volume}")).await,
                    200
                );
            }
            _ => {}
        }
    }

    fn is_released(&self, number: i64) -> bool {
        number == RELEASE_UNANSWERED || self.count_releases(number) > 0
    }

    fn pushes_for(&self, number: i64) -> Vec<ReceivedPush> {
        let of_order = |push: &ReceivedPush| {
            let reference = Reference::parse(push.body["Id"].as_str().unwrap()).unwrap();
            i64::from(reference.number()) == number
        };
        self.station.received_pushes().into_iter().filter(of_order).collect()
    }

    fn push_statuses(&self, number: i64) -> Vec<String> {
        let statuses = self.pushes_for(number).into_iter();
        statuses.map(|push| push.body["Status"].as_str().unwrap().to_owned()).collect()
    }

    fn count_releases(&self, number: i64) -> usize {
        self.push_statuses(number).iter().filter(|status| *status == "OrderCreated").count()
    }

    /// What may have arrived is sent again after a minute at the earliest: after this call, unless the machine is slow.
    fn assert_nothing_repeated_within_a_minute(&self) {
        for (number, sent_before) in
            [(RELEASE_UNANSWERED, RELEASE_UNANSWERED_AGE), (RELEASE_LOST, RELEASE_LOST_AGE)]
        {
            let earliest = self.loaded_at - sent_before + Duration::from_secs(60);
            let pushes = self.pushes_for(number);
            assert!(
                pushes.iter().all(|push| push.at >= earliest),
                "{number}: not before {earliest}: {pushes:?}"
            );
        }
    }

    async fn accept_at_station(&self, number: i64) {
        let order = self.order(self.stored(number)).await;
        assert_eq!(self.server.send_callback(&order, "accept", "").await, 200);
    }

    async fn assert_only_given_up_is_dead(&self) {
        let outbox = self.server.outbox().list(self.server.clock.wall()).await.unwrap();
        let rows = outbox.iter().filter(|row| !LOOKS_ON.contains(&row.name.as_str()));
        let rows: Vec<_> = rows.map(|row| (row.number, row.name.as_str(), row.state)).collect();
        assert_eq!(rows, [(GIVEN_UP, "ship", EntryState::Dead)]);
    }

    async fn assert_ends(&self) {
        for stored in &self.orders {
            let order = self.order(stored).await;
            let invoice = order.invoice.as_ref();
            let (shipped, refunded) =
                invoice.map_or((0, 0), |it| self.invoicebox.settled_amounts(&it.provider_id));
            let total = order.total.get();
            let end: ExpectedEnd = match stored.number {
                10_006 => ("expired", 0, 0),
                10_012 | 10_019 => ("canceled", 0, WHOLE_KOPECKS),
                10_014 => ("completed", LITRES_9_KOPECKS, WHOLE_KOPECKS - LITRES_9_KOPECKS),
                10_017 => ("completed", LITRES_30_KOPECKS, WHOLE_KOPECKS - LITRES_30_KOPECKS),
                REFUND_UNANSWERED => ("completed", LITRES_20_KOPECKS, WHOLE_KOPECKS - LITRES_20_KOPECKS),
                10_020 | 10_028 => ("unavailable", 0, WHOLE_KOPECKS),
                10_024 => ("failed", 0, 0),
                10_025 => ("completed", WHOLE_KOPECKS, 5_000),
                // The rest of a reserve is released by the final shipment.
                10_027 => ("completed", LITRES_30_KOPECKS, 0),
                10_029 => ("completed", WHOLE_KOPECKS, 10_000),
                _ => ("completed", total, 0),
            };
            assert_eq!((order.status.name(), shipped, refunded), end, "order {}", stored.number);
        }
        let withdrawn = ["8d61-000000010006", "9e72-000000010005", "af83-000000010005"];
        for id in withdrawn.map(|end| format!("7c1e9d52-3f04-4b8a-{end}")) {
            assert_eq!(self.invoicebox.invoice(&id).status, "canceled", "{id}");
        }
    }

    fn assert_station_calls_unique(&self) {
        for stored in &self.orders {
            let expected: &[&str] = match stored.number {
                10_001..=10_005 | 10_007 | 10_022 => &["OrderCreated", "Completed"],
                RELEASE_UNANSWERED | 10_010 | 10_011 | 10_014 => &["Completed"],
                10_012 | 10_030 => &["UserCanceled"],
                // The clock has withdrawn the release, and the driver starts again.
                10_013 | RELEASE_LOST => &["Expire", "OrderCreated", "Completed"],
                10_020 => &["StationCanceled"],
                _ => &[],
            };
            let mut pushed = self.push_statuses(stored.number);
            if stored.number == RELEASE_UNANSWERED {
                // These are counted before and after all that follows the station's acceptance.
                pushed.retain(|status| status != "OrderCreated");
            }
            assert_eq!(pushed, expected, "order {}", stored.number);
        }
    }

    fn assert_invoicebox_writes_unique(&self) {
        let mut counts: BTreeMap<RecordedWrite, usize> = BTreeMap::new();
        for written in self.invoicebox.recorded_writes() {
            *counts.entry(written).or_default() += 1;
        }
        assert!(counts.values().all(|count| *count == 1), "{counts:?}");
        let was = |written: RecordedWrite| counts.contains_key(&written);
        let number = |number: i64| self.stored(number).merchant_order_id.clone();
        assert!(was(RecordedWrite::Created(number(10_001))));
        assert!(!was(RecordedWrite::Created(number(INVOICE_UNANSWERED))), "it is there already");
        assert!(
            !was(RecordedWrite::Created(number(10_003))),
            "the number is known there: another one is taken"
        );
        let settled = |number: i64, pointer: &str| {
            self.stored(number).body.pointer(pointer).unwrap().as_str().unwrap().to_owned()
        };
        let shipment = settled(SHIPMENT_UNANSWERED, "/settlement/shipment/number");
        assert!(!was(RecordedWrite::Shipped(shipment)), "it is there already");
        let refund = settled(REFUND_UNANSWERED, "/settlement/returns/0/number");
        assert!(!was(RecordedWrite::Refunded(refund)), "it is there already");
        let refund = settled(10_017, "/settlement/returns/0/number");
        assert!(was(RecordedWrite::Refunded(refund)), "under the number that was given");
    }

    /// Cashiers stay signed in, shops stay known, stations keep their prices, keys and numbers stay used.
    async fn assert_other_tables_kept(&self) {
        let cookie = format!("kolonka_cashier={COOKIE}");
        let session = self.server.send(Method::GET, "/api/erp/v1/session", &[("cookie", &cookie)], "").await;
        assert_eq!(session.status(), 200);
        let shop = self.server.get("/shop/501").await;
        assert_eq!(shop.headers()["location"], "/stations/sever-12");
        let (_, station) = self.server.post("/api/stations/get", &json!({ "id": "sever-12" })).await;
        assert_eq!(station["fuels"][1]["price_kopecks"], 7_435, "{station}");
        assert_eq!(station["pumps"].as_array().unwrap().len(), 6);
        let (_, found) = self.server.post("/api/stations/find", &json!({ "query": {} })).await;
        assert_eq!(found["total"], 4);
        let (_, sold) = self.server.erp_get("orders?external_id=AZS12-77").await;
        assert_eq!(sold["number"], "10022", "{sold}");
        let mut repeated = draft();
        repeated["idempotency_key"] = json!("a1b2c3d4-e5f6-4a7b-8c9d-000000010004");
        let (status, answer) = self.server.try_place(&repeated).await;
        assert_eq!((status, ErrorBody::of(&answer).code), (409, "conflict"), "the key is used");
        let all = self.server.store().discrepancies(DiscrepancyFilter::All).await.unwrap();
        let settled = all.iter().find(|one| one.number == 10_025).expect("a discrepancy");
        assert_eq!(settled.settled.as_ref().map(|it| it.note.as_str()), Some("списано, Иванова А."));
        assert_eq!((settled.id.as_str(), settled.closed_at.is_some()), ("10025-1", true));
    }

    /// An event that was given up delays the later ones of its order until it is retried.
    async fn assert_events_in_order(&self) {
        let id = self.stored(10_023).id.to_string();
        assert!(self.back_office.accepted_statuses(&id).is_empty());
        let (status, answer) = self.server.erp_post("events/retry", &json!({})).await;
        assert_eq!((status, &answer["retried"]), (200, &json!(1)));
        let statuses = self.back_office.wait_for_status(&id, "completed").await;
        assert_eq!(statuses[..4], ["placing", "awaiting_payment", "paid", "ready"]);
        for number in [10_022, 10_031] {
            let id = self.stored(number).id.to_string();
            self.back_office.wait_for_status(&id, "completed").await;
        }
    }

    async fn assert_new_order_has_next_number(&self) {
        let draft = draft();
        // Thirty orders have come to their ends within seconds: Invoicebox's budget may be used up.
        let placed = until_within(Duration::from_secs(90), "an order is placed", || async {
            let (status, answer) = self.server.try_place(&draft).await;
            assert!(matches!(status, 200 | 502 | 503 | 504), "{answer}");
            (status == 200).then_some(answer)
        })
        .await;
        assert_eq!(placed["view"]["number"], "10032");
    }
}
