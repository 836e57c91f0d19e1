//! One call over HTTP: its slot in the queue, its time limit, its log line, and repetition where that is harmless.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use backon::{ExponentialBuilder, Retryable};
use reqwest::{Method, RequestBuilder, Response, header, redirect};
use secrecy::ExposeSecret;
use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc2822};
use tokio::time::Instant;

use super::{
    errors::CallError,
    limiter::{Limiter, Priority},
    settings::{InvoiceboxClientSettings, InvoiceboxLimits},
    wire,
};
use crate::clock::RemoteTime;

/// Largest answer that is read.
const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;
/// Tries of a read in all.
const MAX_READ_TRIES: usize = 3;
/// A longer `Retry-After` is handed to the caller instead of waited for.
const MAX_RETRY_PAUSE: Duration = Duration::from_secs(60);
/// Age up to which the time in an answer is compared with this machine's clock.
const MAX_SERVER_TIME_AGE: Duration = Duration::from_secs(3600);
/// Form that their documentation requires: `Name/Version (Module version) marks`.
const USER_AGENT: &str =
    concat!("Kolonka/", env!("CARGO_PKG_VERSION"), " (Rust/", env!("CARGO_PKG_RUST_VERSION"));

/// HTTP connections to Invoicebox and their rate limit. Cheap to clone; clones share the limit.
#[derive(Clone, Debug)]
pub struct Transport {
    /// Follows redirects, inside the budget of the read.
    reads: reqwest::Client,
    /// Does not: a redirected write might be carried out twice, or elsewhere.
    writes: reqwest::Client,
    settings: InvoiceboxClientSettings,
    limiter: Arc<Limiter>,
    priority: Priority,
    server_time: Arc<Mutex<Option<RemoteTime>>>,
}

/// A good answer: 2xx with JSON.
#[derive(Debug)]
pub struct InvoiceboxReply {
    pub status: u16,
    pub body: Value,
}

impl Transport {
    pub fn new(settings: InvoiceboxClientSettings) -> Result<Self, reqwest::Error> {
        let build = |policy| {
            let agent = format!("{USER_AGENT}; {} {})", std::env::consts::OS, std::env::consts::ARCH);
            let accept = header::HeaderValue::from_static("application/json");
            reqwest::Client::builder()
                .user_agent(agent)
                .default_headers(header::HeaderMap::from_iter([(header::ACCEPT, accept)]))
                .connect_timeout(settings.limits.connect)
                .redirect(policy)
                .build()
        };
        let InvoiceboxLimits { requests, window, .. } = settings.limits;
        Ok(Self {
            reads: build(redirect::Policy::limited(3))?,
            writes: build(redirect::Policy::none())?,
            limiter: Arc::new(Limiter::new(requests, window)),
            priority: Priority::default(),
            settings,
            server_time: Arc::default(),
        })
    }

    pub fn limits(&self) -> InvoiceboxLimits {
        self.settings.limits
    }

    /// The same connections and limit for calls of this priority.
    pub fn with_priority(&self, priority: Priority) -> Self {
        Self { priority, ..self.clone() }
    }

    /// The time in the last answer, to about a second; `None` if there was none for [`MAX_SERVER_TIME_AGE`].
    pub fn server_time(&self) -> Option<RemoteTime> {
        let last = (*self.server_time.lock().unwrap_or_else(PoisonError::into_inner))?;
        (last.received.elapsed() <= MAX_SERVER_TIME_AGE).then_some(last)
    }

