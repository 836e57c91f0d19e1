//! Who may call: the bearer token of the back office, or the cookie of a cashier who signed in with it.
//!
//! A wrong token is answered like a missing one, and too many wrong ones from one address are not looked at for a while.
//! The right token passes even then: it is too long to be guessed, and nobody shall lock a desk out by guessing wrong
//! from behind the same proxy. Signing in is stricter, since people type there.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use axum_extra::{
    TypedHeader,
    extract::CookieJar,
    headers::{Authorization, authorization::Bearer},
    typed_header::TypedHeaderRejection,
};
use domain::refusal::{Refusal, RequestError};

use super::{cookie::secret_of, state::ErpState};
use crate::api_error::ErrorResponse;

type BearerHeader = TypedHeader<Authorization<Bearer>>;

/// Lets a request in, or refuses it before anything is read of it.
pub async fn admit(
    State(erp): State<Arc<ErpState>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    bearer: Result<BearerHeader, TypedHeaderRejection>,
    cookies: CookieJar,
    request: Request,
    next: Next,
) -> Response {
    let admitted = match bearer {
        Err(rejection) if rejection.is_missing() => {
            check_session(&erp, &cookies, request.method(), request.headers()).await
        }
        // A header of another form is a wrong token.
        bearer => match bearer.is_ok_and(|TypedHeader(bearer)| erp.token.is(bearer.token())) {
            true => Ok(()),
            false => Err(wrong_token(&erp, peer.ip())),
        },
    };
    match admitted {
        Ok(()) => next.run(request).await,
        Err(refusal) => ErrorResponse(refusal).into_response(),
    }
}

async fn check_session(
    erp: &ErpState,
    cookies: &CookieJar,
    method: &Method,
    headers: &HeaderMap,
) -> Result<(), Refusal> {
    let secret = secret_of(cookies, erp.is_https()).ok_or(RequestError::Unauthorized)?;
    if !method.is_safe() && !is_from_our_page(erp, headers) {
        return Err(RequestError::ForeignOrigin.into());
    }
    match erp.sessions.end_of(&secret, &erp.token.fingerprint()).await? {
        Some(_) => Ok(()),
        None => Err(RequestError::Unauthorized.into()),
    }
}

/// Counts a wrong token and returns the answer to it.
pub fn wrong_token(erp: &ErpState, peer: IpAddr) -> Refusal {
    let now = erp.clock.now();
    if let Some(retry_after_s) = erp.wrong_tokens.retry_after_s(peer, now) {
        return RequestError::RateLimited { retry_after_s }.into();
    }
    erp.wrong_tokens.record(peer, now);
    tracing::warn!(%peer, "a wrong token of the cashier API");
    RequestError::Unauthorized.into()
}

/// Browsers send the page's origin with every write, and pages cannot change it. Ours is the public address, or the one
/// under which this very request came.
pub fn is_from_our_page(erp: &ErpState, headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(origin) = text(header::ORIGIN) else { return false };
    let own_host = text(header::HOST).is_some_and(|host| {
        origin.split_once("://").is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host))
    });
    own_host || origin.eq_ignore_ascii_case(&erp.origin)
}
