//! Who may call: the bearer token of the back office, or the cookie of a cashier who signed in with it.
//!
//! A wrong token is told like a missing one, and too many wrong ones from one address are not looked at for a while.
//! The right token passes even then: it is too long to be guessed, and nobody shall lock a till out by guessing wrong
//! from behind the same proxy. Signing in is stricter, since people type there.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::refusal::RequestError;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use time::OffsetDateTime;

use super::{Shared, refused::Refused, session};

/// Wrong tokens that an address may send within [`WINDOW`].
const MOST_FAILURES: u32 = 10;
const WINDOW: Duration = Duration::from_secs(60);
/// Addresses remembered at once; beyond it the oldest are forgotten.
const MOST_ADDRESSES: usize = 10_000;

/// The token's SHA-256: comparing digests takes the same time whatever was sent, of whatever length.
#[derive(Clone)]
pub struct Token([u8; 32]);

impl Token {
    #[must_use]
    pub fn new(token: &SecretString) -> Self {
        Self(Sha256::digest(token.expose_secret()).into())
    }

    #[must_use]
    pub fn is(&self, candidate: &[u8]) -> bool {
        let digest: [u8; 32] = Sha256::digest(candidate).into();
        self.0.ct_eq(&digest).into()
    }

    /// For telling under which token a session was opened; of a token this long the digest gives nothing away.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        hex::encode(Sha256::digest(self.0))
    }
}

/// Wrong tokens by address.
#[derive(Default)]
pub struct Failures {
    slots: Mutex<HashMap<IpAddr, Slot>>,
}

struct Slot {
    count: u32,
    since: OffsetDateTime,
}

impl Failures {
    /// Seconds until this address may try again; `None` when it may now.
    #[must_use]
    pub fn wait(&self, address: IpAddr, now: OffsetDateTime) -> Option<u64> {
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = slots.get(&neighbourhood(address)).filter(|slot| slot.count >= MOST_FAILURES)?;
        let left = slot.since + WINDOW - now;
        left.is_positive().then(|| left.whole_seconds().unsigned_abs().max(1))
    }

    /// Remembers a wrong token.
    pub fn record(&self, address: IpAddr, now: OffsetDateTime) {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= MOST_ADDRESSES {
            slots.retain(|_, slot| slot.since + WINDOW > now);
        }
        if slots.len() >= MOST_ADDRESSES {
            slots.clear();
        }
        let slot = slots.entry(neighbourhood(address)).or_insert(Slot { count: 0, since: now });
        if slot.since + WINDOW <= now {
            *slot = Slot { count: 0, since: now };
        }
        slot.count = slot.count.saturating_add(1);
    }
}

/// One caller has a whole /64 of IPv6 addresses.
fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 => v4,
    }
}

/// Lets a request in, or refuses it before anything is read of it.
pub async fn admit(
    State(till): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    match authorise(&till, peer.ip(), request.method(), request.headers()).await {
        Ok(()) => next.run(request).await,
        Err(refusal) => Refused::from(refusal).into_response(),
    }
}

async fn authorise(
    till: &Shared,
    peer: IpAddr,
    method: &Method,
    headers: &HeaderMap,
) -> Result<(), RequestError> {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        return match bearer(value.as_bytes()).is_some_and(|token| till.token.is(token)) {
            true => Ok(()),
            false => Err(failed(till, peer)),
        };
    }
    let Some(cookie) = session::cookie(till, headers) else { return Err(RequestError::Unauthorized) };
    if !method.is_safe() && !is_from_our_page(till, headers) {
        return Err(RequestError::ForeignOrigin);
    }
    match till.sessions.check(&cookie, &till.token, till.clock.now()).await {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err(RequestError::Unauthorized),
        Err(error) => {
            tracing::error!(%error, "sessions cannot be read");
            Err(RequestError::Internal)
        }
    }
}

/// Counts a wrong token, and gives the answer to it.
pub fn failed(till: &Shared, peer: IpAddr) -> RequestError {
    let now = till.clock.now();
    if let Some(retry_after_s) = till.failures.wait(peer, now) {
        return RequestError::RateLimited { retry_after_s };
    }
    till.failures.record(peer, now);
    tracing::warn!(%peer, "a wrong token of the cashier API");
    RequestError::Unauthorized
}

/// The token of `Bearer …`, the scheme in any letter case.
fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = value.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| token.trim_ascii())
}

/// Browsers tell the page's origin with every write, and pages cannot change it. Ours is the public address, or the
/// one under which this very request came.
pub fn is_from_our_page(till: &Shared, headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(origin) = text(header::ORIGIN) else { return false };
    let own_host = text(header::HOST).is_some_and(|host| {
        origin.split_once("://").is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host))
    });
    own_host || origin.eq_ignore_ascii_case(&till.origin)
}
