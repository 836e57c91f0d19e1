//! Security headers of every answer, and the content security policy of pages.

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use percent_encoding::percent_decode_str;

/// The content security policy without the nonce of a request.
#[derive(Clone, Debug)]
pub struct Policy {
    tiles: String,
    frame_ancestors: String,
    /// Whether hot reload may open its own WebSocket.
    reload: bool,
}

impl Policy {
    /// `tiles_url` is the template of the map's tiles, `host_origins` are the origins that may frame the pages.
    #[must_use]
    pub fn new<'a>(tiles_url: &str, host_origins: impl IntoIterator<Item = &'a str>, reload: bool) -> Self {
        let tiles = tiles_url.split('/').take(3).collect::<Vec<_>>().join("/").replace("{s}", "*");
        let mut ancestors = vec!["'self'"];
        ancestors.extend(host_origins);
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

const FIXED_HEADERS: [(HeaderName, HeaderValue); 4] = [
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

/// `Cache-Control` of a file that never changes under its name.
const IMMUTABLE_CACHE: &str = "public, max-age=31536000, immutable";

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longest id of a request that is taken from its sender: it stands on every line of the log.
const MAX_REQUEST_ID_CHARS: usize = 64;

/// Drops the id of a request that is too long or may be more than an id, so that it gets one of ours; and refuses methods
/// that no route has and that mean no path, and paths that others may read as other ones.
pub async fn check_request(mut request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::CONNECT | Method::TRACE) {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    if is_ambiguous(request.uri().path()) {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let is_id = |value: &HeaderValue| {
        let text = value.as_bytes();
        let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
        text.len() <= MAX_REQUEST_ID_CHARS && text.iter().all(is_plain)
    };
    if request.headers().get(X_REQUEST_ID).is_some_and(|value| !is_id(value)) {
        request.headers_mut().remove(X_REQUEST_ID);
    }
    next.run(request).await
}

/// A browser that has come by TLS comes by TLS for a year.
const STRICT_TRANSPORT: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Sets the fixed headers on every answer that has not set its own; `is_secure`: we are reached by TLS.
pub async fn set_security_headers(State(is_secure): State<bool>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let cache_control = cache_control(route, request.uri());
    let mut response = next.run(request).await;
    // A failure is of this moment, and of this version.
    let is_answer = response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED;
    let cache_control = cache_control.map(|it| if is_answer || it == "no-store" { it } else { "no-cache" });
    let headers = response.headers_mut();
    if is_secure {
        headers.entry(header::STRICT_TRANSPORT_SECURITY).or_insert(STRICT_TRANSPORT);
    }
    for (name, value) in FIXED_HEADERS {
        headers.entry(name).or_insert(value);
    }
    if let Some(cache_control) = cache_control {
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static(cache_control));
    }
    response
}

/// Whether a path has parts by which routers, caches and proxies read it as different ones: `/fonts/../orders/…`, `/./orders/…`.
/// No page and no call of ours has any.
fn is_ambiguous(path: &str) -> bool {
    let decoded = percent_decode_str(path).decode_utf8_lossy();
    decoded.split('/').any(|segment| matches!(segment, "." | ".."))
        || decoded.contains("//")
        || decoded.contains('\\')
        || decoded.matches('/').count() != path.matches('/').count()
}

/// Default `Cache-Control` of the answer of a route, or of the file at an address.
fn cache_control(route: Option<&str>, address: &Uri) -> Option<&'static str> {
    let path = address.path();
    let begins = |starts: [&str; 2]| starts.iter().any(|start| path.starts_with(start));
    let is_private = |path: &str| path.starts_with("/api/") || path.starts_with("/orders/");
    match path.rsplit_once('.') {
        _ if route.is_some_and(is_private) || is_private(path) => Some("no-store"),
        // The page links it with the time of its build.
        _ if path == "/inner.css" && address.query().is_some() => Some(IMMUTABLE_CACHE),
        // Pinned packages: another version of them looks the same for a week.
        Some(_) if begins(["/fonts/", "/vendor/"]) => Some("public, max-age=604800"),
        // Without this a browser guesses by the age of the file, and keeps the old one after an update.
        Some((_, "css" | "js" | "wasm" | "svg" | "png" | "webmanifest")) => Some("no-cache"),
        _ => None,
    }
}

/// Caches built files for good: their names hold a hash.
pub async fn cache_built_files(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if response.status().is_success() {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(IMMUTABLE_CACHE));
    }
    response
}

#[cfg(test)]
mod tests {
    use axum::http::Uri;

    use super::{IMMUTABLE_CACHE, cache_control, is_ambiguous};

    #[test]
    fn a_path_has_one_reading() {
        for path in [
            "/.",
            "/./orders/1",
            "/..",
            "/fonts/a.b/../../orders/1",
            "/fonts//x.css",
            "//orders/1",
            "/fonts/%2e%2e/orders/1.css",
            "/%2E/orders/1",
            "/orders%2f1",
            "/fonts/%2E%2E%5corders",
            "/a\\b",
        ] {
            assert!(is_ambiguous(path), "{path}");
        }
        for path in ["/", "/orders/1/", "/stations/sever.12", "/%D0%B0.css", "/s/..a", "/.well-known/x"] {
            assert!(!is_ambiguous(path), "{path}");
        }
    }

    #[test]
    fn built_files_are_cached_and_pages_revalidated() {
        let cached = |address: &'static str| cache_control(None, &Uri::from_static(address));
        assert_eq!(cache_control(Some("/orders/{id}"), &Uri::from_static("/x.css")), Some("no-store"));
        assert_eq!(cached("/api/erp/v1/docs.css"), Some("no-store"));
        assert_eq!(cached("/fonts/roboto-ru.woff2"), Some("public, max-age=604800"));
        assert_eq!(cached("/desk.css"), Some("no-cache"));
        assert_eq!(cached("/inner.css"), Some("no-cache"));
        assert_eq!(cached("/inner.css?v=1"), Some(IMMUTABLE_CACHE));
        for page in ["/", "/stations/spb-01", "/stations?q=1.5"] {
            assert_eq!(cached(page), None, "{page}");
        }
    }
}
