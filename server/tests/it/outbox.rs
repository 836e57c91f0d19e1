//! The outbox on both databases: what is leased belongs to one worker, what failed comes back, and nothing is lost.

mod clocks;
mod command;
mod earlier_versions;
mod fixture;
mod order_store;

use std::time::Duration;

use domain::{id::OrderId, order::machine::Effect};
use server::{
    clock::to_millis,
    orders::{INVOICE_LANE, Marks, OutboxEntry, STATION_LANE},
    queue::{EntryState, RetriedRows, RetryScope, RowKey},
};
use uuid::Uuid;

use fixture::{OutboxFixture, add_effects, add_releases, failure, run_sql, to_the_millisecond};
use test_support::on_both_databases;

/// Time after which every lease is over.
const AFTER_ANY_LEASE: Duration = Duration::from_secs(61);

on_both_databases! {
    with (OutboxFixture::open);
    a_row_is_leased_by_one_worker_of_many,
    only_the_holder_of_the_lease_strikes_a_row,
    marks_are_read_by_the_next_holder_and_a_takeover_ends_every_lease,
    a_renewed_lease_is_kept,
    a_failed_row_comes_back_when_it_is_due_or_made_due,
    a_row_that_is_made_due_during_its_try_is_tried_again_soon,
    a_row_that_is_made_due_during_the_try_that_gives_it_up_is_tried_again,
    a_dead_row_is_listed_stops_nothing_and_runs_again_after_a_retry,
    a_waiting_row_is_brought_forward_and_its_holder_keeps_it,
    what_looks_on_keeps_its_times,
    rows_of_one_matter_are_done_one_after_another,
    an_effect_of_a_newer_version_is_dead,
    depth_has_age_and_neglect,
    stations_share_their_lane,
}

async fn a_row_is_leased_by_one_worker_of_many(fixture: OutboxFixture) {
    for _ in 0..40 {
        fixture.new_order().await;
    }
    let mut workers = Vec::new();
    for _ in 0..4 {
        workers.push(fixture.another_outbox().await);
    }
    let mut taken = Vec::new();
    // A worker may come away empty-handed while another holds the rows it looked at.
    while taken.len() < 40 {
        let claims =
            workers.iter().map(|outbox| outbox.queue().claim(&INVOICE_LANE, fixture.now, fixture.now, 5));
        for entries in futures::future::join_all(claims).await {
            taken.extend(entries.unwrap().into_iter().map(|entry| entry.row.order));
        }
    }
    let once: std::collections::HashSet<_> = taken.iter().collect();
    assert_eq!((taken.len(), once.len()), (40, 40));
    assert!(fixture.claim(&INVOICE_LANE).await.is_empty());
}

async fn only_the_holder_of_the_lease_strikes_a_row(fixture: OutboxFixture) {
    fixture.new_order().await;
    let late = fixture.claim_one().await;
    assert!(fixture.claim(&INVOICE_LANE).await.is_empty(), "it is leased");
    let wall = fixture.now + AFTER_ANY_LEASE;
    let taken = fixture.queue().claim(&INVOICE_LANE, fixture.now, wall, 1).await.unwrap().remove(0);
    assert_eq!((late.attempts, taken.attempts), (1, 2));
    assert!(!fixture.queue().succeed(&late.lease).await.unwrap());
    assert!(!fixture.queue().fail(&late.lease, fixture.now, None, failure("late")).await.unwrap());
    assert!(!fixture.queue().renew(&late.lease, wall + AFTER_ANY_LEASE).await.unwrap());
    assert!(!fixture.outbox.mark_sent(&late.lease, fixture.now).await.unwrap());
    let rows = fixture.outbox.list(wall).await.unwrap();
    assert_eq!((rows.len(), rows[0].state, rows[0].last_error.as_deref()), (1, EntryState::UnderWay, None));
    assert!(fixture.queue().succeed(&taken.lease).await.unwrap());
    assert!(!fixture.queue().succeed(&taken.lease).await.unwrap(), "struck off once");
    assert!(fixture.outbox.list(wall).await.unwrap().is_empty());
}

