//! Access to the cashier API: by the bearer token of the back office, or the cookie of a cashier who signed in with it.
//!
//! A wrong token is answered like a missing one, and too many wrong ones from one address are not looked at for a while.
//! The right token passes even then: it is too long to be guessed, and wrong guesses from behind the same proxy must
//! not lock a desk out. Signing in is stricter, since people type there.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
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
use secrecy::SecretString;
use time::OffsetDateTime;

use super::{cookie::secret_of, public_url::PublicUrl, token::Token};
use crate::{
    api_error::ErrorResponse,
    limits::{ClientAddress, Guesses},
    people::{OpenedSession, Sessions},
};

type BearerHeader = TypedHeader<Authorization<Bearer>>;

/// Checks of callers.
pub struct ErpAccess {
    token: Token,
    guesses: Arc<Guesses>,
    sessions: Sessions,
    /// Scheme, host and port of the public address.
    origin: String,
    is_https: bool,
}

/// Passes a request on, or refuses it before any of it is read.
pub async fn require_access(
    State(access): State<Arc<ErpAccess>>,
    client: ClientAddress,
    bearer: Result<BearerHeader, TypedHeaderRejection>,
    cookies: CookieJar,
    request: Request,
    next: Next,
) -> Response {
    let admitted = match bearer {
        Err(rejection) if rejection.is_missing() => {
            access.check_session(&cookies, request.method(), request.headers()).await
        }
        // A header of another form is a wrong token.
        bearer => match bearer.is_ok_and(|TypedHeader(bearer)| access.token.matches(bearer.token())) {
            true => Ok(()),
            false => Err(access.guesses.refuse(client, "cashier API").into()),
        },
    };
    match admitted {
        Ok(()) => next.run(request).await,
        Err(refusal) => ErrorResponse(refusal).into_response(),
    }
}

impl ErpAccess {
    #[must_use]
    pub fn new(
        token: &SecretString,
        sessions: Sessions,
        guesses: Arc<Guesses>,
        public_url: &PublicUrl,
    ) -> Self {
        Self {
            token: Token::new(token),
            guesses,
            sessions,
            origin: public_url.origin(),
            is_https: public_url.is_https(),
        }
    }

    /// Opens a session for a caller with the token.
    ///
    /// # Errors
    /// `ForeignOrigin` for a foreign page; `RateLimited` after too many wrong tokens, here also for the right one;
    /// `Unauthorized` for a wrong one.
    pub async fn sign_in(
        &self,
        token: &str,
        headers: &HeaderMap,
        client: ClientAddress,
    ) -> Result<OpenedSession, Refusal> {
        if headers.contains_key(header::ORIGIN) && !self.is_from_our_page(headers) {
            return Err(RequestError::ForeignOrigin.into());
        }
        if let Some(retry_after_s) = self.guesses.retry_after_s(client) {
            return Err(RequestError::RateLimited { retry_after_s }.into());
        }
        if !self.token.matches(token) {
            return Err(self.guesses.refuse(client, "sign-in").into());
        }
        Ok(self.sessions.open(self.token.fingerprint()).await?)
    }

    /// Finds the end of a cookie's session.
    ///
    /// # Errors
    /// `Unauthorized` if there is none.
    pub async fn session_expiry(&self, cookies: &CookieJar) -> Result<OffsetDateTime, Refusal> {
        let secret = secret_of(cookies, self.is_https).ok_or(RequestError::Unauthorized)?;
        self.find_expiry(&secret).await
    }

    /// Closes the session of a cookie, if there is one.
    ///
    /// # Errors
    /// `ForeignOrigin` for a foreign page.
    pub async fn sign_out(&self, cookies: &CookieJar, headers: &HeaderMap) -> Result<(), Refusal> {
        let Some(secret) = secret_of(cookies, self.is_https) else { return Ok(()) };
        if !self.is_from_our_page(headers) {
            return Err(RequestError::ForeignOrigin.into());
        }
        Ok(self.sessions.close(&secret).await?)
    }

    /// Whether the service is reached by HTTPS, so that cookies are for HTTPS alone.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.is_https
    }

    async fn check_session(
        &self,
        cookies: &CookieJar,
        method: &Method,
        headers: &HeaderMap,
    ) -> Result<(), Refusal> {
        let secret = secret_of(cookies, self.is_https).ok_or(RequestError::Unauthorized)?;
        if !method.is_safe() && !self.is_from_our_page(headers) {
            return Err(RequestError::ForeignOrigin.into());
        }
        self.find_expiry(&secret).await.map(|_| ())
    }

    async fn find_expiry(&self, secret: &str) -> Result<OffsetDateTime, Refusal> {
        let end = self.sessions.find_expiry(secret, &self.token.fingerprint()).await?;
        Ok(end.ok_or(RequestError::Unauthorized)?)
    }

    /// Browsers send the page's origin with every write, and pages cannot change it. Ours is the public address, or the
    /// one under which this very request came.
    fn is_from_our_page(&self, headers: &HeaderMap) -> bool {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let Some(origin) = text(header::ORIGIN) else { return false };
        let own_host = text(header::HOST).is_some_and(|host| {
            origin.split_once("://").is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host))
        });
        own_host || origin.eq_ignore_ascii_case(&self.origin)
    }
}
