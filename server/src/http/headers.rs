//! Security headers of every answer, and the content security policy of pages.

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

use crate::config::Config;

/// The directives of the policy that do not change from request to request.
#[derive(Clone, Debug)]
pub struct Policy {
    tiles: String,
    frame_ancestors: String,
    /// Hot reload talks over a WebSocket of its own.
    reload: bool,
}

impl Policy {
    #[must_use]
    pub fn of(config: &Config, reload: bool) -> Self {
        let tiles = config.tiles_url.split('/').take(3).collect::<Vec<_>>().join("/").replace("{s}", "*");
        let mut ancestors = vec!["'self'"];
        ancestors.extend(config.host_origins.iter().map(crate::config::OriginPattern::as_str));
        Self { tiles, frame_ancestors: ancestors.join(" "), reload }
    }

    /// The policy of one page. Scripts run by nonce only; WebAssembly needs its own permission.
    #[must_use]
    pub fn for_page(&self, nonce: &str) -> String {
        let Self { tiles, frame_ancestors, reload } = self;
        let reload = if *reload { " ws://127.0.0.1:3001 ws://localhost:3001" } else { "" };
        format!(
            "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; \
             img-src 'self' data: {tiles}; font-src 'self'; connect-src 'self'{reload}; manifest-src 'self'; \
             base-uri 'none'; form-action 'self'; frame-ancestors {frame_ancestors}"
        )
    }
}

const FIXED: [(HeaderName, HeaderValue); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    // Addresses carry order ids: they stay with us.
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("geolocation=(self), camera=(), microphone=(), payment=(), usb=()"),
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin-allow-popups"),
    ),
];

/// Puts the fixed headers on every answer that does not bring its own.
pub async fn secure(request: Request, next: Next) -> Response {
    let private = request.uri().path().starts_with("/api/") || request.uri().path().starts_with("/orders/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        headers.entry(name).or_insert(value);
    }
    if private {
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
    response
}

/// Built files carry a hash in their name: they never change.
pub async fn cache_built_files(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if response.status().is_success() {
        let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
        response.headers_mut().insert(header::CACHE_CONTROL, forever);
    }
    response
}
