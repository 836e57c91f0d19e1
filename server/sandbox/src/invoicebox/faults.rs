//! Accidents on request: what the network and the service do to a call on a bad day.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    api_route::ApiRoute,
    wire::{self, ErrorShape, Refusal},
};

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallFaultKind {
    /// Unhandled error of the service; nothing was done.
    #[serde(rename = "500")]
    InternalError,
    /// A proxy answers in HTML; nothing was done.
    #[serde(rename = "502_html")]
    BadGateway,
    /// With `Retry-After: 1`; nothing was done.
    #[serde(rename = "503")]
    Unavailable,
    /// No answer for `hang_ms`, then 504; nothing was done.
    Hang,
    /// The call is carried out, the answer breaks off half-way.
    CutBody,
    /// The call is carried out, the answer claims to be HTML.
    WrongType,
    /// A redirect to the same path elsewhere; nothing was done.
    #[serde(rename = "307")]
    Redirect,
    /// Too many requests; nothing was done.
    #[serde(rename = "429")]
    TooMany,
    /// The token is refused; nothing was done.
    #[serde(rename = "401")]
    Unauthorized,
    /// `validation`; nothing was done.
    #[serde(rename = "422")]
    Validation,
    /// `{"code","message"}` at top level, 422; nothing was done.
    FlatError,
    /// The call is carried out, the answer is lost: silence for `hang_ms`, then 504.
    ExecutedButLost,
}

/// One entry of `fail_next`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallFault {
    /// Which calls are hit.
    pub route: ApiRoute,
    /// What happens to them.
    pub kind: CallFaultKind,
    /// How many calls are hit.
    #[serde(default = "once")]
    pub times: u32,
    /// Chance of each call to be hit, in percent.
    #[serde(default = "always")]
    pub probability: u8,
}

fn once() -> u32 {
    1
}

fn always() -> u8 {
    100
}

/// Takes the first fault that hits a call of this route.
pub fn take(faults: &mut Vec<CallFault>, route: ApiRoute) -> Option<CallFaultKind> {
    let hit = |fault: &mut CallFault| {
        let meant = fault.route == route || fault.route == ApiRoute::Any;
        meant && fault.times > 0 && rand::random_range(0..100) < fault.probability
    };
    let fault = faults.iter_mut().find_map(|fault| hit(fault).then_some(fault))?;
    fault.times -= 1;
    let kind = fault.kind;
    faults.retain(|fault| fault.times > 0);
    Some(kind)
}

/// The answer of a call that is not carried out; `None` for faults that strike afterwards.
pub async fn instead(
    kind: CallFaultKind,
    path_and_query: &str,
    hang: Duration,
    shape: ErrorShape,
) -> Option<Response> {
    let refuse = |refusal: Refusal, shape| wire::answer(refusal.status, &refusal.body(shape));
    Some(match kind {
        CallFaultKind::InternalError => refuse(
            Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal_error", "Internal Server Error"),
            shape,
        ),
        CallFaultKind::BadGateway => html(StatusCode::BAD_GATEWAY, "502 Bad Gateway"),
        CallFaultKind::Unavailable => retry_after(refuse(
            Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "service_unavailable", "Service Unavailable"),
            shape,
        )),
        CallFaultKind::Hang => silence(hang).await,
        CallFaultKind::Redirect => redirect(path_and_query),
        CallFaultKind::TooMany => retry_after(refuse(too_many(), shape)),
        CallFaultKind::Unauthorized => refuse(Refusal::unauthorized(), shape),
        CallFaultKind::Validation => refuse(Refusal::validation(Vec::new()), shape),
        CallFaultKind::FlatError => refuse(Refusal::validation(Vec::new()), ErrorShape::Flat),
        CallFaultKind::CutBody | CallFaultKind::WrongType | CallFaultKind::ExecutedButLost => return None,
    })
}

/// What becomes of the answer of a call that was carried out.
pub async fn afterwards(kind: CallFaultKind, mut response: Response, hang: Duration) -> Response {
    match kind {
        CallFaultKind::CutBody => {
            let body = std::mem::take(response.body_mut());
            let whole = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
            *response.body_mut() = cut(&whole);
            response
        }
        CallFaultKind::WrongType => {
            let html = HeaderValue::from_static("text/html; charset=UTF-8");
            response.headers_mut().insert(header::CONTENT_TYPE, html);
            response
        }
        CallFaultKind::ExecutedButLost => silence(hang).await,
        _ => response,
    }
}

/// 429 of the service.
pub fn too_many() -> Refusal {
    Refusal::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", "Too Many Requests")
}

// The connection breaks after half of the body: the client sees an incomplete answer.
fn cut(whole: &Bytes) -> Body {
    let half = whole.slice(..whole.len() / 2);
    let broken = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    Body::from_stream(futures::stream::iter([Ok(half), Err(broken)]))
}

// Silence belongs to the wire, not to business time: a moved clock does not shorten it.
async fn silence(hang: Duration) -> Response {
    tokio::time::sleep(hang).await;
    html(StatusCode::GATEWAY_TIMEOUT, "504 Gateway Time-out")
}

fn html(status: StatusCode, title: &str) -> Response {
    let page = format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n\
         <hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    );
    wire::raw(status, "text/html", page)
}

fn redirect(path_and_query: &str) -> Response {
    let mut response = wire::answer(StatusCode::TEMPORARY_REDIRECT, &json!({}));
    if let Ok(location) = HeaderValue::from_str(path_and_query) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

fn retry_after(mut response: Response) -> Response {
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    response
}