async fn marks_are_read_by_the_next_holder_and_a_takeover_ends_every_lease(fixture: OutboxFixture) {
    fixture.new_order().await;
    let entry = fixture.claim_one().await;
    assert!(fixture.outbox.mark_sent(&entry.lease, fixture.now).await.unwrap());
    assert!(fixture.claim(&INVOICE_LANE).await.is_empty(), "it is leased");
    fixture.queue().end_all_leases().await.unwrap();
    let next = fixture.claim_one().await;
    assert_eq!((next.attempts, next.row.marks), (2, Marks::sent(to_the_millisecond(fixture.now))));
    assert!(!fixture.queue().succeed(&entry.lease).await.unwrap(), "the lease was ended");
}

async fn a_renewed_lease_is_kept(fixture: OutboxFixture) {
    fixture.new_order().await;
    let entry = fixture.claim_one().await;
    let wall = fixture.now + AFTER_ANY_LEASE;
    assert!(fixture.queue().renew(&entry.lease, wall).await.unwrap());
    assert!(fixture.queue().claim(&INVOICE_LANE, fixture.now, wall, 1).await.unwrap().is_empty());
    assert!(fixture.queue().succeed(&entry.lease).await.unwrap());
}

async fn a_failed_row_comes_back_when_it_is_due_or_made_due(fixture: OutboxFixture) {
    let order = fixture.new_order().await;
    let entry = fixture.claim_one().await;
    let due = fixture.now + Duration::from_secs(5);
    assert!(
        fixture.queue().fail(&entry.lease, fixture.now, Some(due), failure(&"х".repeat(900))).await.unwrap()
    );
    assert!(fixture.claim(&INVOICE_LANE).await.is_empty(), "not due yet");
    let again = fixture.queue().claim(&INVOICE_LANE, due, fixture.now, 1).await.unwrap().remove(0);
    assert_eq!((again.attempts, fixture.last_errors().await), (2, vec![Some("х".repeat(500))]));
    let far = fixture.now + Duration::from_secs(600);
    assert!(fixture.queue().fail(&again.lease, fixture.now, Some(far), failure("x")).await.unwrap());
    let soon = fixture.now + Duration::from_secs(1);
    fixture.outbox.make_due(OrderId(Uuid::new_v4()), fixture.now).await.unwrap();
    assert!(
        fixture.queue().claim(&INVOICE_LANE, soon, fixture.now, 1).await.unwrap().is_empty(),
        "another order"
    );
    fixture.outbox.make_due(order.id, fixture.now).await.unwrap();
    // Pressing again puts it neither off nor on.
    fixture.outbox.make_due(order.id, fixture.now + Duration::from_millis(900)).await.unwrap();
    assert!(fixture.claim(&INVOICE_LANE).await.is_empty(), "a press a try would be too many");
    let awaited = fixture.queue().claim(&INVOICE_LANE, soon, fixture.now, 1).await.unwrap().remove(0);
    assert_eq!(awaited.attempts, 3);
}

async fn a_row_that_is_made_due_during_its_try_is_tried_again_soon(fixture: OutboxFixture) {
    let order = fixture.new_order().await;
    let after = |seconds| fixture.now + Duration::from_secs(seconds);
    let far = after(3600);
    // The worker's clock is ahead of the one that receives the callback after the try has read its order.
    let ahead = after(5);
    let entry = fixture.queue().claim(&INVOICE_LANE, ahead, fixture.now, 1).await.unwrap().remove(0);
    fixture.outbox.make_due(order.id, fixture.now).await.unwrap();
    fixture.outbox.make_due(order.id, fixture.now).await.unwrap();
    // The try took half a minute: the next one does not follow at once.
    let failed_at = after(30);
    assert!(fixture.queue().fail(&entry.lease, failed_at, Some(far), failure("x")).await.unwrap());
    assert!(fixture.queue().claim(&INVOICE_LANE, failed_at, fixture.now, 1).await.unwrap().is_empty());
    let again = fixture.queue().claim(&INVOICE_LANE, after(31), fixture.now, 1).await.unwrap().remove(0);
    // Nobody has made the row due during this try.
    assert!(fixture.queue().fail(&again.lease, after(31), Some(far), failure("x")).await.unwrap());
    assert!(fixture.queue().claim(&INVOICE_LANE, after(60), fixture.now, 1).await.unwrap().is_empty());
    assert_eq!(fixture.queue().claim(&INVOICE_LANE, far, fixture.now, 1).await.unwrap().len(), 1);
}

