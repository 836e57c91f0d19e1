//! A cashier signs in with the token once and is known by a cookie for a shift.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Json,
    extract::{ConnectInfo, State},
    http::{HeaderMap, StatusCode, header},
};
use axum_extra::extract::CookieJar;
use domain::{refusal::RequestError, view::ErrorBody};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::{
    auth::{is_from_our_page, wrong_token},
    cookie::{expired_cookie, secret_of, session_cookie},
    state::ErpState,
    strict::Strict,
};
use crate::{api_error::ErrorResponse, people::OpenedSession};

/// Signing in.
#[derive(Deserialize, ToSchema)]
pub struct SignIn {
    /// The token of the cashier API.
    #[schema(example = "sandbox-erp-token")]
    token: String,
}

/// A session that is open.
#[derive(Serialize, ToSchema)]
pub struct SessionView {
    #[serde(with = "time::serde::rfc3339")]
    expires_at: OffsetDateTime,
}

/// Sign in: the cookie stands in for the bearer token from now on
///
/// For pages of our own, which must not hold the token. Writes under the cookie are accepted from our own origin only.
#[utoipa::path(post, path = "/session", tag = "session", security(()), request_body = SignIn, responses(
    (status = 200, description = "Signed in; `Set-Cookie` carries the session", body = SessionView),
    (status = 401, description = "Wrong token", body = ErrorBody),
    (status = 403, description = "A foreign page", body = ErrorBody),
    (status = 429, description = "Too many wrong tokens from this address", body = ErrorBody),
))]
pub async fn sign_in(
    State(erp): State<Arc<ErpState>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    cookies: CookieJar,
    headers: HeaderMap,
    Strict(body): Strict<SignIn>,
) -> Result<(CookieJar, Json<SessionView>), ErrorResponse> {
    if headers.contains_key(header::ORIGIN) && !is_from_our_page(&erp, &headers) {
        return Err(RequestError::ForeignOrigin.into());
    }
    if let Some(retry_after_s) = erp.wrong_tokens.retry_after_s(peer.ip(), erp.clock.now()) {
        return Err(RequestError::RateLimited { retry_after_s }.into());
    }
    if !erp.token.is(body.token.trim()) {
        return Err(wrong_token(&erp, peer.ip()).into());
    }
    let OpenedSession { secret, expires_at } = erp.sessions.open(erp.token.fingerprint()).await?;
    let cookie = session_cookie(secret, erp.is_https());
    Ok((cookies.add(cookie), Json(SessionView { expires_at })))
}

/// Is somebody signed in, and until when?
#[utoipa::path(get, path = "/session", tag = "session", security(()), responses(
    (status = 200, description = "Signed in", body = SessionView),
    (status = 401, description = "Not signed in", body = ErrorBody),
))]
pub async fn show(
    State(erp): State<Arc<ErpState>>,
    cookies: CookieJar,
) -> Result<Json<SessionView>, ErrorResponse> {
    let secret = secret_of(&cookies, erp.is_https()).ok_or(RequestError::Unauthorized)?;
    let end = erp.sessions.end_of(&secret, &erp.token.fingerprint()).await?;
    Ok(Json(SessionView { expires_at: end.ok_or(RequestError::Unauthorized)? }))
}

/// Sign out
#[utoipa::path(delete, path = "/session", tag = "session", security(()), responses(
    (status = 204, description = "Signed out, or was not signed in"),
    (status = 403, description = "A foreign page", body = ErrorBody),
))]
pub async fn sign_out(
    State(erp): State<Arc<ErpState>>,
    cookies: CookieJar,
    headers: HeaderMap,
) -> Result<(StatusCode, CookieJar), ErrorResponse> {
    if let Some(secret) = secret_of(&cookies, erp.is_https()) {
        if !is_from_our_page(&erp, &headers) {
            return Err(RequestError::ForeignOrigin.into());
        }
        erp.sessions.close(&secret).await?;
    }
    Ok((StatusCode::NO_CONTENT, cookies.add(expired_cookie(erp.is_https()))))
}
