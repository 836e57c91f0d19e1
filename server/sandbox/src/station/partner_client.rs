//! Calls of the station to its partner about what happens at a pump, by the tanker contract (docs/station-link.md).

use std::{sync::Arc, time::Duration};

use backon::{ExponentialBuilder, Retryable};
use domain::quantity::Centi;
use time::{OffsetDateTime, UtcOffset};

use super::{
    litres::format_litres,
    orders::{CallDirection, RecordedCall, StationOrder},
    partner::Partner,
    state::StationState,
};
use crate::retry::{RetryPauses, Unanswered};

const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// Time limit of a report of the running volume, which is not worth a longer wait.
const VOLUME_TIMEOUT: Duration = Duration::from_secs(1);
/// Repeats of a call for permission that got no answer. A customer waits at the pump, so the pauses stay short.
const PERMISSION_RETRIES: ExponentialBuilder = ExponentialBuilder::new()
    .with_min_delay(Duration::from_millis(300))
    .with_max_delay(Duration::from_secs(1))
    .with_max_times(119);
/// Repeats of a report that the partner has not taken. After these it is regarded as stopped.
const REPORT_RETRIES: ExponentialBuilder = ExponentialBuilder::new()
    .with_min_delay(Duration::from_millis(300))
    .with_max_delay(Duration::from_secs(10))
    .with_max_times(1_999);

/// Calls about one order.
pub struct PartnerClient {
    pub station: Arc<StationState>,
    pub partner: Partner,
    /// Id of the order.
    pub id: String,
    /// Every call is made twice.
    pub is_doubled: bool,
}

impl PartnerClient {
    /// Asks for permission to begin. An answer other than 200 is a refusal; a call without an answer is repeated.
    pub async fn ask_permission(&self, call: &str) -> bool {
        let ask = || self.post(call, &[], CALL_TIMEOUT);
        let answer = ask.retry(PERMISSION_RETRIES).sleep(self.pauses()).await;
        if self.is_doubled && answer.is_ok() {
            self.post_once(call, &[], CALL_TIMEOUT).await;
        }
        matches!(answer, Ok(200))
    }

    /// Reports the running volume, once.
    pub async fn report_volume(&self, volume: Centi) {
        self.post_once("volume", &[("litre", &format_litres(volume))], VOLUME_TIMEOUT).await;
    }

    /// Reports the end until the partner takes the report. `litre` is the volume as it is written.
    pub async fn report_completed(&self, order: &StationOrder, litre: &str) {
        // The end of the id: its beginning may be the same for several releases.
        let number = format!("{}-{}", order.station, order.id.rsplit('-').next().unwrap_or_default());
        let date = moscow_time(self.station.clock.now());
        let fields = [("litre", litre), ("extendedOrderId", &number), ("extendedDate", &date)];
        self.post_until_taken("completed", &fields).await;
        if self.is_doubled {
            self.post_once("completed", &fields, CALL_TIMEOUT).await;
        }
    }

    /// Reports the refusal until the partner takes the report.
    pub async fn report_canceled(&self, reason: &str) {
        self.post_until_taken("canceled", &[("reason", reason)]).await;
    }

    /// Makes a call once, whatever the partner answers.
    pub async fn send(&self, call: &str, fields: &[(&str, &str)]) {
        self.post_once(call, fields, CALL_TIMEOUT).await;
    }

    async fn post_until_taken(&self, call: &str, fields: &[(&str, &str)]) {
        let report = async || match self.post(call, fields, CALL_TIMEOUT).await? {
            // A partner that does not know the order will not come to know it.
            200 | 404 => Ok(()),
            _ => Err(Unanswered),
        };
        if report.retry(REPORT_RETRIES).sleep(self.pauses()).await.is_err() {
            tracing::info!(
                call,
                order = self.id,
                "the partner of the simulated station took no report of an end"
            );
        }
    }

    fn pauses(&self) -> RetryPauses {
        RetryPauses(Arc::clone(&self.station.clock))
    }

    /// Makes a call of which the answer does not matter.
    async fn post_once(&self, call: &str, fields: &[(&str, &str)], timeout: Duration) {
        // The call is recorded either way.
        let _ = self.post(call, fields, timeout).await;
    }

    /// Makes a call and records it with its order. Returns the status of the answer.
    async fn post(&self, call: &str, fields: &[(&str, &str)], timeout: Duration) -> Result<u16, Unanswered> {
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
        status.ok_or(Unanswered)
    }
}

/// `dd.MM.yyyy HH:mm:ss` in Moscow's time.
fn moscow_time(at: OffsetDateTime) -> String {
    let at = at.to_offset(UtcOffset::from_hms(3, 0, 0).unwrap_or(UtcOffset::UTC));
    let (hour, minute, second) = at.to_hms();
    format!("{:02}.{:02}.{} {hour:02}:{minute:02}:{second:02}", at.day(), u8::from(at.month()), at.year())
}
