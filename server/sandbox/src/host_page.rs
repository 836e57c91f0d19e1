//! The emulated host: Invoicebox's page that frames the mini-app, for development and tests.
//!
//! It frames the mini-app as the payment page (a card of 360 px) or as the app (a phone-sized sheet), answers
//! its messages, and shows every message both ways. Everything happens in the browser; this serves the files.

mod html;

use axum::{Router, body::Body, http::header, response::IntoResponse, routing::get};

/// Policy that allows only own files; the framed payment page may be on any host.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
                                       connect-src 'self'; frame-src 'self' http: https:; \
                                       frame-ancestors 'self'; form-action 'self'; base-uri 'none'";

/// Serves `/sandbox/host` with its script and its style sheet.
pub fn router() -> Router {
    Router::new()
        .route("/sandbox/host", get(|| file("text/html; charset=utf-8", html::page().into_string())))
        .route(
            "/sandbox/host.js",
            get(|| file("text/javascript; charset=utf-8", include_str!("host_page/host.js"))),
        )
        .route(
            "/sandbox/host.css",
            get(|| file("text/css; charset=utf-8", include_str!("host_page/host.css"))),
        )
}

async fn file(kind: &'static str, text: impl Into<Body>) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    ];
    (headers, text.into())
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, http::Request};
    use tower::ServiceExt;

    #[tokio::test]
    async fn the_page_and_its_files_are_served_without_inline_code() {
        for (path, kind) in [
            ("/sandbox/host?type=suborder", "text/html"),
            ("/sandbox/host.js", "text/javascript"),
            ("/sandbox/host.css", "text/css"),
        ] {
            let request = Request::get(path).body(Body::empty()).expect("request");
            let answer = super::router().oneshot(request).await.expect("answer");
            assert!(answer.status().is_success(), "{path}");
            let header = answer.headers().get("content-type").and_then(|kind| kind.to_str().ok());
            assert!(header.is_some_and(|header| header.starts_with(kind)), "{path}");
        }
        let page = super::html::page().into_string();
        assert!(!page.contains("<style") && !page.contains("style=") && !page.contains(" onclick="));
        assert_eq!(page.matches("<script").count(), page.matches("<script type=\"module\" src=").count());
    }
}
