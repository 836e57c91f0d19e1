//! One call over HTTP: its turn, its time limit, its log line, and repetition where that is harmless.

use std::{sync::Arc, time::Duration};

use reqwest::{Method, RequestBuilder, Response, header, redirect};
use secrecy::ExposeSecret;
use serde_json::Value;
use tokio::time::Instant;

use super::{
    errors::CallError,
    limiter::{Kind, Limiter},
    settings::{Limits, Settings},
};

/// Longest answer that is read.
const BODY_LIMIT: usize = 4 * 1024 * 1024;
/// Tries of a read in all.
const TRIES: u32 = 3;
/// A longer `Retry-After` is handed to the caller instead of waited for.
const MAX_RETRY_PAUSE: Duration = Duration::from_secs(60);
/// What their documentation asks for: `Name/Version (Module version) marks`.
const USER_AGENT: &str =
    concat!("Kolonka/", env!("CARGO_PKG_VERSION"), " (Rust/", env!("CARGO_PKG_RUST_VERSION"));

/// The way to Invoicebox. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Transport {
    /// Follows redirects, inside the budget of the read.
    reads: reqwest::Client,
    /// Does not: a redirected write might be carried out twice, or elsewhere.
    writes: reqwest::Client,
    settings: Settings,
    limiter: Arc<Limiter>,
}

/// A good answer: 2xx with JSON.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub body: Value,
}

impl Transport {
    pub fn new(settings: Settings) -> Result<Self, reqwest::Error> {
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
        let Limits { requests, window, .. } = settings.limits;
        Ok(Self {
            reads: build(redirect::Policy::limited(3))?,
            writes: build(redirect::Policy::none())?,
            limiter: Arc::new(Limiter::new(requests, window)),
            settings,
        })
    }

    /// Asks, and asks again up to three times where infrastructure was in the way (408, 425, 429, 503).
    pub async fn read(&self, path: &str, query: &[(&str, &str)]) -> Result<Reply, CallError> {
        let budget = self.settings.limits.read;
        let deadline = Instant::now() + budget;
        let mut pause = self.settings.limits.pause;
        let mut tried = 1;
        loop {
            let request = self.reads.get(self.url(path)).query(query);
            let failed = match self.once(Kind::Read, &Method::GET, path, request, deadline).await {
                Ok(reply) => return Ok(reply),
                Err(failed) => failed,
            };
            let wait = failed.retry_after.unwrap_or(pause) + jitter(pause);
            let out_of_time = wait > MAX_RETRY_PAUSE || Instant::now() + wait >= deadline;
            if !failed.passing || tried == TRIES || out_of_time {
                return Err(failed.error);
            }
            tokio::time::sleep(wait).await;
            pause *= 2;
            tried += 1;
        }
    }

