//! Rows of instances whose clock is wrong, or was.

use std::time::Duration;

use server::{
    orders::{INVOICE_LANE, Marks},
    queue::EntryState,
};

use super::fixture::{OutboxFixture, failure, to_the_millisecond};
use test_support::on_both_databases;

on_both_databases! {
    with (OutboxFixture::open);
    leases_and_pauses_in_the_future_are_void,
    a_row_that_was_put_back_in_the_future_is_due_now,
    an_instance_with_a_wrong_clock_neither_takes_held_rows_nor_leaves_free_ones,
    what_an_instance_with_a_wrong_clock_puts_back_waits_its_pause_and_no_longer,
    a_mark_in_the_future_counts_from_now,
}

/// The clock was set back by an hour.
async fn leases_and_pauses_in_the_future_are_void(fixture: OutboxFixture) {
    fixture.new_order().await;
    let hour = Duration::from_secs(3600);
    let later = fixture.now + hour;
    let held = fixture.queue().claim(&INVOICE_LANE, later, later, 1).await.unwrap().remove(0);
    let rows = fixture.outbox.list(fixture.now).await.unwrap();
    assert_eq!(rows[0].state, EntryState::Waiting, "nobody can hold a row for so long");
    let entry = fixture.claim_one().await;
    assert!(!fixture.queue().succeed(&held.lease).await.unwrap());
    let far = later + hour;
    assert!(fixture.queue().fail(&entry.lease, fixture.now, Some(far), failure("x")).await.unwrap());
    assert_eq!(fixture.claim_one().await.attempts, 3);
    // Clocks of two instances differ a little: that is no reason to take a row from its holder.
    let other_clock = fixture.now - Duration::from_secs(5);
    let taken = fixture.queue().claim(&INVOICE_LANE, fixture.now, other_clock, 1).await.unwrap();
    assert!(taken.is_empty(), "{taken:?}");
}

/// The clock was ahead by less than the longest pause, and was set right.
async fn a_row_that_was_put_back_in_the_future_is_due_now(fixture: OutboxFixture) {
    fixture.new_order().await;
    let ahead = fixture.now + Duration::from_secs(50 * 60);
    let entry = fixture.queue().claim(&INVOICE_LANE, ahead, ahead, 1).await.unwrap().remove(0);
    let due = ahead + Duration::from_secs(5);
    assert!(fixture.queue().fail(&entry.lease, ahead, Some(due), failure("x")).await.unwrap());
    let again = fixture.claim_one().await;
    let due = fixture.now + Duration::from_secs(50 * 60);
    assert!(fixture.queue().fail(&again.lease, fixture.now, Some(due), failure("x")).await.unwrap());
    assert!(fixture.claim(&INVOICE_LANE).await.is_empty(), "a pause of now is kept");
}

const CLOCK_ERRORS: [time::Duration; 4] = [
    time::Duration::seconds(90),
    time::Duration::seconds(-90),
    time::Duration::DAY,
    time::Duration::hours(-24),
];

async fn an_instance_with_a_wrong_clock_neither_takes_held_rows_nor_leaves_free_ones(fixture: OutboxFixture) {
    for error in CLOCK_ERRORS {
        let (wrong, clock) = fixture.outbox_with_clock_error(error).await;
        let claim = || wrong.queue().claim(&INVOICE_LANE, clock.now(), clock.wall(), 10);
        fixture.new_order().await;
        let held = fixture.claim_now().await;
        assert_eq!(held.len(), 1, "{error}");
        assert!(claim().await.unwrap().is_empty(), "{error}: it takes the row of another");
        assert!(fixture.queue().succeed(&held[0].lease).await.unwrap());
        fixture.new_order().await;
        let held = claim().await.unwrap();
        assert_eq!(held.len(), 1, "{error}: it leaves a free row");
        assert!(fixture.claim_now().await.is_empty(), "{error}: its own row is taken");
        assert!(wrong.queue().renew(&held[0].lease, clock.wall()).await.unwrap());
        assert!(fixture.claim_now().await.is_empty(), "{error}: its own row is taken after it was renewed");
        assert!(wrong.queue().succeed(&held[0].lease).await.unwrap());
    }
}

async fn what_an_instance_with_a_wrong_clock_puts_back_waits_its_pause_and_no_longer(fixture: OutboxFixture) {
    let pause = Duration::from_secs(600);
    for error in CLOCK_ERRORS {
        let (wrong, clock) = fixture.outbox_with_clock_error(error).await;
        fixture.new_order().await;
        let entry = wrong.queue().claim(&INVOICE_LANE, clock.now(), clock.wall(), 1).await.unwrap().remove(0);
        let due = clock.now() + pause;
        assert!(wrong.queue().fail(&entry.lease, clock.now(), Some(due), failure("x")).await.unwrap());
        assert!(fixture.claim_now().await.is_empty(), "{error}: the pause is cut short");
        // The time of the database is known to the moment that its answer takes.
        let (now, wall) = (fixture.clock.now() + pause + Duration::from_secs(1), fixture.clock.wall());
        let again = fixture.queue().claim(&INVOICE_LANE, now, wall, 1).await.unwrap();
        assert_eq!(again.len(), 1, "{error}: the pause is longer");
        assert!(fixture.queue().succeed(&again[0].lease).await.unwrap());
    }
}

async fn a_mark_in_the_future_counts_from_now(fixture: OutboxFixture) {
    fixture.new_order().await;
    let entry = fixture.claim_one().await;
    let now = to_the_millisecond(fixture.now);
    assert!(fixture.outbox.mark_sent(&entry.lease, now + Duration::from_secs(3600)).await.unwrap());
    fixture.queue().end_all_leases().await.unwrap();
    let claimed = fixture.queue().claim(&INVOICE_LANE, now, now, 1).await.unwrap().remove(0);
    assert_eq!(claimed.row.marks, Marks::sent(now));
}
