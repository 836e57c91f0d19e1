//! Shapes of answers, and the service's form of numbers, dates and ids.

use std::str::FromStr;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value, json};
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

/// A JSON object.
pub type JsonObject = Map<String, Value>;

/// Envelope of errors; the sources disagree, so it is a switch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorShape {
    /// `{"error":{"message","code","fields"}}`
    #[default]
    Full,
    /// `{"error":{"message","code"}}`
    Short,
    /// `{"code","message"}`
    Flat,
}

/// One offending property of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// Property path, `basketItems[0].totalAmount`.
    pub name: String,
    /// `wrong_value` unless something more precise is known.
    pub code: &'static str,
    /// Prose, not for branching.
    pub message: String,
}

/// A refusal in the vocabulary of the service.
#[derive(Clone, Debug)]
pub struct ApiRefusal {
    /// HTTP status.
    pub status: StatusCode,
    /// Stable code.
    pub code: &'static str,
    /// Prose, not for branching.
    pub message: String,
    /// `None` leaves `fields` out, as the service does for 401.
    pub fields: Option<Vec<FieldError>>,
}

impl ApiRefusal {
    /// A refusal without offending properties.
    pub fn new(status: StatusCode, code: &'static str, message: &str) -> Self {
        Self { status, code, message: message.to_owned(), fields: Some(Vec::new()) }
    }

    /// 422 that points at one property.
    pub fn field(code: &'static str, message: &str, name: impl Into<String>) -> Self {
        let field = FieldError { name: name.into(), code: "wrong_value", message: String::new() };
        Self { fields: Some(vec![field]), ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, message) }
    }

    /// 422 `validation` with everything that is wrong with the request.
    pub fn validation(fields: Vec<FieldError>) -> Self {
        Self {
            fields: Some(fields),
            ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "validation", "Validation Error")
        }
    }

    /// 401: no or wrong credentials.
    pub fn unauthorized() -> Self {
        Self { fields: None, ..Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "Unauthorized") }
    }

    /// 403: no right to the resource or object.
    pub fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "Forbidden")
    }

    /// 404: no such object or address.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "Not Found")
    }

    /// 422: the operation is not allowed in this status.
    pub fn wrong_status() -> Self {
        Self::field("wrong_order_status", "Wrong order status", "status")
    }

    /// 400: the body is not JSON.
    pub fn unreadable() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", "Unable to decode JSON")
    }

    /// The JSON body in the wanted shape.
    pub fn body(&self, shape: ErrorShape) -> Value {
        let (code, message) = (self.code, &self.message);
        match (shape, &self.fields) {
            (ErrorShape::Flat, _) => json!({"code": code, "message": message}),
            (ErrorShape::Full, Some(fields)) => {
                let fields: Vec<Value> = fields
                    .iter()
                    .map(|field| json!({"name": field.name, "code": field.code, "message": field.message}))
                    .collect();
                json!({"error": {"message": message, "code": code, "fields": fields}})
            }
            _ => json!({"error": {"message": message, "code": code}}),
        }
    }
}

/// `{"data":…,"extendedData":[]}`
pub fn single(data: Value) -> Value {
    json!({"data": data, "extendedData": []})
}

/// `{"data":null}`: done, with nothing to show.
pub fn null_data() -> Value {
    json!({"data": null})
}

/// `{"data":[…],"metaData":{paging},"extendedData":[]}`
pub fn list(data: Vec<Value>, total: usize, page: usize, page_size: usize) -> Value {
    json!({
        "data": data,
        "metaData": {"totalCount": total, "pageSize": page_size, "page": page},
        "extendedData": [],
    })
}

/// A text property of a request; empty where there is none.
pub fn text_of(object: &JsonObject, name: &str) -> String {
    object.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// JSON text as the service writes it: Cyrillic raw, slashes escaped.
///
/// A slash occurs only inside strings of JSON, so replacing it in the text is safe.
pub fn text(value: &Value) -> String {
    value.to_string().replace('/', "\\/")
}

/// A JSON answer.
pub fn answer(status: StatusCode, body: &Value) -> Response {
    raw(status, "application/json", text(body))
}

/// An answer of any type.
pub fn raw(status: StatusCode, content_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// Reads a number, or a numeric string as the server of the service does, exactly.
pub fn decimal(value: &Value) -> Option<Decimal> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => return None,
    };
    Decimal::from_str(&text).or_else(|_| Decimal::from_scientific(&text)).ok()
}

/// Writes an exact JSON number without trailing zeros.
pub fn number(value: Decimal) -> Value {
    match Number::from_str(&value.normalize().to_string()) {
        Ok(number) => Value::Number(number),
        Err(_) => Value::Null,
    }
}

/// Reads an ATOM date-time of any offset.
pub fn parse_timestamp(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()
}

/// Writes a date-time in UTC to the second, `2026-11-24T09:15:00+00:00`.
pub fn format_timestamp(at: OffsetDateTime) -> String {
    let at = at.to_offset(UtcOffset::UTC);
    let (date, clock) = (at.date(), at.time());
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}+00:00",
        date.year(),
        u8::from(date.month()),
        date.day(),
        clock.hour(),
        clock.minute(),
        clock.second()
    )
}

/// Whether the text has the form of an identifier: 36 characters, 8-4-4-4-12 hex digits of any case.
pub fn is_id(text: &str) -> bool {
    text.len() == 36
        && text.chars().enumerate().all(|(at, c)| match at {
            8 | 13 | 18 | 23 => c == '-',
            _ => c.is_ascii_hexdigit(),
        })
}

/// Puts the dashes of an identifier into 32 hex digits; shorter text is padded with zeros.
pub fn dashed(hex: &str) -> String {
    let hex = format!("{hex:0<32}");
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default().to_owned();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}
