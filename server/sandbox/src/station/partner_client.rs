//! The station calls its partner: what happened at a pump, as the contract has it.

use std::{sync::Arc, time::Duration};

use domain::quantity::Centi;
use time::{OffsetDateTime, UtcOffset};

use super::{
    litres::format_litres,
    orders::{CallDirection, RecordedCall, StationOrder},
    partner::Partner,
    state::StationState,
};

const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// The running volume is not worth a longer wait.
const VOLUME_TIMEOUT: Duration = Duration::from_secs(1);
/// Pauses before a call is repeated; they grow up to the longest.
const FIRST_RETRY_PAUSE: Duration = Duration::from_millis(300);
const MAX_RETRY_PAUSE: Duration = Duration::from_secs(10);
const MAX_PERMISSION_PAUSE: Duration = Duration::from_secs(1);
/// A partner that cannot be reached is asked for permission to begin so often.
const MAX_PERMISSION_CALLS: u32 = 120;
/// An end is reported until it is answered; after so many calls nobody is there any more.
const MAX_END_CALLS: u32 = 2_000;

/// Calls about one order.
pub struct PartnerClient {
    pub station: Arc<StationState>,
    pub partner: Partner,
    /// Id of the order.
    pub id: String,
    /// Every call is made twice.
    pub twice: bool,
}

impl PartnerClient {
    /// Asks for permission to begin. An answer other than 200 means no; a call without an answer is repeated.
    pub async fn may(&self, call: &str) -> bool {
        let mut pause = FIRST_RETRY_PAUSE;
        for _ in 0..MAX_PERMISSION_CALLS {
            if let Some(status) = self.post(call, &[], CALL_TIMEOUT).await {
                if self.twice {
                    self.post(call, &[], CALL_TIMEOUT).await;
                }
                return status == 200;
            }
            self.station.clock.sleep(pause).await;
            pause = (pause * 2).min(MAX_PERMISSION_PAUSE);
        }
        false
    }

    /// Reports the running volume, once.
    pub async fn volume(&self, volume: Centi) {
        self.post("volume", &[("litre", &format_litres(volume))], VOLUME_TIMEOUT).await;
    }

    /// Reports the end until it is answered.
    pub async fn completed(&self, order: &StationOrder, volume: Centi) {
        let number = format!("{}-{}", order.station, order.id.get(..8).unwrap_or_default());
        let date = moscow_time(self.station.clock.now());
        let litre = format_litres(volume);
        let fields = [("litre", litre.as_str()), ("extendedOrderId", &number), ("extendedDate", &date)];
        self.post_until_answered("completed", &fields).await;
        if self.twice {
            self.post("completed", &fields, CALL_TIMEOUT).await;
        }
    }

    /// Reports the refusal until it is answered.
    pub async fn canceled(&self, reason: &str) {
        self.post_until_answered("canceled", &[("reason", reason)]).await;
    }

    async fn post_until_answered(&self, call: &str, fields: &[(&str, &str)]) {
        let mut pause = FIRST_RETRY_PAUSE;
        for _ in 0..MAX_END_CALLS {
            // A partner that does not know the order will not come to know it.
            if matches!(self.post(call, fields, CALL_TIMEOUT).await, Some(200 | 404)) {
                return;
            }
            self.station.clock.sleep(pause).await;
            pause = (pause * 2).min(MAX_RETRY_PAUSE);
        }
    }

    /// The status of the answer; `None` when there was none.
    async fn post(&self, call: &str, fields: &[(&str, &str)], timeout: Duration) -> Option<u16> {
        let known = [("apikey", self.partner.callback_key.as_str()), ("orderId", self.id.as_str())];
        let form: Vec<(&str, &str)> = known.into_iter().chain(fields.iter().copied()).collect();
        let url = format!("{}/api/order/{call}", self.partner.callback_url);
        let answered = async {
            let answer = self.station.http.post(url).form(&form).timeout(timeout).send().await.ok()?;
            let status = answer.status().as_u16();
            // Read to the end, so that the connection is kept.
            answer.bytes().await.ok()?;
            Some(status)
        };
        let status = answered.await;
        let litre = fields.iter().find(|(name, _)| *name == "litre").map(|(_, value)| format!(" {value}"));
        let message = format!("{call}{}", litre.unwrap_or_default());
        let at = self.station.clock.now();
        let record = RecordedCall { at, direction: CallDirection::Out, message, status };
        self.station.record(&self.partner.api_key, &self.id, record);
        status
    }
}

/// `dd.MM.yyyy HH:mm:ss` in Moscow's time.
fn moscow_time(at: OffsetDateTime) -> String {
    let at = at.to_offset(UtcOffset::from_hms(3, 0, 0).unwrap_or(UtcOffset::UTC));
    let (hour, minute, second) = at.to_hms();
    format!("{:02}.{:02}.{} {hour:02}:{minute:02}:{second:02}", at.day(), u8::from(at.month()), at.year())
}
