//! A cashier signs in with the token once and is known by a cookie for a shift.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use axum_extra::extract::CookieJar;
use domain::view::ErrorBody;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::{
    auth::ErpAccess,
    cookie::{expired_cookie, session_cookie},
    strict::Strict,
};
use crate::{api_error::ErrorResponse, limits::ClientAddress, people::OpenedSession};

/// Body of a sign-in.
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

/// Sign in: from now on the cookie replaces the bearer token
///
/// For pages of our own, which must not hold the token. Writes under the cookie are accepted from our own origin only.
#[utoipa::path(post, path = "/session", tag = "session", security(()), request_body = SignIn, responses(
    (status = 200, description = "Signed in; `Set-Cookie` carries the session", body = SessionView),
    (status = 401, description = "Wrong token", body = ErrorBody),
    (status = 403, description = "A foreign page", body = ErrorBody),
    (status = 429, description = "Too many wrong tokens from this address", body = ErrorBody),
))]
pub async fn sign_in(
    State(access): State<Arc<ErpAccess>>,
    client: ClientAddress,
    cookies: CookieJar,
    headers: HeaderMap,
    Strict(body): Strict<SignIn>,
) -> Result<(CookieJar, Json<SessionView>), ErrorResponse> {
    let OpenedSession { secret, expires_at } = access.sign_in(body.token.trim(), &headers, client).await?;
    let cookie = session_cookie(secret, access.is_https());
    Ok((cookies.add(cookie), Json(SessionView { expires_at })))
}

/// Check whether somebody is signed in, and until when
#[utoipa::path(get, path = "/session", tag = "session", security(()), responses(
    (status = 200, description = "Signed in", body = SessionView),
    (status = 401, description = "Not signed in", body = ErrorBody),
))]
pub async fn show(
    State(access): State<Arc<ErpAccess>>,
    cookies: CookieJar,
) -> Result<Json<SessionView>, ErrorResponse> {
    Ok(Json(SessionView { expires_at: access.session_expiry(&cookies).await? }))
}

/// Sign out
#[utoipa::path(delete, path = "/session", tag = "session", security(()), responses(
    (status = 204, description = "Signed out, or was not signed in"),
    (status = 403, description = "A foreign page", body = ErrorBody),
))]
pub async fn sign_out(
    State(access): State<Arc<ErpAccess>>,
    cookies: CookieJar,
    headers: HeaderMap,
) -> Result<(StatusCode, CookieJar), ErrorResponse> {
    access.sign_out(&cookies, &headers).await?;
    Ok((StatusCode::NO_CONTENT, cookies.add(expired_cookie(access.is_https()))))
}
