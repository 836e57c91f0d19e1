//! Calls to the station server over HTTP: address, keys, time limit, and what an answer proves.

use std::time::Duration;

use domain::hidden::is_hidden;
use reqwest::{Method, RequestBuilder, Response, header, redirect};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::TankerConfig;
use crate::station_link::{StationCallError, StationRefusal};

/// Time limit of a connection, which is made soon or not at all.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Longest wait for a ping, during which a customer waits: see also [`crate::orders`], which gives up a little later.
const MAX_PING_TIMEOUT: Duration = Duration::from_secs(4);
/// Longest refusal that is read: it holds a sentence.
const MAX_REFUSAL_BYTES: usize = 8 * 1024;
/// Most characters of its sentence that are kept.
const MAX_REFUSAL_CHARS: usize = 200;
/// The call that asks for a pump.
pub(super) const PING: &str = "ping";
/// Header of our own key.
const SYSTEM_KEY_HEADER: &str = "externalSystemApikey";

/// A client of the station server. Cheap to clone.
#[derive(Clone, Debug)]
pub struct TankerClient {
    http: reqwest::Client,
    url: String,
    api_key: SecretString,
    system_key: Option<SecretString>,
    timeout: Duration,
}

/// Parameters of a call.
#[derive(Clone, Copy, Debug)]
pub(super) struct TankerCall<'a> {
    pub method: &'a Method,
    /// What follows the base address: `ping`.
    pub path: &'a str,
    pub query: &'a [(&'a str, &'a str)],
    pub body: Option<&'a Value>,
}

