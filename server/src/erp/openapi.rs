//! The description of this API, made of the handlers themselves, and the page on which people read it.

use std::fmt::Write;

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

use super::{Shared, refused::Refused};
use crate::qr::escape;

const STYLE: &str = include_str!("docs.css");

/// What the handlers do not say of themselves.
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
    modifiers(&Keys),
    tags(
        (name = "orders", description = "Put together, read, called off"),
        (name = "pre-check", description = "What the cashier prints"),
        (name = "stations", description = "Upkeep of the catalogue: customers see a change within two seconds"),
        (name = "reports", description = "For the bookkeepers"),
        (name = "events", description = "What the back office is told, and did not take"),
        (name = "session", description = "A cookie in place of the token, for pages of our own"),
    )
)]
pub struct Description;

struct Keys;

impl Modify for Keys {
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
#[utoipa::path(get, path = "/openapi.json", tag = "reports", responses(
    (status = 200, description = "OpenAPI 3.1", content_type = "application/json"),
))]
pub async fn json(State(till): State<Shared>) -> Result<Json<Value>, Refused> {
    Ok(Json(till.description.clone()))
}

/// This description as a page
#[utoipa::path(get, path = "/docs", tag = "reports", responses(
    (status = 200, description = "A page without scripts", content_type = "text/html"),
))]
pub async fn page(State(till): State<Shared>) -> Response {
    let html = render(&till.description);
    let policy =
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy)),
    ];
    (headers, html).into_response()
}

/// Styles of the page; they tell nothing that a signed-out visitor must not see.
pub async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE).into_response()
}

fn render(api: &Value) -> String {
    let mut out = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{title}</title>\
         <link rel=\"stylesheet\" href=\"/api/erp/v1/docs.css\"></head><body><main><h1>{title}</h1>{about}\
         <p><a href=\"/api/erp/v1/openapi.json\">openapi.json</a></p>",
        title = told(&api["info"]["title"]),
        about = prose(&api["info"]["description"]),
    );
    for tag in list(&api["tags"]) {
        let name = tag["name"].as_str().unwrap_or_default();
        let _ = write!(out, "<section><h2>{}</h2>{}", escape(name), prose(&tag["description"]));
        for (path, methods) in entries(&api["paths"]) {
            for (method, call) in entries(methods) {
                if list(&call["tags"]).first().and_then(|tag| tag.as_str()) == Some(name) {
                    out += &operation(path, method, call);
                }
            }
        }
        out += "</section>";
    }
    out += "<section><h2>Shapes</h2>";
    for (name, schema) in entries(&api["components"]["schemas"]) {
        let _ = write!(
            out,
            "<details id=\"{id}\"><summary><code>{id}</code></summary>{}{}</details>",
            prose(&schema["description"]),
            fields(schema),
            id = escape(name),
        );
    }
    out + "</section></main></body></html>"
}

fn operation(path: &str, method: &str, call: &Value) -> String {
    let mut out = format!(
        "<article><h3><span class=\"method\">{}</span> <code>{}</code></h3><p><b>{}</b></p>{}",
        escape(&method.to_uppercase()),
        escape(path),
        told(&call["summary"]),
        prose(&call["description"]),
    );
    let parameters: Vec<&Value> = list(&call["parameters"]).iter().filter(|it| it["in"] == "query").collect();
    if !parameters.is_empty() {
        out += "<table><thead><tr><th>Query</th><th></th></tr></thead><tbody>";
        for parameter in parameters {
            let (name, about) = (told(&parameter["name"]), told(&parameter["description"]));
            let _ = write!(out, "<tr><td><code>{name}</code></td><td>{about}</td></tr>");
        }
        out += "</tbody></table>";
    }
    let body = &call["requestBody"]["content"]["application/json"];
    if body.is_object() {
        let _ = write!(out, "<p>Body: {}</p>", shape(&body["schema"]));
    }
    for (name, example) in entries(&body["examples"]) {
        let summary = example["summary"].as_str().unwrap_or(name);
        let _ = write!(
            out,
            "<figure><figcaption>{}</figcaption>{}</figure>",
            escape(summary),
            code(&example["value"])
        );
    }
    if !body["example"].is_null() {
        out += &code(&body["example"]);
    }
    out += "<table><thead><tr><th>Answer</th><th></th></tr></thead><tbody>";
    for (status, answer) in entries(&call["responses"]) {
        let shapes: Vec<String> = entries(&answer["content"])
            .map(|(kind, content)| {
                if content["schema"].is_object() {
                    shape(&content["schema"])
                } else {
                    format!("<code>{}</code>", escape(kind))
                }
            })
            .collect();
        let _ = write!(
            out,
            "<tr><td>{}</td><td>{} {}</td></tr>",
            escape(status),
            told(&answer["description"]),
            shapes.join(" "),
        );
    }
    out + "</tbody></table></article>"
}

/// The fields of an object, or the values of a word.
fn fields(schema: &Value) -> String {
    if schema["enum"].is_array() {
        let values: Vec<String> =
            list(&schema["enum"]).iter().map(|value| format!("<code>{}</code>", told(value))).collect();
        return format!("<p>{}</p>", values.join(" "));
    }
    if !schema["properties"].is_object() {
        return format!("<p>{}</p>", shape(schema));
    }
    let required = list(&schema["required"]);
    let mut out = String::from("<table><tbody>");
    for (name, property) in entries(&schema["properties"]) {
        let mark = if required.iter().any(|it| it == name) { "" } else { " ?" };
        let _ = write!(
            out,
            "<tr><td><code>{}</code>{mark}</td><td>{}</td><td>{}</td></tr>",
            escape(name),
            shape(property),
            told(&property["description"]),
        );
    }
    out + "</tbody></table>"
}

/// A schema in a few words, with a link where it has a name.
fn shape(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|link| link.rsplit('/').next()) {
        return format!("<a href=\"#{0}\"><code>{0}</code></a>", escape(name));
    }
    for several in ["oneOf", "anyOf", "allOf"] {
        if schema[several].is_array() {
            let shapes: Vec<String> = list(&schema[several]).iter().map(shape).collect();
            return shapes.join(" | ");
        }
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().map(told).collect::<Vec<_>>().join(" | "),
        kind => told(kind),
    };
    match schema["items"].is_object() {
        true => format!("list of {}", shape(&schema["items"])),
        false => kind,
    }
}

fn code(value: &Value) -> String {
    format!("<pre><code>{}</code></pre>", escape(&serde_json::to_string_pretty(value).unwrap_or_default()))
}

fn prose(text: &Value) -> String {
    match text.as_str() {
        Some(text) if !text.trim().is_empty() => format!("<p>{}</p>", escape(text)),
        _ => String::new(),
    }
}

fn told(text: &Value) -> String {
    escape(text.as_str().unwrap_or_default())
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}
