//! Field rules: required properties, longest values, known choices.
//!
//! A request is checked against a table and comes out normalised: unknown properties and `null`s
//! dropped, numeric strings turned into numbers, dates moved to UTC. Every failing path is reported,
//! not only the first. Lengths count characters.

use rust_decimal::Decimal;
use serde_json::Value;
use time::Date;
use time::format_description::well_known::Iso8601;

use super::arithmetic;
use super::wire::{self, FieldError, JsonObject};

/// A property of an object.
pub struct FieldRule {
    name: &'static str,
    kind: FieldKind,
    required: bool,
}

pub(super) enum FieldKind {
    Text(usize),
    Id,
    /// Absolute http(s) address, at most 1000 characters.
    Url,
    /// Absolute http(s) address that is not on a host of Invoicebox: the payer is sent there from the payment page.
    ReturnUrl,
    Amount,
    /// Above zero.
    Quantity,
    Integer,
    /// A number from minus to plus this many degrees.
    Degrees(u16),
    Bool,
    DateTime,
    Date,
    OneOf(&'static [&'static str]),
    VatCode,
    /// `commodity`, `service` or a code of fiscal tag 1212.
    ItemType,
    /// At most 10 characters, the full stop at the end is dropped.
    Measure,
    Names,
    /// JSON-LD, which is not checked.
    Free,
    Object(&'static [FieldRule]),
    /// 1 to 100 objects.
    Items(&'static [FieldRule]),
}

pub(super) const fn required(name: &'static str, kind: FieldKind) -> FieldRule {
    FieldRule { name, kind, required: true }
}

pub(super) const fn optional(name: &'static str, kind: FieldKind) -> FieldRule {
    FieldRule { name, kind, required: false }
}

/// Body of the call that creates an order.
pub const CREATE_FIELDS: &[FieldRule] = &[
    required("merchantId", FieldKind::Id),
    required("merchantOrderId", FieldKind::Text(256)),
    optional("merchantOrderIdVisible", FieldKind::Text(256)),
    required("description", FieldKind::Text(1000)),
    required("amount", FieldKind::Amount),
    required("vatAmount", FieldKind::Amount),
    required("currencyId", FieldKind::Text(10)),
    optional("languageId", FieldKind::Text(10)),
    required("expirationDate", FieldKind::DateTime),
    required("basketItems", FieldKind::Items(ITEM_FIELDS)),
    required("customer", FieldKind::Object(CUSTOMER_FIELDS)),
    optional("metaData", FieldKind::Free),
    optional("notificationUrl", FieldKind::Url),
    optional("successUrl", FieldKind::ReturnUrl),
    optional("failUrl", FieldKind::ReturnUrl),
    optional("returnUrl", FieldKind::ReturnUrl),
    optional("invoiceSetting", FieldKind::Object(INVOICE_SETTING_FIELDS)),
    optional("orderSetting", FieldKind::Object(ORDER_SETTING_FIELDS)),
    optional("orderContainerId", FieldKind::Id),
    optional("parentId", FieldKind::Id),
    optional("shopId", FieldKind::Integer),
    optional("userAccountId", FieldKind::Id),
    optional("processable", FieldKind::Bool),
];

/// Body of the call that changes an unpaid order.
pub const UPDATE_FIELDS: &[FieldRule] = &[
    optional("description", FieldKind::Text(1000)),
    optional("amount", FieldKind::Amount),
    optional("vatAmount", FieldKind::Amount),
    optional("expirationDate", FieldKind::DateTime),
    optional("basketItems", FieldKind::Items(ITEM_FIELDS)),
    optional("metaData", FieldKind::Free),
    optional("customer", FieldKind::Object(CUSTOMER_FIELDS)),
    optional("shopId", FieldKind::Integer),
];

/// Body of the call that sets the status of an order without money.
pub const STATUS_FIELDS: &[FieldRule] =
    &[required("status", FieldKind::OneOf(&["created", "completed", "expired", "canceled", "cancelled"]))];

/// Body of the call that moves an order to another merchant.
pub const MOVE_FIELDS: &[FieldRule] =
    &[required("merchantId", FieldKind::Id), required("orderId", FieldKind::Id)];

/// Body of the call that records a shipment.
pub const SHIPMENT_FIELDS: &[FieldRule] = &[
    required("orderId", FieldKind::Id),
    required("basketItems", FieldKind::Items(ITEM_FIELDS)),
    optional("documentNumber", FieldKind::Text(36)),
    optional("documentDate", FieldKind::Date),
    optional("final", FieldKind::Bool),
];

/// Body of the call that refunds money.
pub const REFUND_FIELDS: &[FieldRule] = &[
    required("parentId", FieldKind::Id),
    required("merchantOrderId", FieldKind::Text(100)),
    required("amount", FieldKind::Amount),
    required("vatAmount", FieldKind::Amount),
    required("basketItems", FieldKind::Items(ITEM_FIELDS)),
    required("description", FieldKind::Text(1000)),
    optional("status", FieldKind::OneOf(&["created", "draft"])),
];

/// Body of the calls on guarantee instruments.
pub const GUARANTEE_FIELDS: &[FieldRule] = &[
    required("paymentMethodId", FieldKind::Text(100)),
    optional("languageId", FieldKind::Text(10)),
    required("customer", FieldKind::Object(CUSTOMER_FIELDS)),
];

/// Body of the guarantee call that pays, with the code that the payer was sent.
pub const GUARANTEE_PAY_FIELDS: &[FieldRule] = &[
    required("paymentMethodId", FieldKind::Text(100)),
    optional("languageId", FieldKind::Text(10)),
    required("customer", FieldKind::Object(CUSTOMER_FIELDS)),
    required("customerPaymentData", FieldKind::Object(PAYMENT_DATA_FIELDS)),
];

const PAYMENT_DATA_FIELDS: &[FieldRule] =
    &[required("publicCode", FieldKind::Text(64)), required("code", FieldKind::Text(16))];

/// Body of the call that adds or changes a special offer.
pub const OFFER_FIELDS: &[FieldRule] = &[
    required("merchantId", FieldKind::Id),
    required("externalId", FieldKind::Text(36)),
    optional("name", FieldKind::Text(500)),
    required("active", FieldKind::Bool),
    required("startAt", FieldKind::DateTime),
    required("finishAt", FieldKind::DateTime),
    required("description", FieldKind::Text(1000)),
    required("tags", FieldKind::Names),
];

const ITEM_FIELDS: &[FieldRule] = &[
    required("sku", FieldKind::Text(500)),
    required("name", FieldKind::Text(500)),
    optional("groupName", FieldKind::Text(500)),
    required("measure", FieldKind::Measure),
    required("measureCode", FieldKind::Text(4)),
    required("quantity", FieldKind::Quantity),
    required("amount", FieldKind::Amount),
    required("amountWoVat", FieldKind::Amount),
    required("totalAmount", FieldKind::Amount),
    required("totalVatAmount", FieldKind::Amount),
    required("vatCode", FieldKind::VatCode),
    required("type", FieldKind::ItemType),
    required("paymentType", FieldKind::OneOf(&["full_prepayment", "prepayment", "advance", "full_payment"])),
    optional("excise", FieldKind::Amount),
    optional("originCountry", FieldKind::Text(20)),
    optional("originCountryCode", FieldKind::Text(4)),
    optional("grossWeight", FieldKind::Amount),
    optional("netWeight", FieldKind::Amount),
    optional("serviceDate", FieldKind::Date),
    optional("categoryType", FieldKind::OneOf(&["honestSign", "merchantHonestSignMap"])),
    optional("category", FieldKind::Text(20)),
    optional("metaData", FieldKind::Free),
];

const CUSTOMER_FIELDS: &[FieldRule] = &[
    optional("type", FieldKind::OneOf(&["legal", "private"])),
    optional("name", FieldKind::Text(500)),
    optional("phone", FieldKind::Text(100)),
    optional("email", FieldKind::Text(100)),
    optional("vatNumber", FieldKind::Text(20)),
    optional("taxRegistrationReasonCode", FieldKind::Text(9)),
    optional("registrationAddress", FieldKind::Text(1000)),
    optional("countryId", FieldKind::Text(4)),
];

const INVOICE_SETTING_FIELDS: &[FieldRule] = &[
    optional("customerLocked", FieldKind::Bool),
    optional("customerLockedFields", FieldKind::Names),
    optional("customerHiddenFields", FieldKind::Names),
    optional("paymentMethodIdLocked", FieldKind::Bool),
    optional("paymentMethodId", FieldKind::Integer),
    optional("deliveryAddress", FieldKind::Text(1000)),
];

// `disableValidate` is an undocumented switch of an old client; it is taken and has no effect.
const ORDER_SETTING_FIELDS: &[FieldRule] = &[
    optional("roundPolicy", FieldKind::OneOf(&["strict", "none", "floor", "ceil", "halfUp", "halfDown"])),
    optional("disableValidate", FieldKind::Bool),
];

/// Checks an object against a table and returns it normalised.
///
/// # Errors
/// One [`FieldError`] for every failing path.
pub fn check(rules: &[FieldRule], given: &JsonObject) -> Result<JsonObject, Vec<FieldError>> {
    let mut errors = Vec::new();
    let normalised = object(rules, given, "", &mut errors);
    if errors.is_empty() { Ok(normalised) } else { Err(errors) }
}

fn object(rules: &[FieldRule], given: &JsonObject, prefix: &str, errors: &mut Vec<FieldError>) -> JsonObject {
    let mut normalised = JsonObject::new();
    for rule in rules {
        let path = format!("{prefix}{}", rule.name);
        match given.get(rule.name).filter(|value| !value.is_null()) {
            Some(value) => {
                if let Some(value) = property(rule, value, &path, errors) {
                    normalised.insert(rule.name.to_owned(), value);
                }
            }
            None if rule.required => report(errors, &path, "This value should not be null."),
            None => {}
        }
    }
    normalised
}

fn property(rule: &FieldRule, value: &Value, path: &str, errors: &mut Vec<FieldError>) -> Option<Value> {
    match rule.kind {
        FieldKind::Object(rules) => match value {
            Value::Object(given) => {
                return Some(Value::Object(object(rules, given, &format!("{path}."), errors)));
            }
            // An empty array is what PHP clients send for an empty object.
            Value::Array(items) if items.is_empty() => return Some(Value::Object(JsonObject::new())),
            _ => report(errors, path, "This value should be an object."),
        },
        FieldKind::Items(rules) => match value.as_array() {
            Some(items) if (1..=100).contains(&items.len()) => {
                let items = items.iter().enumerate().filter_map(|(index, item)| {
                    let path = format!("{path}[{index}]");
                    let Some(item) = item.as_object() else {
                        report(errors, &path, "This value should be an object.");
                        return None;
                    };
                    Some(Value::Object(object(rules, item, &format!("{path}."), errors)))
                });
                return Some(Value::Array(items.collect()));
            }
            _ => report(errors, path, "This collection should contain 1 to 100 elements."),
        },
        _ => match scalar(rule, value) {
            Ok(value) => return Some(value),
            Err(message) => report(errors, path, message),
        },
    }
    None
}

fn scalar(rule: &FieldRule, value: &Value) -> Result<Value, &'static str> {
    match rule.kind {
        FieldKind::Text(limit) => text(value, limit, rule.required),
        FieldKind::Measure => {
            let text = text(value, 10, true)?;
            Ok(Value::from(text.as_str().unwrap_or_default().trim_end_matches('.')))
        }
        FieldKind::Id => value
            .as_str()
            .filter(|text| wire::is_id(text))
            .map(Value::from)
            .ok_or("This is not a valid identifier."),
        FieldKind::Url | FieldKind::ReturnUrl => url(value, matches!(rule.kind, FieldKind::ReturnUrl)),
        FieldKind::Amount => bounded(value).map(wire::number),
        FieldKind::Quantity => {
            bounded(value)
                .and_then(|value| {
                    if value.is_zero() { Err("This value should be greater than 0.") } else { Ok(value) }
                })
                .map(wire::number)
        }
        FieldKind::Integer => bounded(value)
            .and_then(|value| {
                if value.fract().is_zero() { Ok(value) } else { Err("This value should be an integer.") }
            })
            .map(wire::number),
        FieldKind::Degrees(most) => wire::decimal(value)
            .filter(|degrees| degrees.abs() <= Decimal::from(most))
            .map(wire::number)
            .ok_or("This value is outside of its range."),
        FieldKind::Bool => value.as_bool().map(Value::from).ok_or("This value should be of type bool."),
        FieldKind::DateTime => value
            .as_str()
            .and_then(wire::parse_timestamp)
            .map(|at| Value::from(wire::format_timestamp(at)))
            .ok_or("This value is not a valid datetime."),
        FieldKind::Date => value
            .as_str()
            .filter(|text| Date::parse(text, &Iso8601::DATE).is_ok())
            .map(Value::from)
            .ok_or("This value is not a valid date."),
        FieldKind::OneOf(values) => value
            .as_str()
            .filter(|text| values.contains(text))
            .map(Value::from)
            .ok_or("The value you selected is not a valid choice."),
        FieldKind::VatCode => value
            .as_str()
            .filter(|code| arithmetic::rate(code).is_some())
            .map(Value::from)
            .ok_or("The value you selected is not a valid choice."),
        FieldKind::ItemType => item_type(value).ok_or("The value you selected is not a valid choice."),
        FieldKind::Names => value
            .as_array()
            .filter(|names| names.iter().all(Value::is_string))
            .map(|names| Value::Array(names.clone()))
            .ok_or("This value should be an array of strings."),
        FieldKind::Free => match value {
            Value::Object(_) | Value::Array(_) => Ok(value.clone()),
            _ => Err("This value should be an object."),
        },
        FieldKind::Object(_) | FieldKind::Items(_) => Err("This value should be an object."),
    }
}