    /// Sends a read, at most [`MAX_READ_TRIES`] times where infrastructure was in the way (408, 425, 429, 503).
    pub async fn read(&self, path: &str, query: &[(&str, &str)]) -> Result<InvoiceboxReply, CallError> {
        let deadline = Instant::now() + self.settings.limits.read;
        let once = || async {
            let request = self.reads.get(self.url(path)).query(query);
            self.send_once(TimeLimit::Until(deadline), &Method::GET, path, request).await
        };
        let pauses = ExponentialBuilder::new()
            .with_min_delay(self.settings.limits.pause)
            .with_max_times(MAX_READ_TRIES - 1);
        once.retry(pauses)
            .sleep(tokio::time::sleep)
            .when(|failed: &FailedCall| failed.is_transient)
            .adjust(|failed, pause| {
                let pause = pause?;
                let wait = failed.retry_after.unwrap_or(pause) + jitter(pause);
                (wait <= MAX_RETRY_PAUSE && Instant::now() + wait < deadline).then_some(wait)
            })
            .await
            .map_err(|failed| failed.error)
    }

    /// Sends a write once.
    pub async fn write(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<InvoiceboxReply, CallError> {
        let request = self.writes.request(method.clone(), self.url(path));
        let request = match body {
            Some(body) => request.json(body),
            // Their rules want the type even where there is nothing of it.
            None => request.header(header::CONTENT_TYPE, "application/json"),
        };
        let limit = TimeLimit::Span(self.settings.limits.write);
        self.send_once(limit, &method, path, request).await.map_err(|failed| failed.error)
    }

    fn url(&self, path: &str) -> String {
        let base = self.settings.api_url.trim_end_matches('/');
        format!("{base}/{}{path}", self.settings.version.segment())
    }

    async fn send_once(
        &self,
        limit: TimeLimit,
        method: &Method,
        path: &str,
        request: RequestBuilder,
    ) -> Result<InvoiceboxReply, FailedCall> {
        let InvoiceboxLimits { queue, invoice_queue, .. } = self.settings.limits;
        // A read that waited so long would have no time left.
        let queue = match (limit, self.priority) {
            (TimeLimit::Span(_), Priority::Create) => invoice_queue,
            _ => queue,
        };
        let slot = async {
            let slot = self.limiter.acquire_slot(self.priority).await;
            self.limiter.wait_for_window(self.priority).await;
            slot
        };
        let Ok(_slot) = tokio::time::timeout(queue, slot).await else {
            tracing::warn!(%method, path, "no free slot for a call to Invoicebox in time");
            return Err(CallError::RateLimited { retry_after: Some(queue) }.into());
        };
        // A write has its span after the queue, too.
        let span = match limit {
            TimeLimit::Until(deadline) => deadline.saturating_duration_since(Instant::now()),
            TimeLimit::Span(span) => span,
        };
        let begun = Instant::now();
        let request = request.bearer_auth(self.settings.token.expose_secret());
        let mut head = AnswerHead::default();
        let result = match tokio::time::timeout(span, self.exchange(request, &mut head)).await {
            Ok(result) => result,
            Err(_) => Err(CallError::TimedOut(span).into()),
        };
        report(method, path, &head, begun.elapsed(), &result);
        result
    }

    async fn exchange(
        &self,
        request: RequestBuilder,
        head: &mut AnswerHead,
    ) -> Result<InvoiceboxReply, FailedCall> {
        let response = request.send().await.map_err(|error| classify_transport_error(error, None))?;
        let status = response.status().as_u16();
        *head = AnswerHead { status: Some(status), request_id: header_text(&response, "x-request-id") };
        if let Some(date) = header_date(&response, "date") {
            let time = RemoteTime { time: date, received: std::time::Instant::now() };
            *self.server_time.lock().unwrap_or_else(PoisonError::into_inner) = Some(time);
        }
        let retry_after = retry_after(&response);
        let paused = if status == 429 { retry_after } else { window_reset_pause(&response) };
        if let Some(span) = paused {
            self.limiter.pause_all(span.min(MAX_RETRY_PAUSE));
        }
        let success = response.status().is_success();
        let body = read_body(response).await?;
        if success {
            let body = wire::json::parse(&body).map_err(|error| {
                CallError::unusable(status, format!("not JSON, or cut after {} bytes: {error}", body.len()))
            })?;
            return Ok(InvoiceboxReply { status, body });
        }
        Err(FailedCall {
            error: CallError::from_answer(status, retry_after, &body),
            is_transient: matches!(status, 408 | 425 | 429 | 503),
            retry_after,
        })
    }
}

/// When a try is given up.
#[derive(Clone, Copy, Debug)]
enum TimeLimit {
    /// A moment for all tries of a read.
    Until(Instant),
    /// A span for a write, which is tried once.
    Span(Duration),
}

/// A try that failed, and whether the next one may succeed.
#[derive(Debug)]
struct FailedCall {
    error: CallError,
    is_transient: bool,
    retry_after: Option<Duration>,
}

impl From<CallError> for FailedCall {
    fn from(error: CallError) -> Self {
        Self { error, is_transient: false, retry_after: None }
    }
}

/// Parts of an answer that are logged even if its body cannot be used.
#[derive(Default)]
struct AnswerHead {
    status: Option<u16>,
    request_id: Option<String>,
}

fn report(
    method: &Method,
    path: &str,
    head: &AnswerHead,
    took: Duration,
    result: &Result<InvoiceboxReply, FailedCall>,
) {
    let status = head.status.unwrap_or(0);
    let request_id = head.request_id.as_deref().unwrap_or("-");
    let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    match result {
        Ok(_) => tracing::info!(%method, path, status, duration_ms, request_id, "Invoicebox answered"),
        Err(FailedCall { error, .. }) => {
            tracing::warn!(%method, path, status, duration_ms, request_id, %error, "Invoicebox call failed");
        }
    }
    let labels = [("method", method.as_str().to_owned()), ("status", status.to_string())];
    metrics::histogram!("kolonka_invoicebox_call_seconds", &labels).record(took.as_secs_f64());
}

async fn read_body(mut response: Response) -> Result<Vec<u8>, CallError> {
    let status = response.status().as_u16();
    let mut body = Vec::new();
    while let Some(chunk) =
        response.chunk().await.map_err(|error| classify_transport_error(error, Some(status)))?
    {
        if body.len() + chunk.len() > MAX_BODY_BYTES {
            return Err(CallError::unusable(status, "the answer is longer than 4 MiB"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Returns what a failed exchange proves: only a connection that was never made proves that nothing was sent.
fn classify_transport_error(error: reqwest::Error, status: Option<u16>) -> CallError {
    let unsent = error.is_connect() || error.is_builder();
    let cause = format!("{:#}", anyhow::Error::from(error.without_url()));
    if unsent { CallError::Unreachable { cause } } else { CallError::Unknown { status, cause } }
}

/// `Retry-After` in seconds, or as a date, which is compared with the answer's own `Date` rather than our clock.
fn retry_after(response: &Response) -> Option<Duration> {
    let value = header_text(response, "retry-after")?;
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let span = parse_date(&value)? - header_date(response, "date")?;
    Some(Duration::try_from(span).unwrap_or_default())
}

fn header_date(response: &Response, header: &str) -> Option<OffsetDateTime> {
    parse_date(&header_text(response, header)?)
}

fn parse_date(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc2822).ok()
}

/// The time until their window ends, at least a second, where no requests are left in it.
fn window_reset_pause(response: &Response) -> Option<Duration> {
    let either =
        |name: &str| header_text(response, name).or_else(|| header_text(response, &format!("x-{name}")));
    if either("ratelimit-remaining")? != "0" {
        return None;
    }
    let reset = either("ratelimit-reset").and_then(|text| text.parse().ok()).unwrap_or(1);
    Some(Duration::from_secs(u64::max(reset, 1)))
}

fn header_text(response: &Response, header: &str) -> Option<String> {
    response.headers().get(header)?.to_str().ok().map(|text| text.chars().take(100).collect())
}

/// A random part of up to a quarter of the pause, so that instances do not retry in step.
pub(super) fn jitter(pause: Duration) -> Duration {
    pause.mul_f64(rand::random_range(0.0..0.25))
}
