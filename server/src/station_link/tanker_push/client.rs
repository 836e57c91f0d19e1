//! One call to the station side over HTTP: address, keys, time limit, and what its answer proves.

use std::time::Duration;

use reqwest::{Method, RequestBuilder, Response, header, redirect};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::TankerConfig;
use crate::station_link::{StationCallError, StationRefusal};

/// A connection comes about soon, or not at all.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// A ping is waited for by a customer: see also [`crate::orders`], which gives up a little later.
const MAX_PING_TIMEOUT: Duration = Duration::from_secs(4);
/// Longest refusal that is read: it holds a sentence.
const MAX_REFUSAL_BYTES: usize = 8 * 1024;
/// As much of its sentence is kept.
const MAX_REFUSAL_CHARS: usize = 200;
/// The header of our own key.
const SYSTEM_KEY: &str = "externalSystemApikey";

/// The way to the station side. Cheap to clone.
#[derive(Clone, Debug)]
pub struct TankerClient {
    http: reqwest::Client,
    url: String,
    api_key: SecretString,
    system_key: Option<SecretString>,
    timeout: Duration,
}

/// What a call takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call<'a> {
    pub method: &'a Method,
    /// What follows the base address: `ping`.
    pub path: &'a str,
    pub query: &'a [(&'a str, &'a str)],
    pub body: Option<&'a Value>,
}

impl TankerClient {
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

    /// How long a customer waits for a ping.
    pub(super) fn ping_timeout(&self) -> Duration {
        self.timeout.min(MAX_PING_TIMEOUT)
    }

    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// A call whose good answer has nothing to say.
    pub(super) async fn tell(&self, call: Call<'_>, within: Duration) -> Result<(), StationCallError> {
        self.within(call, within, async |_| Ok(())).await
    }

    /// A call whose good answer is JSON of at most `most` bytes. A longer or broken one is as good as none.
    pub(super) async fn ask(
        &self,
        call: Call<'_>,
        within: Duration,
        most: usize,
    ) -> Result<Value, StationCallError> {
        let read = async |response| {
            let body = body(response, most).await.ok_or(StationCallError::Silent)?;
            serde_json::from_slice(&body).map_err(|error| {
                tracing::warn!(path = call.path, %error, "the station side answered something that is not JSON");
                StationCallError::Silent
            })
        };
        self.within(call, within, read).await
    }

    /// Sends once. `read` is given good answers and shares the time limit.
    async fn within<T>(
        &self,
        call: Call<'_>,
        within: Duration,
        read: impl AsyncFnOnce(Response) -> Result<T, StationCallError>,
    ) -> Result<T, StationCallError> {
        let begun = tokio::time::Instant::now();
        let mut status = None;
        let exchange = async {
            let response =
                self.request(call).send().await.map_err(|error| unsent_or_cut(call.path, error))?;
            status = Some(response.status().as_u16());
            if response.status().is_success() { read(response).await } else { Err(refusal(response).await) }
        };
        let result = tokio::time::timeout(within, exchange).await.unwrap_or(Err(StationCallError::Silent));
        let status = status.unwrap_or(0);
        let took = begun.elapsed();
        let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        match &result {
            Ok(_) => tracing::info!(path = call.path, status, duration_ms, "the station side answered"),
            Err(error) => {
                tracing::warn!(path = call.path, status, duration_ms, %error, "a call to the station side failed")
            }
        }
        let labels = [("call", call.path.to_owned()), ("status", status.to_string())];
        metrics::histogram!("kolonka_station_call_seconds", &labels).record(took.as_secs_f64());
        result
    }

    fn request(&self, call: Call<'_>) -> RequestBuilder {
        let request = self
            .http
            .request(call.method.clone(), format!("{}/{}", self.url, call.path))
            .header(header::ACCEPT, "application/json")
            .query(&[("apikey", self.api_key.expose_secret())])
            .query(call.query);
        let request = match &self.system_key {
            Some(key) => request.header(SYSTEM_KEY, key.expose_secret()),
            None => request,
        };
        match call.body {
            Some(body) => request.json(body),
            None => request,
        }
    }
}

/// What an answer other than 2xx proves. The contract names 400, 401, 404 and 500; of the others only those count as a
/// no that can mean nothing else.
async fn refusal(response: Response) -> StationCallError {
    match response.status().as_u16() {
        400 | 402 | 404 | 409 | 422 => {
            StationCallError::Refused(StationRefusal::Reason(read_reason(response).await))
        }
        status @ (300..=399 | 401 | 403 | 405 | 415 | 429) => {
            tracing::error!(status, "the station side does not take our calls: address or keys are wrong");
            StationCallError::Unreached
        }
        _ => StationCallError::Silent,
    }
}

/// Only a connection that never came about proves that nothing was sent.
fn unsent_or_cut(path: &str, error: reqwest::Error) -> StationCallError {
    let unsent = error.is_connect() || error.is_builder();
    // The address holds the key.
    let cause = format!("{:#}", anyhow::Error::from(error.without_url()));
    tracing::debug!(path, cause, "the station side gave no answer");
    if unsent { StationCallError::Unreached } else { StationCallError::Silent }
}

/// The station's sentence: a property of a JSON body, or a short text. Empty when it says nothing that a driver could
/// read.
async fn read_reason(response: Response) -> String {
    let Some(body) = body(response, MAX_REFUSAL_BYTES).await else { return String::new() };
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
    short(&sentence)
}

/// A foreign sentence as it may stand in a page and a log: one line, not too long.
pub(super) fn short(sentence: &str) -> String {
    let line = sentence.split(|c: char| c.is_control() || c.is_whitespace()).filter(|word| !word.is_empty());
    line.collect::<Vec<_>>().join(" ").chars().take(MAX_REFUSAL_CHARS).collect()
}

/// The body, or `None` when it is cut or longer than `most`.
async fn body(mut response: Response, most: usize) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        if body.len() + chunk.len() > most {
            return None;
        }
        body.extend_from_slice(&chunk);
    }
    Some(body)
}
