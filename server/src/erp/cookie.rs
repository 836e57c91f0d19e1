//! The cookie that names a cashier's session.

use std::time::Duration;

use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};

use crate::people::{SESSION_TTL, is_secret};

const COOKIE_NAME: &str = "kolonka_cashier";
/// Browsers keep this one from other paths and from sibling domains.
const SECURE_COOKIE_NAME: &str = "__Host-kolonka_cashier";

/// The secret that a request's cookie carries.
#[must_use]
pub fn secret_of(cookies: &CookieJar, is_https: bool) -> Option<String> {
    let secret = cookies.get(cookie_name(is_https))?.value();
    is_secret(secret).then(|| secret.to_owned())
}

/// The cookie of a session.
#[must_use]
pub fn session_cookie(secret: String, is_https: bool) -> Cookie<'static> {
    cookie(secret, SESSION_TTL, is_https)
}

/// The cookie that makes browsers forget the session's.
#[must_use]
pub fn expired_cookie(is_https: bool) -> Cookie<'static> {
    cookie(String::new(), Duration::ZERO, is_https)
}

fn cookie(secret: String, max_age: Duration, is_https: bool) -> Cookie<'static> {
    Cookie::build((cookie_name(is_https), secret))
        .path("/")
        .max_age(max_age.try_into().unwrap_or(time::Duration::ZERO))
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(is_https)
        .build()
}

fn cookie_name(is_https: bool) -> &'static str {
    if is_https { SECURE_COOKIE_NAME } else { COOKIE_NAME }
}