async fn a_row_that_is_made_due_during_the_try_that_gives_it_up_is_tried_again(fixture: OutboxFixture) {
    let order = fixture.new_order().await;
    let entry = fixture.claim_one().await;
    fixture.outbox.make_due(order.id, fixture.now).await.unwrap();
    assert!(fixture.queue().fail(&entry.lease, fixture.now, None, failure("x")).await.unwrap());
    let rows = fixture.outbox.list(fixture.now).await.unwrap();
    assert_eq!(rows[0].state, EntryState::Waiting, "somebody waits for what this try has not seen");
    let soon = fixture.now + Duration::from_secs(1);
    let again = fixture.queue().claim(&INVOICE_LANE, soon, fixture.now, 1).await.unwrap().remove(0);
    assert!(fixture.queue().fail(&again.lease, soon, None, failure("x")).await.unwrap());
    assert_eq!(fixture.outbox.list(fixture.now).await.unwrap()[0].state, EntryState::Dead);
}

async fn a_dead_row_is_listed_stops_nothing_and_runs_again_after_a_retry(fixture: OutboxFixture) {
    let (first, second) = (fixture.new_order().await, fixture.new_order().await);
    for entry in fixture.claim(&INVOICE_LANE).await {
        assert!(
            fixture
                .queue()
                .fail(&entry.lease, fixture.now, None, failure("никак\nне выходит"))
                .await
                .unwrap()
        );
    }
    fixture.outbox.make_due(first.id, fixture.now).await.unwrap();
    assert!(fixture.claim(&INVOICE_LANE).await.is_empty(), "an operator has to decide");
    let rows = fixture.outbox.list(fixture.now).await.unwrap();
    let numbers: Vec<_> = rows.iter().map(|row| (row.number, row.state)).collect();
    assert_eq!(
        numbers,
        [(i64::from(first.number), EntryState::Dead), (i64::from(second.number), EntryState::Dead)]
    );
    let depth = fixture.outbox.depth(fixture.now, fixture.now).await.unwrap();
    assert_eq!((depth.waiting, depth.dead), (0, 2));

    let given_up = |given_up| RetriedRows { given_up, ..RetriedRows::default() };
    assert_eq!(fixture.retry(RetryScope::OrderNumber(second.number)).await, given_up(1));
    let again = fixture.retry(RetryScope::OrderNumber(second.number)).await;
    assert_eq!(again, RetriedRows { waiting: 1, ..RetriedRows::default() }, "nothing changes");
    let entry = fixture.claim_one().await;
    assert_eq!(entry.row.order, second.id);
    assert!(entry.attempts > 1, "earlier tries may have succeeded unseen: they are asked for first");
    assert_eq!(fixture.last_errors().await[0].as_deref(), Some("никак\nне выходит"));
    assert_eq!(fixture.retry(RetryScope::Order(first.id)).await, given_up(1));
    assert_eq!(fixture.claim_one().await.row.order, first.id);
}