impl TankerClient {
    /// Builds the client.
    ///
    /// # Errors
    /// The system's certificates cannot be loaded.
    pub fn new(config: &TankerConfig) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .user_agent(concat!("Kolonka/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT.min(config.timeout))
            // A redirected order might be carried out twice, or elsewhere.
            .redirect(redirect::Policy::none())
            .build()?;
        Ok(Self {
            http,
            url: config.url.clone(),
            api_key: config.api_key.clone(),
            system_key: config.system_key.clone(),
            timeout: config.timeout,
        })
    }

    /// Time limit of a ping, during which a customer waits.
    pub(super) fn ping_timeout(&self) -> Duration {
        self.timeout.min(MAX_PING_TIMEOUT)
    }

    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Makes a call whose answer has no content.
    pub(super) async fn send(&self, call: TankerCall<'_>, within: Duration) -> Result<(), StationCallError> {
        self.call(call, within, async |_| Ok(())).await
    }

    /// Makes a call whose answer is JSON of at most `max_bytes`. A longer or broken one counts as none.
    pub(super) async fn fetch_json(
        &self,
        call: TankerCall<'_>,
        within: Duration,
        max_bytes: usize,
    ) -> Result<Value, StationCallError> {
        let read = async |response| {
            let body = read_body(response, max_bytes).await.ok_or(StationCallError::Silent)?;
            serde_json::from_slice(&body).map_err(|error| {
                tracing::warn!(path = call.path, %error, "the station server answered something that is not JSON");
                StationCallError::Silent
            })
        };
        self.call(call, within, read).await
    }

    /// Sends once. `read` reads a successful answer within the time limit.
    async fn call<T>(
        &self,
        call: TankerCall<'_>,
        within: Duration,
        read: impl AsyncFnOnce(Response) -> Result<T, StationCallError>,
    ) -> Result<T, StationCallError> {
        let begun = tokio::time::Instant::now();
        let mut status = None;
        let exchange = async {
            let response = self
                .request(call)
                .send()
                .await
                .map_err(|error| classify_transport_error(call.path, error))?;
            status = Some(response.status().as_u16());
            if response.status().is_success() {
                read(response).await
            } else {
                Err(read_refusal(response).await)
            }
        };
        let result = tokio::time::timeout(within, exchange).await.unwrap_or(Err(StationCallError::Silent));
        let status = status.unwrap_or(0);
        let took = begun.elapsed();
        let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        match &result {
            // Asked all the time for open pages, and a pump that is taken is no failure: who decides by an answer logs it.
            _ if call.path == PING => {
                tracing::debug!(status, duration_ms, "the station server was asked for a pump");
            }
            Ok(_) => tracing::info!(path = call.path, status, duration_ms, "the station server answered"),
            Err(error) => {
                tracing::warn!(path = call.path, status, duration_ms, %error, "a call to the station server failed")
            }
        }
        let labels = [("call", call.path.to_owned()), ("status", status.to_string())];
        metrics::histogram!("kolonka_station_call_seconds", &labels).record(took.as_secs_f64());
        result
    }

    fn request(&self, call: TankerCall<'_>) -> RequestBuilder {
        let request = self
            .http
            .request(call.method.clone(), format!("{}/{}", self.url, call.path))
            .header(header::ACCEPT, "application/json")
            .query(&[("apikey", self.api_key.expose_secret())])
            .query(call.query);
        let request = match &self.system_key {
            Some(key) => request.header(SYSTEM_KEY_HEADER, key.expose_secret()),
            None => request,
        };
        match call.body {
            Some(body) => request.json(body),
            None => request,
        }
    }
}

/// Reads what an answer other than 2xx proves. The contract names 400, 401, 404 and 500; of the others only those count
/// as a refusal that can mean nothing else.
async fn read_refusal(response: Response) -> StationCallError {
    match response.status().as_u16() {
        402 => StationCallError::Refused(StationRefusal::Price(read_refusal_reason(response).await)),
        400 | 404 | 409 | 422 => {
            StationCallError::Refused(StationRefusal::Reason(read_refusal_reason(response).await))
        }
        status @ (300..=399 | 401 | 403 | 405 | 415 | 429) => {
            tracing::error!(status, "the station server refuses our calls: address or keys are wrong");
            StationCallError::Unreached
        }
        _ => StationCallError::Silent,
    }
}

/// Returns what a failed exchange proves: only a connection that was never made proves that nothing was sent.
fn classify_transport_error(path: &str, error: reqwest::Error) -> StationCallError {
    let unsent = error.is_connect() || error.is_builder();
    // The address holds the key.
    let cause = format!("{:#}", anyhow::Error::from(error.without_url()));
    tracing::debug!(path, cause, "the station server gave no answer");
    if unsent { StationCallError::Unreached } else { StationCallError::Silent }
}

/// Reads the reason of a refusal: a property of a JSON body, or a short text. Empty if it has none that a driver could
/// read.
async fn read_refusal_reason(response: Response) -> String {
    let Some(body) = read_body(response, MAX_REFUSAL_BYTES).await else { return String::new() };
    let text = String::from_utf8_lossy(&body);
    let sentence = match serde_json::from_str::<Value>(&text) {
        Ok(Value::Object(object)) => {
            let names = ["reason", "message", "error", "description"];
            let found = object
                .iter()
                .find(|(name, value)| names.contains(&name.to_lowercase().as_str()) && value.is_string());
            found.and_then(|(_, value)| value.as_str()).unwrap_or_default().to_owned()
        }
        Ok(Value::String(text)) => text,
        Ok(_) => String::new(),
        Err(_) if text.contains('<') => String::new(),
        Err(_) => text.into_owned(),
    };
    to_short_line(&sentence)
}

/// Shortens a foreign sentence to one line that fits a page and a log.
pub(super) fn to_short_line(sentence: &str) -> String {
    let line = sentence.split(|c: char| is_hidden(c) || c.is_whitespace()).filter(|word| !word.is_empty());
    line.collect::<Vec<_>>().join(" ").chars().take(MAX_REFUSAL_CHARS).collect()
}

/// Reads the body; `None` if it is cut or longer than `max_bytes`.
async fn read_body(mut response: Response, max_bytes: usize) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        if body.len() + chunk.len() > max_bytes {
            return None;
        }
        body.extend_from_slice(&chunk);
    }
    Some(body)
}