    /// Sends once.
    pub async fn write(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Reply, CallError> {
        let deadline = Instant::now() + self.settings.limits.queue + self.settings.limits.write;
        let request = self.writes.request(method.clone(), self.url(path));
        let request = match body {
            Some(body) => request.json(body),
            // Their rules want the type even where there is nothing of it.
            None => request.header(header::CONTENT_TYPE, "application/json"),
        };
        self.once(Kind::Write, &method, path, request, deadline).await.map_err(|failed| failed.error)
    }

    fn url(&self, path: &str) -> String {
        let base = self.settings.api_url.trim_end_matches('/');
        format!("{base}/{}{path}", self.settings.version.segment())
    }

    async fn once(
        &self,
        kind: Kind,
        method: &Method,
        path: &str,
        request: RequestBuilder,
        deadline: Instant,
    ) -> Result<Reply, Failed> {
        let Limits { queue, read, write, .. } = self.settings.limits;
        let turn = async {
            let place = self.limiter.place(kind).await;
            self.limiter.turn(kind).await;
            place
        };
        let Ok(_place) = tokio::time::timeout(queue, turn).await else {
            tracing::warn!(%method, path, "Invoicebox: given up in our own queue");
            return Err(CallError::RateLimited { retry_after: Some(queue) }.into());
        };
        let span = match kind {
            Kind::Read => deadline.saturating_duration_since(Instant::now()).min(read),
            Kind::Write => write,
        };
        let begun = Instant::now();
        let request = request.bearer_auth(self.settings.token.expose_secret());
        let mut seen = Seen::default();
        let result = match tokio::time::timeout(span, self.exchange(request, &mut seen)).await {
            Ok(result) => result,
            Err(_) => Err(CallError::TimedOut(span).into()),
        };
        report(method, path, &seen, begun.elapsed(), &result);
        result
    }

    async fn exchange(&self, request: RequestBuilder, seen: &mut Seen) -> Result<Reply, Failed> {
        let response = request.send().await.map_err(|error| unsent_or_cut(error, None))?;
        let status = response.status().as_u16();
        *seen = Seen { status: Some(status), request_id: text(&response, "x-request-id") };
        let retry_after = retry_after(&response);
        let paused = if status == 429 { retry_after } else { exhausted(&response) };
        if let Some(span) = paused {
            self.limiter.silence(span.min(MAX_RETRY_PAUSE));
        }
        let success = response.status().is_success();
        let body = body(response).await?;
        if success {
            let body = serde_json::from_slice(&body).map_err(|error| {
                CallError::unusable(status, format!("not JSON, or cut after {} bytes: {error}", body.len()))
            })?;
            return Ok(Reply { status, body });
        }
        Err(Failed {
            error: CallError::of_answer(status, retry_after, &body),
            passing: matches!(status, 408 | 425 | 429 | 503),
            retry_after,
        })
    }
}

/// A try that failed, and whether the next may do better.
#[derive(Debug)]
struct Failed {
    error: CallError,
    passing: bool,
    retry_after: Option<Duration>,
}

impl From<CallError> for Failed {
    fn from(error: CallError) -> Self {
        Self { error, passing: false, retry_after: None }
    }
}

/// What of the answer is worth a log line whatever becomes of it.
#[derive(Default)]
struct Seen {
    status: Option<u16>,
    request_id: Option<String>,
}

fn report(method: &Method, path: &str, seen: &Seen, took: Duration, result: &Result<Reply, Failed>) {
    let status = seen.status.unwrap_or(0);
    let request_id = seen.request_id.as_deref().unwrap_or("-");
    let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    match result {
        Ok(_) => tracing::info!(%method, path, status, duration_ms, request_id, "Invoicebox answered"),
        Err(Failed { error, .. }) => {
            tracing::warn!(%method, path, status, duration_ms, request_id, %error, "Invoicebox call failed");
        }
    }
    let labels = [("method", method.as_str().to_owned()), ("status", status.to_string())];
    metrics::histogram!("kolonka_invoicebox_call_seconds", &labels).record(took.as_secs_f64());
}

async fn body(mut response: Response) -> Result<Vec<u8>, CallError> {
    let status = response.status().as_u16();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| unsent_or_cut(error, Some(status)))? {
        if body.len() + chunk.len() > BODY_LIMIT {
            return Err(CallError::unusable(status, "the answer is longer than 4 MiB"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Only a connection that never came about proves that nothing was sent.
fn unsent_or_cut(error: reqwest::Error, status: Option<u16>) -> CallError {
    let unsent = error.is_connect() || error.is_builder();
    let cause = format!("{:#}", anyhow::Error::from(error.without_url()));
    if unsent { CallError::Unreachable { cause } } else { CallError::Unknown { status, cause } }
}

/// `Retry-After` in seconds, or as a date, which is held against the answer's own `Date` rather than our clock.
fn retry_after(response: &Response) -> Option<Duration> {
    let value = text(response, "retry-after")?;
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date =
        |text: &str| time::OffsetDateTime::parse(text, &time::format_description::well_known::Rfc2822).ok();
    let span = date(&value)? - date(&text(response, "date")?)?;
    Some(Duration::try_from(span).unwrap_or_default())
}

/// No requests are left in their window: silence until it is over, at least a second.
fn exhausted(response: &Response) -> Option<Duration> {
    let either = |name: &str| text(response, name).or_else(|| text(response, &format!("x-{name}")));
    if either("ratelimit-remaining")? != "0" {
        return None;
    }
    let reset = either("ratelimit-reset").and_then(|text| text.parse().ok()).unwrap_or(1);
    Some(Duration::from_secs(u64::max(reset, 1)))
}

fn text(response: &Response, header: &str) -> Option<String> {
    response.headers().get(header)?.to_str().ok().map(|text| text.chars().take(100).collect())
}

/// Up to a quarter of the pause, so that several instances do not come back in step.
fn jitter(pause: Duration) -> Duration {
    pause.mul_f64(rand::random_range(0.0..0.25))
}