async fn a_waiting_row_is_brought_forward_and_its_holder_keeps_it(fixture: OutboxFixture) {
    let (order, other) = (fixture.new_order().await, fixture.new_order().await);
    let far = fixture.now + Duration::from_secs(3600);
    for entry in fixture.claim(&INVOICE_LANE).await {
        assert!(fixture.queue().fail(&entry.lease, fixture.now, Some(far), failure("401")).await.unwrap());
    }
    let waiting = RetriedRows { waiting: 1, ..RetriedRows::default() };
    for _ in 0..2 {
        assert_eq!(fixture.retry(RetryScope::OrderNumber(order.number)).await, waiting, "however often");
    }
    let held = fixture.claim_one().await;
    assert_eq!((held.row.order, held.attempts), (order.id, 2), "the other order's row waits");

    let under_way = RetriedRows { under_way: 1, ..RetriedRows::default() };
    assert_eq!(fixture.retry(RetryScope::Order(order.id)).await, under_way);
    assert!(fixture.claim(&INVOICE_LANE).await.is_empty(), "nobody tries it beside its holder");
    assert!(fixture.queue().fail(&held.lease, fixture.now, Some(far), failure("401")).await.unwrap());
    let soon = fixture.now + Duration::from_secs(1);
    let again = fixture.queue().claim(&INVOICE_LANE, soon, fixture.now, 9).await.unwrap();
    assert_eq!(again.iter().map(|entry| entry.row.order).collect::<Vec<_>>(), [order.id]);

    let all = fixture.retry(RetryScope::All).await;
    assert_eq!(all, RetriedRows { waiting: 1, under_way: 1, given_up: 0 });
    assert_eq!(fixture.claim_one().await.row.order, other.id);
    assert_eq!(fixture.retry(RetryScope::OrderNumber(other.number + 1)).await, RetriedRows::default());
}

async fn what_looks_on_keeps_its_times(fixture: OutboxFixture) {
    let order = fixture.new_order().await;
    assert!(fixture.queue().succeed(&fixture.claim_one().await.lease).await.unwrap());
    add_effects(&fixture, order.id, 2, &["follow_refunds"]).await;
    let far = fixture.now + Duration::from_secs(3600);
    let entry = fixture.claim_one().await;
    assert!(fixture.queue().fail(&entry.lease, fixture.now, Some(far), failure("not final")).await.unwrap());
    assert!(fixture.retry(RetryScope::OrderNumber(order.number)).await.is_empty());
    assert!(fixture.claim_calls().await.is_empty());
    let key = RowKey::parse(&format!("{}-2-follow_refunds", order.number)).unwrap();
    assert!(fixture.outbox.retry_row(key, fixture.now).await.unwrap(), "asked for by its id");
    assert_eq!(fixture.claim_one().await.attempts, 2);
}

async fn rows_of_one_matter_are_done_one_after_another(fixture: OutboxFixture) {
    let order = fixture.new_order().await;
    add_effects(&fixture, order.id, 2, &["refund", "return_money"]).await;
    let other = fixture.new_order().await;
    let mut done = Vec::new();
    for _ in 0..4 {
        let mut entries = fixture.claim_calls().await;
        entries.extend(fixture.claim(&STATION_LANE).await);
        let orders: Vec<_> = entries.iter().map(|entry| entry.row.order).collect();
        let is_money = |entry: &OutboxEntry| entry.row.effect != Effect::CreateInvoice;
        assert!(entries.iter().filter(|it| is_money(it)).count() <= 1, "one at a time: {entries:?}");
        assert!(orders.iter().all(|id| [order.id, other.id].contains(id)));
        for entry in entries {
            done.push((entry.row.order, entry.row.effect));
            assert!(fixture.queue().succeed(&entry.lease).await.unwrap());
        }
    }
    let of =
        |id| done.iter().filter(|(order, _)| *order == id).map(|(_, effect)| *effect).collect::<Vec<_>>();
    let money: Vec<Effect> =
        of(order.id).into_iter().filter(|effect| *effect != Effect::CreateInvoice).collect();
    assert_eq!(money, [Effect::Refund, Effect::ReturnMoney]);
    assert_eq!(of(other.id), [Effect::CreateInvoice]);
    // A shipment is another matter: what fails of it keeps no return waiting.
    add_effects(&fixture, order.id, 3, &["ship", "refund"]).await;
    add_effects(&fixture, order.id, 4, &["ship"]).await;
    let entries = fixture.claim_calls().await;
    let effects: Vec<Effect> = entries.iter().map(|entry| entry.row.effect).collect();
    assert_eq!(effects, [Effect::Ship, Effect::Refund]);
}

