//! The description of this API, generated from the handlers. Neither of its forms holds a secret or needs a token.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde_json::Value;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        Components,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use super::openapi_page;

const PAGE_STYLE: &str = include_str!("docs.css");

/// Parts of the description that belong to no handler.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Колонка: API кассы (ERP)",
        description = "Orders put together at the till of a filling station and paid by companies through Invoicebox. \
                       Money is whole kopecks (`_kopecks`), quantities are hundredths of the unit (`_centi`), times are \
                       RFC 3339 in UTC. Unknown fields in requests are refused. Every error has the body \
                       `{\"error\":{\"code\",\"message\",\"details\"}}`: the code is stable, the message is for people, \
                       in the language of `Accept-Language`. Events are posted to KOLONKA_ERP_NOTIFY_URL as \
                       `{\"event\":\"order.status\",\"seq\",\"order\",\"external_id\"}` with the header \
                       `X-Kolonka-Signature: sha256=<hex HMAC-SHA256 of the raw body>`, at least once, in order per order, \
                       retried with growing pauses for a day; any 2xx answer means that the event was taken."
    ),
    servers((url = "/api/erp/v1")),
    security(("token" = []), ("cookie" = [])),
    modifiers(&SecuritySchemes),
    tags(
        (name = "orders", description = "Created, read, cancelled, completed, refunded"),
        (name = "pre-check", description = "What the cashier prints"),
        (name = "stations", description = "Upkeep of the catalogue: customers see a change within two seconds"),
        (name = "reports", description = "For the bookkeepers"),
        (name = "upkeep", description = "What does not add up, what is stuck"),
        (name = "events", description = "Events that the back office did not accept"),
        (name = "session", description = "A cookie in place of the token, for pages of our own"),
    )
)]
pub struct ErpApi;

/// The description of the API as it is served.
#[derive(Clone)]
pub struct ApiDescription(Arc<Value>);

impl ApiDescription {
    /// Writes the description as JSON, once.
    ///
    /// # Errors
    /// [`serde_json::Error`] if the description cannot be written as JSON.
    pub fn new(description: &utoipa::openapi::OpenApi) -> Result<Self, serde_json::Error> {
        Ok(Self(Arc::new(serde_json::to_value(description)?)))
    }
}

struct SecuritySchemes;

impl Modify for SecuritySchemes {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_with(Components::default);
        let bearer =
            HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("KOLONKA_ERP_TOKEN")).build();
        components.add_security_scheme("token", SecurityScheme::Http(bearer));
        let cookie = ApiKey::Cookie(ApiKeyValue::new("kolonka_cashier"));
        components.add_security_scheme("cookie", SecurityScheme::ApiKey(cookie));
    }
}

/// This description
#[utoipa::path(get, path = "/openapi.json", tag = "reports", security(()), responses(
    (status = 200, description = "OpenAPI 3.1", content_type = "application/json"),
))]
pub async fn json(State(description): State<ApiDescription>) -> Json<Arc<Value>> {
    Json(description.0)
}

/// This description as a page
#[utoipa::path(get, path = "/docs", tag = "reports", security(()), responses(
    (status = 200, description = "A page without scripts", content_type = "text/html"),
))]
pub async fn page(State(description): State<ApiDescription>) -> Response {
    let html = openapi_page::render(&description.0).into_string();
    let policy =
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy)),
    ];
    (headers, html).into_response()
}

/// Styles of the page.
pub async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], PAGE_STYLE).into_response()
}
