//! Notifications: how soon the customer sees one, and how many are taken a second.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use futures::{StreamExt, stream};

use crate::{
    clients::Watchers,
    figures::Spread,
    program::{Program, client},
    seed::{Awaited, seed},
};
use test_support::{DatabaseKind, until};

const WATCHING: u32 = 1000;
const EVERY: Duration = Duration::from_millis(20);
/// Orders paid as fast as they are taken, and callers at a time.
const FLOOD: u32 = 5000;
const CALLERS: usize = 64;

/// Sends a notification; tells whether it was taken.
async fn tell(client: &reqwest::Client, url: &str, order: &Awaited) -> bool {
    let request = client
        .post(format!("{url}/api/invoicebox/notifications"))
        .header("content-type", "application/json")
        .header("x-signature", &order.signature)
        .body(order.body.clone());
    let Ok(answer) = request.send().await else { return false };
    answer.text().await.is_ok_and(|text| text.contains("\"success\""))
}

/// From the moment a notification is sent to the event at the customer's.
pub async fn latency(kind: DatabaseKind) -> Option<String> {
    let seed = seed(kind, WATCHING).await;
    let program = Program::start(&seed.database_url, &[("KOLONKA_FORECOURT", "none")]).await;
    let watchers = Watchers::open(&program.address, &seed.orders).await;
    let client = client();
    let first = tokio::time::Instant::now() + Duration::from_millis(500);
    let telling = (0_u32..).zip(&seed.orders).map(|(nth, order)| {
        let (client, url, begun) = (&client, &program.url, watchers.begun);
        async move {
            tokio::time::sleep_until(first + EVERY * nth).await;
            let sent = begun.elapsed();
            assert!(tell(client, url, order).await, "a notification was refused");
            sent
        }
    });
    let sent = futures::future::join_all(telling).await;
    until("all events arrive", || async {
        watchers.saw.iter().all(|saw| saw.load(Ordering::Relaxed) > 0).then_some(())
    })
    .await;
    let spans = sent
        .iter()
        .zip(watchers.saw.iter())
        .map(|(sent, saw)| Duration::from_nanos(saw.load(Ordering::Relaxed)).saturating_sub(*sent));
    let spread = Spread::of(spans.collect())?;
    Some(format!("notification to event, {WATCHING} watching, 50 a second: {spread} (target p99 < 5)"))
}

/// Durable notifications a second.
pub async fn accepted(kind: DatabaseKind) -> Option<String> {
    let seed = seed(kind, FLOOD).await;
    let program = Program::start(&seed.database_url, &[("KOLONKA_FORECOURT", "none")]).await;
    let client = client();
    let begun = Instant::now();
    let taken = stream::iter(&seed.orders)
        .map(|order| tell(&client, &program.url, order))
        .buffer_unordered(CALLERS)
        .filter(|taken| std::future::ready(*taken))
        .count()
        .await;
    let rate = taken as f64 / begun.elapsed().as_secs_f64();
    Some(format!("notifications accepted: {rate:.0} a second, {taken} of {FLOOD} (target 500)"))
}
