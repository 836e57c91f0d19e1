//! Request limits: requests per window of an account and of an address.

use std::collections::HashMap;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// The limits, and the headers that announce them.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// `false` counts nothing.
    pub enabled: bool,
    /// Requests of one account in a window; documented default 100.
    pub per_account: u32,
    /// Requests from one address in a window; documented default 500.
    pub per_ip: u32,
    /// Length of the window; documented default 30.
    pub window_seconds: u32,
    /// Headers that inform the client.
    pub headers: LimitHeaders,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            enabled: true,
            per_account: 100,
            per_ip: 500,
            window_seconds: 30,
            headers: LimitHeaders::Standard,
        }
    }
}

/// Names of the headers. Clients have to understand all, since no source proves which ones are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitHeaders {
    /// `RateLimit-Remaining`, `RateLimit-Reset`, and `Retry-After` in seconds on a refusal.
    #[default]
    Standard,
    /// `X-RateLimit-…`, and `Retry-After` in seconds.
    X,
    /// The names of `standard`, with `Retry-After` as an HTTP date.
    Date,
    /// Nothing.
    None,
}

/// Requests and time that are left of a window.
#[derive(Clone, Copy, Debug)]
pub struct RemainingRequests {
    /// Requests that will still be served.
    pub remaining: u32,
    /// Seconds until the window is new.
    pub reset: i64,
    /// Whether this request is over the limit.
    pub exceeded: bool,
}

impl RemainingRequests {
    /// Writes the headers of an answer.
    pub fn write_headers(self, how: LimitHeaders, now: OffsetDateTime, headers: &mut HeaderMap) {
        let (remaining, reset) = match how {
            LimitHeaders::None => return,
            LimitHeaders::X => ("x-ratelimit-remaining", "x-ratelimit-reset"),
            LimitHeaders::Standard | LimitHeaders::Date => ("ratelimit-remaining", "ratelimit-reset"),
        };
        headers.insert(HeaderName::from_static(remaining), HeaderValue::from(self.remaining));
        headers.insert(HeaderName::from_static(reset), HeaderValue::from(self.reset));
        if !self.exceeded {
            return;
        }
        let after = match how {
            LimitHeaders::Date => {
                HeaderValue::from_str(&http_date(now + time::Duration::seconds(self.reset))).ok()
            }
            _ => Some(HeaderValue::from(self.reset)),
        };
        if let Some(after) = after {
            headers.insert("retry-after", after);
        }
    }
}

/// Counted windows by account and by address.
#[derive(Debug, Default)]
pub struct RequestWindows {
    counts: HashMap<String, (OffsetDateTime, u32)>,
}

impl RequestWindows {
    /// Counts a request. Returns what is left of the tighter limit.
    pub fn count(
        &mut self,
        limits: &Limits,
        account: Option<&str>,
        ip: &str,
        now: OffsetDateTime,
    ) -> Option<RemainingRequests> {
        if !limits.enabled {
            return None;
        }
        let by_ip = self.count_one(format!("ip {ip}"), limits.per_ip, limits, now);
        let by_account = account
            .map(|account| self.count_one(format!("account {account}"), limits.per_account, limits, now));
        Some(match by_account {
            Some(left) if left.exceeded || (!by_ip.exceeded && left.remaining <= by_ip.remaining) => left,
            _ => by_ip,
        })
    }

    fn count_one(
        &mut self,
        key: String,
        limit: u32,
        limits: &Limits,
        now: OffsetDateTime,
    ) -> RemainingRequests {
        let length = time::Duration::seconds(i64::from(limits.window_seconds));
        if self.counts.len() > 10_000 {
            self.counts.retain(|_, (since, _)| *since + length > now);
        }
        let (since, used) = self.counts.entry(key).or_insert((now, 0));
        if *since + length <= now {
            (*since, *used) = (now, 0);
        }
        *used = used.saturating_add(1);
        RemainingRequests {
            remaining: limit.saturating_sub(*used),
            reset: (*since + length - now).whole_seconds().max(1),
            exceeded: *used > limit,
        }
    }
}

fn http_date(at: OffsetDateTime) -> String {
    let short = |name: String| name.chars().take(3).collect::<String>();
    format!(
        "{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
        short(at.weekday().to_string()),
        at.day(),
        short(at.month().to_string()),
        at.year(),
        at.hour(),
        at.minute(),
        at.second()
    )
}
