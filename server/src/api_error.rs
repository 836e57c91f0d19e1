//! Refusals as HTTP: one table of statuses, one error body, rendered at one place for every API.

use app::api::RefusedCall;
use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::{
    locale::Locale,
    refusal::{Code, OrderRefusal, PaymentRefusal, Refusal, RequestError},
    view::{ErrorBody, QuoteView},
};

use crate::request_locale::RequestLocale;

/// The header by which Leptos marks the answer of a failed server function.
const FAILED_FUNCTION_HEADER: &str = "serverfnerror";

/// A refusal as the answer of a handler. [`render_errors`] writes its body in the language of the request.
#[derive(Clone, Debug)]
pub struct ErrorResponse(pub Refusal);

impl From<Refusal> for ErrorResponse {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

impl From<OrderRefusal> for ErrorResponse {
    fn from(refusal: OrderRefusal) -> Self {
        Self(refusal.into())
    }
}

impl From<PaymentRefusal> for ErrorResponse {
    fn from(refusal: PaymentRefusal) -> Self {
        Self(refusal.into())
    }
}

impl From<RequestError> for ErrorResponse {
    fn from(error: RequestError) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for ErrorResponse {
    fn into_response(self) -> Response {
        let mut response = StatusCode::OK.into_response();
        set_status_of_refusal(&mut response, &self.0);
        response.extensions_mut().insert(self);
        response
    }
}

/// Form of an error body, by the kind of caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorForm {
    /// Requests carry a draft, and errors name its fields under `draft.`.
    Customer,
    /// Requests carry the fields of a sale themselves, and are answered to a program.
    BackOffice,
}

/// The status that fits a code.
fn status_of(code: Code) -> StatusCode {
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
        | Code::OrderNotCancelable
        | Code::OrderNotStartable => StatusCode::CONFLICT,
        Code::LimitExceeded => StatusCode::UNPROCESSABLE_ENTITY,
        Code::Busy => StatusCode::SERVICE_UNAVAILABLE,
        Code::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        Code::PaymentProviderError | Code::StationUnavailable => StatusCode::BAD_GATEWAY,
        Code::PaymentProviderTimeout => StatusCode::GATEWAY_TIMEOUT,
        Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Sets the status of a refusal and its `Retry-After`.
fn set_status_of_refusal(response: &mut Response, refusal: &Refusal) {
    *response.status_mut() = match refusal {
        Refusal::Request(RequestError::Draining) => StatusCode::SERVICE_UNAVAILABLE,
        _ => status_of(refusal.code()),
    };
    if let Refusal::Request(
        RequestError::RateLimited { retry_after_s }
        | RequestError::TooManyUnpaid { retry_after_s }
        | RequestError::Busy { retry_after_s },
    ) = refusal
    {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(*retry_after_s));
    }
}

/// Gives every failed answer below `/api/` an [`ErrorBody`]: refusals of handlers, failed server functions,
/// and answers of the layers around them (another method, a body that is too large, a panic).
///
/// The outer one of two leaves what the inner one has rendered.
pub async fn render_errors(
    State(form): State<ErrorForm>,
    RequestLocale(locale): RequestLocale,
    mut request: Request,
    next: Next,
) -> Response {
    let call = RefusedCall::default();
    request.extensions_mut().insert(call.clone());
    let is_api = request.uri().path().starts_with("/api/");
    let mut response = next.run(request).await;
    if let Some(ErrorResponse(refusal)) = response.extensions_mut().remove() {
        return with_body(response, &error_body(&refusal, form, locale), form);
    }
    if response.headers().contains_key(FAILED_FUNCTION_HEADER) {
        return failed_function(response, call.refusal(), locale);
    }
    let failed = response.status().is_client_error() || response.status().is_server_error();
    if is_api && failed && !is_json(response.headers()) {
        let body = body_of_status(response.status(), locale);
        return with_body(response, &body, form);
    }
    response
}

/// Answers 404 as JSON for unknown paths below `/api`.
pub async fn unknown_path() -> StatusCode {
    StatusCode::NOT_FOUND
}

fn error_body(refusal: &Refusal, form: ErrorForm, locale: Locale) -> ErrorBody {
    let mut body = ErrorBody::from_refusal(refusal, locale);
    if form == ErrorForm::Customer {
        return body;
    }
    if let Some(field) = body.error.details.field.take() {
        body.error.details.field = Some(field.strip_prefix("draft.").unwrap_or(&field).to_owned());
    }
    // A quote is read by a program: its lines are called as on the documents, in every language alike, and no sentence
    // for customers comes with it.
    if let Refusal::Order(OrderRefusal::PriceChanged { quote, .. }) = refusal {
        body.error.details.quote =
            Some(QuoteView { warnings: Vec::new(), ..QuoteView::from_quote(quote, Locale::Ru) });
    }
    body
}

/// Puts the body in the place of the old one; the other headers (`Allow`, `Retry-After`) stay.
fn with_body(response: Response, body: &ErrorBody, form: ErrorForm) -> Response {
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.remove(header::CONTENT_TYPE);
    if form == ErrorForm::BackOffice && parts.status == StatusCode::UNAUTHORIZED {
        parts.headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    (parts, Json(body)).into_response()
}

/// Leptos answers every failed server function with 500, and a status set inside the function would land on the page
/// that calls it while rendering. Body and headers stay, except those by which Leptos marks the failure.
fn failed_function(mut response: Response, refusal: Option<&Refusal>, locale: Locale) -> Response {
    response.headers_mut().remove(FAILED_FUNCTION_HEADER);
    // The address of the page, for a form that is posted without script: we have none.
    response.headers_mut().remove(header::LOCATION);
    if let Some(refusal) = refusal {
        set_status_of_refusal(&mut response, refusal);
        return response;
    }
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    let body = error_body(&RequestError::Internal.into(), ErrorForm::Customer, locale);
    with_body(response, &body, ErrorForm::Customer)
}

/// The body for an answer of a layer that knows only a status.
fn body_of_status(status: StatusCode, locale: Locale) -> ErrorBody {
    if status.is_server_error() {
        return ErrorBody::from_refusal(&RequestError::Internal.into(), locale);
    }
    let problem = match status {
        StatusCode::METHOD_NOT_ALLOWED => "this path takes another method",
        StatusCode::PAYLOAD_TOO_LARGE => "the body is larger than this path takes",
        StatusCode::REQUEST_TIMEOUT => "the request took too long to arrive",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "this path takes another content type",
        StatusCode::NOT_FOUND => "there is no such path",
        _ => "the request cannot be read",
    };
    let mut body =
        ErrorBody::from_refusal(&RequestError::Malformed { problem: problem.to_owned() }.into(), locale);
    if status == StatusCode::NOT_FOUND {
        body.error.code = Code::NotFound;
    }
    body
}

fn is_json(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"application/json"))
}
