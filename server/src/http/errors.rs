//! Refusals as HTTP: one table of statuses, one error body, for every API.

use axum::{
    Json,
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::{
    locale::Locale,
    refusal::{Code, Refusal, RequestError},
    view::ErrorBody,
};

/// The header by which Leptos marks the answer of a failed server function.
const FAILED_FUNCTION: &str = "serverfnerror";
/// No error body of ours is larger: a new quote of a hundred lines.
const LARGEST: usize = 256 * 1024;

/// The status that fits a code.
#[must_use]
pub fn status_of(code: Code) -> StatusCode {
    match code {
        Code::BadRequest => StatusCode::BAD_REQUEST,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::Unauthorized => StatusCode::UNAUTHORIZED,
        Code::Forbidden => StatusCode::FORBIDDEN,
        Code::Conflict
        | Code::PriceChanged
        | Code::PumpUnavailable
        | Code::FuelUnavailable
        | Code::StationClosed
        | Code::OrderNotCancelable => StatusCode::CONFLICT,
        Code::LimitExceeded => StatusCode::UNPROCESSABLE_ENTITY,
        Code::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        Code::PaymentProviderError | Code::ForecourtError => StatusCode::BAD_GATEWAY,
        Code::PaymentProviderTimeout => StatusCode::GATEWAY_TIMEOUT,
        Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// A refusal as a whole answer.
#[must_use]
pub fn refusal_response(refusal: &Refusal, locale: Locale) -> Response {
    let status = match refusal {
        Refusal::Request(RequestError::Draining) => StatusCode::SERVICE_UNAVAILABLE,
        _ => status_of(refusal.code()),
    };
    let mut response = (status, Json(ErrorBody::of(refusal, locale))).into_response();
    if let Refusal::Request(RequestError::RateLimited { retry_after_s }) = refusal {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(*retry_after_s));
    }
    response
}

/// The language of a request.
#[must_use]
pub fn locale_of(headers: &axum::http::HeaderMap) -> Locale {
    headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .map_or(Locale::Ru, Locale::from_tag)
}

/// Gives failed server functions the status of their code: Leptos answers all of them with 500, and a status set
/// inside the function would land on the page that calls it while rendering.
pub async fn fit_api_status(request: Request, next: Next) -> Response {
    if !request.uri().path().starts_with("/api/") {
        return next.run(request).await;
    }
    let locale = locale_of(request.headers());
    let response = next.run(request).await;
    let failed = response.headers().contains_key(FAILED_FUNCTION);
    let foreign = !failed && response.status().is_client_error() && !is_json(&response);
    if foreign {
        return refused_before_us(response.status(), locale);
    }
    if !failed {
        return response;
    }
    let Ok(bytes) = to_bytes(response.into_body(), LARGEST).await else {
        return refusal_response(&RequestError::Internal.into(), locale);
    };
    match serde_json::from_slice::<ErrorBody>(&bytes) {
        Ok(body) => {
            let status = status_of(body.error.code);
            (status, [(header::CONTENT_TYPE, "application/json")], Body::from(bytes)).into_response()
        }
        Err(_) => refusal_response(&RequestError::Internal.into(), locale),
    }
}

fn is_json(response: &Response) -> bool {
    response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"application/json"))
}

/// Answers of the layers around us (unknown method, body too large) in our own form.
fn refused_before_us(status: StatusCode, locale: Locale) -> Response {
    let problem = match status {
        StatusCode::METHOD_NOT_ALLOWED => "this path takes another method",
        StatusCode::PAYLOAD_TOO_LARGE => "the body is larger than this path takes",
        StatusCode::NOT_FOUND => "there is no such path",
        _ => "the request cannot be read",
    };
    let mut body = ErrorBody::of(&RequestError::Malformed { problem: problem.to_owned() }.into(), locale);
    if status == StatusCode::NOT_FOUND {
        body.error.code = Code::NotFound;
    }
    (status, Json(body)).into_response()
}

/// JSON 404 for paths below `/api` that nobody serves.
pub async fn unknown_path(request: Request) -> Response {
    refused_before_us(StatusCode::NOT_FOUND, locale_of(request.headers()))
}