async fn an_effect_of_a_newer_version_is_dead(fixture: OutboxFixture) {
    let order = fixture.new_order().await;
    let entry = fixture.claim_one().await;
    assert!(fixture.queue().succeed(&entry.lease).await.unwrap());
    add_effects(&fixture, order.id, 2, &["sing", "return_money"]).await;
    // It keeps no other matter waiting.
    assert_eq!(fixture.claim_one().await.row.effect, Effect::ReturnMoney);
    assert!(fixture.claim_calls().await.is_empty());
    let rows = fixture.outbox.list(fixture.now).await.unwrap();
    assert_eq!((rows[0].name.as_str(), rows[0].state), ("sing", EntryState::Dead));
}

async fn depth_has_age_and_neglect(fixture: OutboxFixture) {
    let later = fixture.now + Duration::from_secs(30);
    assert_eq!(fixture.outbox.depth(later, later).await.unwrap().waiting, 0);
    let order = fixture.new_order().await;
    let depth = fixture.outbox.depth(later, fixture.now).await.unwrap();
    assert_eq!((depth.waiting, depth.dead), (1, 0));
    assert_eq!(
        (depth.oldest, depth.neglected),
        (Duration::from_secs(30), Duration::ZERO),
        "invoices may queue"
    );
    assert!(fixture.queue().succeed(&fixture.claim_one().await.lease).await.unwrap());
    add_effects(&fixture, order.id, 2, &["ship"]).await;
    let to_now = format!("UPDATE outbox SET due_at = {0}, created_at = {0}", to_millis(fixture.now));
    run_sql(&fixture, &to_now).await;
    let depth = fixture.outbox.depth(later, fixture.now).await.unwrap();
    assert_eq!((depth.oldest, depth.neglected), (Duration::from_secs(30), Duration::from_secs(30)));
    let entry = fixture.claim_one().await;
    let depth = fixture.outbox.depth(later, fixture.now).await.unwrap();
    assert_eq!((depth.waiting, depth.neglected), (1, Duration::ZERO), "somebody is at it");
    fixture
        .queue()
        .fail(&entry.lease, fixture.now, Some(later + Duration::from_secs(1)), failure("x"))
        .await
        .unwrap();
    let depth = fixture.outbox.depth(later, later).await.unwrap();
    assert_eq!(
        (depth.oldest, depth.neglected),
        (Duration::from_secs(30), Duration::ZERO),
        "it waits its time"
    );
}

async fn stations_share_their_lane(fixture: OutboxFixture) {
    let stations = [Some("a"), Some("a"), Some("a"), Some("a"), Some("b"), Some("a")];
    let orders = add_releases(&fixture, &stations).await;
    let held = fixture.claim(&STATION_LANE).await;
    assert_eq!(held.len(), 3, "two of one station, and the other station's: {held:?}");
    assert!(fixture.claim(&STATION_LANE).await.is_empty(), "both places of the station are taken");
    add_releases(&fixture, &[Some("b"), Some("c")]).await;
    assert_eq!(fixture.claim(&STATION_LANE).await.len(), 2, "others go on");
    // Rows that wait for a place of their station are in nobody's way: somebody is at work there.
    let depth = fixture.outbox.depth(fixture.now + Duration::from_secs(3600), fixture.now).await.unwrap();
    assert_eq!((depth.waiting, depth.neglected), (8, Duration::ZERO));
    let done = held.iter().find(|entry| entry.row.order != orders[4]).unwrap();
    assert!(fixture.queue().succeed(&done.lease).await.unwrap());
    assert_eq!(fixture.claim(&STATION_LANE).await.len(), 1, "a place for a place");
}
