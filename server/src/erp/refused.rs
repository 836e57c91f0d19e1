//! Refusals of this API: the house's error body, with fields named as they stand in these requests.

use axum::{
    Json,
    extract::Request,
    http::{HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::{
    locale::Locale,
    refusal::{OrderRefusal, PaymentRefusal, Refusal, RequestError},
    view::{ErrorBody, QuoteView},
};

use crate::http::{locale_of, refusal_response};

/// A refusal on its way out; [`in_the_readers_language`] puts it into words.
#[derive(Clone, Debug)]
pub struct Refused(pub Refusal);

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

impl From<OrderRefusal> for Refused {
    fn from(refusal: OrderRefusal) -> Self {
        Self(refusal.into())
    }
}

impl From<PaymentRefusal> for Refused {
    fn from(refusal: PaymentRefusal) -> Self {
        Self(refusal.into())
    }
}

impl From<RequestError> for Refused {
    fn from(error: RequestError) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response = dressed(&self.0, Locale::Ru);
        response.extensions_mut().insert(self);
        response
    }
}

/// Words a refusal in the language that the request asks for.
pub async fn in_the_readers_language(request: Request, next: Next) -> Response {
    let locale = locale_of(request.headers());
    let mut response = next.run(request).await;
    match response.extensions_mut().remove::<Refused>() {
        Some(refused) => dressed(&refused.0, locale),
        None => response,
    }
}

fn dressed(refusal: &Refusal, locale: Locale) -> Response {
    let mut body = ErrorBody::of(refusal, locale);
    // Customers' requests carry a draft, these carry its fields themselves.
    if let Some(field) = body.error.details.field.take() {
        body.error.details.field = Some(field.strip_prefix("draft.").unwrap_or(&field).to_owned());
    }
    // A quote is read by a program: its lines are called as on the documents, in every language alike, and no sentence for
    // customers comes with it.
    if let Refusal::Order(OrderRefusal::PriceChanged { quote, .. }) = refusal {
        body.error.details.quote =
            Some(QuoteView { warnings: Vec::new(), ..QuoteView::of(quote, Locale::Ru) });
    }
    let (mut parts, _) = refusal_response(refusal, locale).into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    if matches!(refusal, Refusal::Request(RequestError::Unauthorized)) {
        parts.headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    (parts, Json(body)).into_response()
}
