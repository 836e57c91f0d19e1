//! What other versions wrote into the outbox is read, and what they read is written.

use std::time::Duration;

use server::{
    clock::to_millis,
    database::Database,
    orders::{Marks, STATION_LANE},
};

use super::fixture::{OutboxFixture, add_releases, run_sql, to_the_millisecond};
use test_support::on_both_databases;

on_both_databases! {
    with (OutboxFixture::open);
    marks_of_the_previous_version_are_read_and_ours_are_written_for_it,
    what_earlier_versions_wrote_as_text_becomes_columns,
    rows_of_earlier_versions_get_their_station,
}

/// Two neighbouring releases run side by side: the other one knows the text of the last error only.
async fn marks_of_the_previous_version_are_read_and_ours_are_written_for_it(fixture: OutboxFixture) {
    fixture.new_order().await;
    let earlier = to_the_millisecond(fixture.now - Duration::from_secs(20));
    let sent = format!("UPDATE outbox SET last_error = 'unanswered at {}: silence'", to_millis(earlier));
    run_sql(&fixture, &sent).await;
    let entry = fixture.claim_one().await;
    assert_eq!(entry.row.marks, Marks::sent(earlier));

    assert!(fixture.outbox.mark_sent(&entry.lease, fixture.now).await.unwrap());
    let text = fixture.last_errors().await.remove(0).unwrap();
    assert!(text.starts_with(&format!("unanswered at {}: ", to_millis(fixture.now))), "{text}");

    // It has sent again since.
    let again = to_the_millisecond(fixture.now);
    run_sql(&fixture, "UPDATE outbox SET leased_until = 0, sent_at = 1000").await;
    assert_eq!(fixture.claim_one().await.row.marks, Marks::sent(again));
    let duplicate = "UPDATE outbox SET leased_until = 0, sent_at = NULL, last_error = 'duplicate: refused'";
    run_sql(&fixture, duplicate).await;
    assert_eq!(fixture.claim_one().await.row.marks, Marks::DUPLICATE);
}

/// Brings the outbox back to the schema of the version before its facts had columns, and opens it again.
async fn what_earlier_versions_wrote_as_text_becomes_columns(fixture: OutboxFixture) {
    let mut orders = Vec::new();
    for _ in 0..5 {
        orders.push(fixture.new_order().await.id);
    }
    for sql in [
        "DROP INDEX outbox_by_station",
        "ALTER TABLE outbox DROP COLUMN station_id",
        "ALTER TABLE outbox DROP COLUMN sent_at",
        "ALTER TABLE outbox DROP COLUMN duplicate_seen",
        "DELETE FROM _sqlx_migrations WHERE version = 51",
    ] {
        run_sql(&fixture, sql).await;
    }
    let texts = [
        "unanswered at 1790000000123: no answer",
        "duplicate: the number is known",
        "unanswered at 17900000x0123: no digits",
        "the station refused: unanswered at 1790000000123: x",
        "no answer",
    ];
    for (order, text) in orders.iter().zip(texts) {
        let sql = "UPDATE outbox SET last_error = $1 WHERE order_id = $2";
        let query = sqlx::query(sql).bind(text).bind(order.to_string());
        query.execute(fixture.database.pool()).await.unwrap();
    }
    let database = Database::open(&fixture.url).await.unwrap();
    let sql = "SELECT sent_at, duplicate_seen FROM outbox WHERE order_id = $1";
    for (order, expected) in
        orders.iter().zip([(Some(1_790_000_000_123_i64), 0_i64), (None, 1), (None, 0), (None, 0), (None, 0)])
    {
        let query = sqlx::query_as(sql).bind(order.to_string());
        let facts: (Option<i64>, i64) = query.fetch_one(database.pool()).await.unwrap();
        assert_eq!(facts, expected);
    }
}

async fn rows_of_earlier_versions_get_their_station(fixture: OutboxFixture) {
    add_releases(&fixture, &[None, None, None]).await;
    fixture.outbox.assign_stations().await.unwrap();
    let sql = "SELECT station_id FROM outbox";
    let stations: Vec<(Option<String>,)> =
        sqlx::query_as(sql).fetch_all(fixture.database.pool()).await.unwrap();
    let station = test_support::orders::order(true).station.id.0;
    assert_eq!(stations, vec![(Some(station),); 3]);
    assert_eq!(fixture.claim(&STATION_LANE).await.len(), 2);
}
