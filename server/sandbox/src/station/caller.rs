//! The station calls its partner: what happened at a pump, as the contract has it.

use std::{sync::Arc, time::Duration};

use domain::quantity::Centi;
use time::{OffsetDateTime, UtcOffset};

use super::{
    Inner, Partner,
    book::{Entry, Way},
    litres::format_litres,
};

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// The running volume is not worth waiting for.
const PATIENCE_FOR_VOLUME: Duration = Duration::from_secs(1);
/// Pauses before something is said again; grows up to the longest.
const PAUSE: Duration = Duration::from_millis(300);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// A partner that cannot be reached is asked for leave to begin so often.
const ASKED: u32 = 120;
/// An end is told again until it is heard; after so often nobody is there any more.
const TOLD: u32 = 2_000;

/// One order's line to its partner.
pub struct Line {
    pub station: Arc<Inner>,
    pub partner: Partner,
    pub id: String,
    /// Everything is said twice.
    pub twice: bool,
}

impl Line {
    /// May we begin? An answer other than 200 means no. One that never came is asked for again.
    pub async fn may(&self, call: &str) -> bool {
        let mut pause = PAUSE;
        for _ in 0..ASKED {
            if let Some(status) = self.say(call, &[], PATIENCE).await {
                if self.twice {
                    self.say(call, &[], PATIENCE).await;
                }
                return status == 200;
            }
            self.station.clock.sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE / 10);
        }
        false
    }

    pub async fn volume(&self, volume: Centi) {
        self.say("volume", &[("litre", &format_litres(volume))], PATIENCE_FOR_VOLUME).await;
    }

    /// Told until it is heard.
    pub async fn completed(&self, entry: &Entry, volume: Centi) {
        let number = format!("{}-{}", entry.station, entry.id.get(..8).unwrap_or_default());
        let date = local(self.station.clock.now());
        let litre = format_litres(volume);
        let fields = [("litre", litre.as_str()), ("extendedOrderId", &number), ("extendedDate", &date)];
        self.insist("completed", &fields).await;
        if self.twice {
            self.say("completed", &fields, PATIENCE).await;
        }
    }

    /// Told until it is heard.
    pub async fn canceled(&self, reason: &str) {
        self.insist("canceled", &[("reason", reason)]).await;
    }

    async fn insist(&self, call: &str, fields: &[(&str, &str)]) {
        let mut pause = PAUSE;
        for _ in 0..TOLD {
            // A partner that does not know the order will not come to know it.
            if matches!(self.say(call, fields, PATIENCE).await, Some(200 | 404)) {
                return;
            }
            self.station.clock.sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// The status of the answer; `None` when there was none.
    async fn say(&self, call: &str, fields: &[(&str, &str)], within: Duration) -> Option<u16> {
        let known = [("apikey", self.partner.callback_key.as_str()), ("orderId", self.id.as_str())];
        let form: Vec<(&str, &str)> = known.into_iter().chain(fields.iter().copied()).collect();
        let url = format!("{}/api/order/{call}", self.partner.callback_url);
        let answered = async {
            let answer = self.station.http.post(url).form(&form).timeout(within).send().await.ok()?;
            let status = answer.status().as_u16();
            // Read to the end, so that the connection is kept.
            answer.bytes().await.ok()?;
            Some(status)
        };
        let status = answered.await;
        let litre = fields.iter().find(|(name, _)| *name == "litre").map(|(_, value)| format!(" {value}"));
        let said = format!("{call}{}", litre.unwrap_or_default());
        self.station.note(&self.partner.api_key, &self.id, Way::Out, said, status);
        status
    }
}

/// `dd.MM.yyyy HH:mm:ss` in Moscow's time.
fn local(at: OffsetDateTime) -> String {
    let at = at.to_offset(UtcOffset::from_hms(3, 0, 0).unwrap_or(UtcOffset::UTC));
    let (hour, minute, second) = at.to_hms();
    format!("{:02}.{:02}.{} {hour:02}:{minute:02}:{second:02}", at.day(), u8::from(at.month()), at.year())
}
