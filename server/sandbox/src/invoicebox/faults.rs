//! Faults of calls on request, of the network and of the service.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    api_route::ApiRoute,
    wire::{self, ApiRefusal, ErrorShape},
};

/// Kind of a fault.
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
    /// `bad_request`; nothing was done.
    #[serde(rename = "400")]
    BadRequest,
    /// The token has no right to it; nothing was done.
    #[serde(rename = "403")]
    Forbidden,
    /// `not_found`; nothing was done.
    #[serde(rename = "404")]
    NotFound,
    /// Somebody else works on the object, with a code that is not documented; nothing was done.
    #[serde(rename = "409")]
    Conflict,
    /// The object is locked, with a code that is not documented; nothing was done.
    #[serde(rename = "423")]
    Locked,
    /// A proxy gives up; nothing was done.
    #[serde(rename = "504")]
    GatewayTimeout,
    /// `validation`; nothing was done.
    #[serde(rename = "422")]
    Validation,
    /// 422 with a code of no table; nothing was done.
    UnknownCode,
    /// `{"code","message"}` at top level, 422; nothing was done.
    FlatError,
    /// The call is carried out, the answer is lost: silence for `hang_ms`, then 504.
    ExecutedButLost,
    /// Answered like a success; nothing was done.
    NotDone,
    /// The order that is created costs a kopeck less than was asked for.
    OtherAmount,
}

/// One entry of `fail_next`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallFault {
    /// Route of the calls that are hit.
    pub route: ApiRoute,
    /// Kind of the fault.
    pub kind: CallFaultKind,
    /// Number of calls that are hit.
    #[serde(default = "default_count")]
    pub times: u32,
    /// Chance of each call to be hit, in percent.
    #[serde(default = "default_probability")]
    pub probability: u8,
}

fn default_count() -> u32 {
    1
}

fn default_probability() -> u8 {
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

/// The answer to a call that is not carried out; `None` for faults of the answer alone.
pub async fn answer_instead(
    kind: CallFaultKind,
    path_and_query: &str,
    hang: Duration,
    shape: ErrorShape,
) -> Option<Response> {
    let refusal = |status, code| ApiRefusal::new(status, code, "Try again later");
    let refuse = |refusal: ApiRefusal, shape| wire::answer(refusal.status, &refusal.body(shape));
    Some(match kind {
        CallFaultKind::InternalError => refuse(
            ApiRefusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal_error", "Internal Server Error"),
            shape,
        ),
        CallFaultKind::BadGateway => html(StatusCode::BAD_GATEWAY, "502 Bad Gateway"),
        CallFaultKind::Unavailable => retry_after(refuse(
            ApiRefusal::new(StatusCode::SERVICE_UNAVAILABLE, "service_unavailable", "Service Unavailable"),
            shape,
        )),
        CallFaultKind::Hang => time_out_after(hang).await,
        CallFaultKind::Redirect => redirect(path_and_query),
        CallFaultKind::TooMany => retry_after(refuse(too_many(), shape)),
        CallFaultKind::Unauthorized => refuse(ApiRefusal::unauthorized(), shape),
        CallFaultKind::BadRequest => refuse(ApiRefusal::unreadable(), shape),
        CallFaultKind::Forbidden => refuse(ApiRefusal::forbidden(), shape),
        CallFaultKind::NotFound => refuse(ApiRefusal::not_found(), shape),
        CallFaultKind::Conflict => refuse(refusal(StatusCode::CONFLICT, "conflict"), shape),
        CallFaultKind::Locked => refuse(refusal(StatusCode::LOCKED, "locked"), shape),
        CallFaultKind::GatewayTimeout => html(StatusCode::GATEWAY_TIMEOUT, "504 Gateway Time-out"),
        CallFaultKind::Validation => refuse(ApiRefusal::validation(Vec::new()), shape),
        CallFaultKind::UnknownCode => {
            refuse(refusal(StatusCode::UNPROCESSABLE_ENTITY, "quota_of_the_day"), shape)
        }
        CallFaultKind::FlatError => refuse(ApiRefusal::validation(Vec::new()), ErrorShape::Flat),
        CallFaultKind::CutBody
        | CallFaultKind::WrongType
        | CallFaultKind::ExecutedButLost
        | CallFaultKind::NotDone
        | CallFaultKind::OtherAmount => return None,
    })
}

/// Applies a fault to the answer of a call that was carried out.
pub async fn apply_answer_fault(kind: CallFaultKind, mut response: Response, hang: Duration) -> Response {
    match kind {
        CallFaultKind::CutBody => {
            let body = std::mem::take(response.body_mut());
            let whole = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
            *response.body_mut() = cut_body(&whole);
            response
        }
        CallFaultKind::WrongType => {
            let html = HeaderValue::from_static("text/html; charset=UTF-8");
            response.headers_mut().insert(header::CONTENT_TYPE, html);
            response
        }
        CallFaultKind::ExecutedButLost => time_out_after(hang).await,
        _ => response,
    }
}

/// The refusal with 429.
pub fn too_many() -> ApiRefusal {
    ApiRefusal::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", "Too Many Requests")
}

// The connection breaks after half of the body: the client sees an incomplete answer.
fn cut_body(whole: &Bytes) -> Body {
    let half = whole.slice(..whole.len() / 2);
    let broken = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    Body::from_stream(futures::stream::iter([Ok(half), Err(broken)]))
}

// The network is slow here, not the business: a moved clock does not shorten it.
async fn time_out_after(hang: Duration) -> Response {
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
