//! Telling the back office what happens to orders: signed, at least once, in order per order.
//!
//! Events are written with the change that they tell of (`orders/store/ledger.rs`). Here they are posted. One that is not
//! taken waits, longer each time, for a day; then it is laid aside, and the later ones of its order with it, until
//! somebody lets it go again.

mod queue;

use std::time::Duration;

use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use time::OffsetDateTime;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use queue::{Queue, Waiting};

use crate::{clock::Clock, config::ErpNotifyConfig, database::Database, orders::StoreError};

/// How soon a new event is seen.
const TICK: Duration = Duration::from_millis(250);
/// Under way at once; each of another order.
const BATCH: usize = 16;
/// An answer that takes longer counts as none.
const PATIENCE: Duration = Duration::from_secs(10);
/// Pauses before the next try; the last one repeats.
const PAUSES_S: [u64; 8] = [1, 5, 15, 60, 300, 900, 1800, 3600];

/// The worker's tools.
#[derive(Clone)]
pub struct Notifier {
    queue: Queue,
    client: reqwest::Client,
    url: String,
    key: SecretString,
    clock: Clock,
}

impl Notifier {
    /// # Errors
    /// The TLS library cannot be set up.
    pub fn new(config: &ErpNotifyConfig, database: Database, clock: Clock) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .user_agent(concat!("Kolonka/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(PATIENCE / 2)
            .timeout(PATIENCE)
            // The address is configured; whoever answers there does not choose another one for signed events.
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self {
            queue: Queue::new(database),
            client,
            url: config.url.clone(),
            key: config.key.clone(),
            clock,
        })
    }

    /// Posts events until told to stop. What is under way then is finished.
    pub async fn run(self, stop: CancellationToken, tasks: TaskTracker) {
        let mut under_way = tokio::task::JoinSet::new();
        loop {
            while under_way.try_join_next().is_some() {}
            let room = BATCH.saturating_sub(under_way.len());
            let begun = match self.begin(room, &tasks, &mut under_way).await {
                Ok(begun) => begun,
                Err(error) => {
                    tracing::error!(%error, "events for the back office cannot be read; trying again");
                    0
                }
            };
            if begun > 0 && under_way.len() < BATCH {
                continue;
            }
            tokio::select! {
                // The next event of this order may have been waiting for this one.
                _ = under_way.join_next(), if !under_way.is_empty() => {}
                () = tokio::time::sleep(TICK) => {}
                () = stop.cancelled() => break,
            }
        }
        while under_way.join_next().await.is_some() {}
    }

    /// Starts on as many events as there is room for.
    async fn begin(
        &self,
        room: usize,
        tasks: &TaskTracker,
        under_way: &mut tokio::task::JoinSet<()>,
    ) -> Result<usize, StoreError> {
        if room == 0 {
            return Ok(0);
        }
        let events = self.queue.claim(self.clock.now(), self.clock.wall(), room).await?;
        let begun = events.len();
        for event in events {
            let notifier = self.clone();
            under_way.spawn(tasks.track_future(async move { notifier.deliver(event).await }));
        }
        Ok(begun)
    }

    async fn deliver(&self, event: Waiting) {
        let result = match self.post(&event.body).await {
            Ok(()) => {
                metrics::counter!("kolonka_erp_events_total", "outcome" => "delivered").increment(1);
                self.queue.done(&event).await
            }
            Err(problem) => {
                let due = self.next_try(&event);
                let outcome = if due.is_some() { "failed" } else { "dead" };
                metrics::counter!("kolonka_erp_events_total", "outcome" => outcome).increment(1);
                tracing::warn!(order.id = ?event.order, event.seq, event.attempts, problem, dead = due.is_none(), "the back office did not take an event");
                self.queue.failed(&event, due, &problem).await
            }
        };
        if let Err(error) = result {
            // The lease runs out and the event is posted again.
            tracing::error!(%error, order.id = ?event.order, event.seq, "the fate of an event cannot be recorded");
        }
    }

    async fn post(&self, body: &str) -> Result<(), String> {
        let answer = self
            .client
            .post(&self.url)
            .header("content-type", "application/json")
            .header("x-kolonka-signature", format!("sha256={}", sign(&self.key, body.as_bytes())))
            .body(body.to_owned())
            .send()
            .await
            // Without the address, which may carry a secret.
            .map_err(|error| error.without_url().to_string())?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            status => Err(format!("HTTP {}", status.as_u16())),
        }
    }

    /// `None` when the day is over.
    fn next_try(&self, event: &Waiting) -> Option<OffsetDateTime> {
        let index = usize::try_from(event.attempts - 1).unwrap_or(0).min(PAUSES_S.len() - 1);
        let due = self.clock.now() + Duration::from_secs(PAUSES_S.get(index).copied().unwrap_or(3600));
        (due <= event.give_up_at).then_some(due)
    }
}

/// Hex HMAC-SHA256 of a body.
fn sign(key: &SecretString, body: &[u8]) -> String {
    // HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.expose_secret().as_bytes()) else {
        return String::new();
    };
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}