fn text(value: &Value, limit: usize, required: bool) -> Result<Value, &'static str> {
    let text = value.as_str().ok_or("This value should be of type string.")?;
    if required && text.trim().is_empty() {
        return Err("This value should not be blank.");
    }
    if text.chars().count() > limit {
        return Err("This value is too long.");
    }
    Ok(Value::from(text))
}

fn url(value: &Value, returns_payer: bool) -> Result<Value, &'static str> {
    let checked = text(value, 1000, true)?;
    let text = checked.as_str().unwrap_or_default();
    let uri: http::Uri = text.parse().map_err(|_| "This value is not a valid URL.")?;
    let host = match (uri.scheme_str(), uri.host()) {
        (Some("http" | "https"), Some(host)) => host.to_ascii_lowercase(),
        _ => return Err("This value is not a valid URL."),
    };
    let theirs = host == "invoicebox.ru" || host.ends_with(".invoicebox.ru");
    if returns_payer && theirs { Err("This host is not allowed.") } else { Ok(checked) }
}

fn bounded(value: &Value) -> Result<Decimal, &'static str> {
    let number = wire::decimal(value).ok_or("This value should be of type number.")?;
    if number.is_sign_negative() && !number.is_zero() {
        return Err("This value should be positive.");
    }
    if number >= Decimal::from(1_000_000_000_000_u64) {
        return Err("This value is too large.");
    }
    Ok(number)
}

fn item_type(value: &Value) -> Option<Value> {
    if let Some(word @ ("commodity" | "service")) = value.as_str() {
        return Some(Value::from(word));
    }
    let code = wire::decimal(value).filter(|code| code.fract().is_zero())?;
    let known = (Decimal::ONE..=Decimal::from(27)).contains(&code)
        || (Decimal::from(30)..=Decimal::from(33)).contains(&code);
    known.then(|| wire::number(code))
}

fn report(errors: &mut Vec<FieldError>, path: &str, message: &str) {
    errors.push(FieldError { name: path.to_owned(), code: "wrong_value", message: message.to_owned() });
}
