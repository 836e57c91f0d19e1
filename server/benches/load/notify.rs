//! Notifications: how soon the customer sees one, and how many are accepted a second.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use futures::{StreamExt, stream};

use crate::{
    clients::Watchers,
    figures::Spread,
    program::{Program, client},
    seed::{UnpaidOrder, seed},
};
use test_support::{DatabaseKind, until};

const WATCHED_ORDERS: u32 = 1000;
const NOTIFY_INTERVAL: Duration = Duration::from_millis(20);
/// Orders whose notifications are sent as fast as they are accepted.
const FLOOD_ORDERS: u32 = 5000;
const MAX_CONCURRENT_CALLERS: usize = 64;

/// Sends a notification. Returns whether it was accepted.
async fn notify(client: &reqwest::Client, url: &str, order: &UnpaidOrder) -> bool {
    let request = client
        .post(format!("{url}/api/invoicebox/notifications"))
        .header("content-type", "application/json")
        .header("x-signature", &order.signature)
        .body(order.body.clone());
    let Ok(answer) = request.send().await else { return false };
    answer.text().await.is_ok_and(|text| text.contains("\"success\""))
}

/// Time from the sending of a notification to the customer's event.
pub async fn latency(kind: DatabaseKind) -> Option<String> {
    let seed = seed(kind, WATCHED_ORDERS).await;
    let program = Program::start(&seed.database_url, &[("KOLONKA_FORECOURT", "none")]).await;
    let watchers = Watchers::open(&program.address, &seed.orders).await;
    let client = client();
    let first = tokio::time::Instant::now() + Duration::from_millis(500);
    let notifying = (0_u32..).zip(&seed.orders).map(|(nth, order)| {
        let (client, url, begun) = (&client, &program.url, watchers.begun);
        async move {
            tokio::time::sleep_until(first + NOTIFY_INTERVAL * nth).await;
            let sent = begun.elapsed();
            assert!(notify(client, url, order).await, "a notification was refused");
            sent
        }
    });
    let sent = futures::future::join_all(notifying).await;
    until("all events arrive", || async {
        watchers.seen_at.iter().all(|seen_at| seen_at.load(Ordering::Relaxed) > 0).then_some(())
    })
    .await;
    let spans = sent
        .iter()
        .zip(watchers.seen_at.iter())
        .map(|(sent, seen_at)| Duration::from_nanos(seen_at.load(Ordering::Relaxed)).saturating_sub(*sent));
    let spread = Spread::of(spans.collect())?;
    Some(format!("notification to event, {WATCHED_ORDERS} watching, 50 a second: {spread} (target p99 < 5)"))
}

/// Durably accepted notifications a second.
pub async fn accepted(kind: DatabaseKind) -> Option<String> {
    let seed = seed(kind, FLOOD_ORDERS).await;
    let program = Program::start(&seed.database_url, &[("KOLONKA_FORECOURT", "none")]).await;
    let client = client();
    let begun = Instant::now();
    let accepted_count = stream::iter(&seed.orders)
        .map(|order| notify(&client, &program.url, order))
        .buffer_unordered(MAX_CONCURRENT_CALLERS)
        .filter(|accepted| std::future::ready(*accepted))
        .count()
        .await;
    let rate = accepted_count as f64 / begun.elapsed().as_secs_f64();
    Some(format!(
        "notifications accepted: {rate:.0} a second, {accepted_count} of {FLOOD_ORDERS} (target 500)"
    ))
}
