//! Field rules: what must be there, how long it may be, which values exist.
//!
//! A request is checked against a table and comes out normalised: unknown properties and `null`s
//! dropped, numeric strings turned into numbers, dates moved to UTC. Every failing path is reported,
//! not only the first. Lengths count characters.

use rust_decimal::Decimal;
use serde_json::Value;
use time::Date;
use time::format_description::well_known::Iso8601;

use super::arithmetic;
use super::wire::{self, FieldError, Object};

/// A property of an object.
pub struct Rule {
    name: &'static str,
    kind: Kind,
    required: bool,
}

pub(super) enum Kind {
    Text(usize),
    Id,
    /// Absolute http(s) address, at most 1000 characters.
    Url,
    /// The same, and not on a host of Invoicebox: the payer is sent there from the payment page.
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
    /// JSON-LD, not looked into.
    Free,
    Object(&'static [Rule]),
    /// 1 to 100 objects.
    Items(&'static [Rule]),
}

pub(super) const fn must(name: &'static str, kind: Kind) -> Rule {
    Rule { name, kind, required: true }
}

pub(super) const fn may(name: &'static str, kind: Kind) -> Rule {
    Rule { name, kind, required: false }
}

/// Body of the call that creates an order.
pub const CREATE: &[Rule] = &[
    must("merchantId", Kind::Id),
    must("merchantOrderId", Kind::Text(256)),
    may("merchantOrderIdVisible", Kind::Text(256)),
    must("description", Kind::Text(1000)),
    must("amount", Kind::Amount),
    must("vatAmount", Kind::Amount),
    must("currencyId", Kind::Text(10)),
    may("languageId", Kind::Text(10)),
    must("expirationDate", Kind::DateTime),
    must("basketItems", Kind::Items(ITEM)),
    must("customer", Kind::Object(CUSTOMER)),
    may("metaData", Kind::Free),
    may("notificationUrl", Kind::Url),
    may("successUrl", Kind::ReturnUrl),
    may("failUrl", Kind::ReturnUrl),
    may("returnUrl", Kind::ReturnUrl),
    may("invoiceSetting", Kind::Object(INVOICE_SETTING)),
    may("orderSetting", Kind::Object(ORDER_SETTING)),
    may("orderContainerId", Kind::Id),
    may("parentId", Kind::Id),
    may("shopId", Kind::Integer),
    may("userAccountId", Kind::Id),
    may("processable", Kind::Bool),
];

/// Body of the call that changes an unpaid order.
pub const UPDATE: &[Rule] = &[
    may("description", Kind::Text(1000)),
    may("amount", Kind::Amount),
    may("vatAmount", Kind::Amount),
    may("expirationDate", Kind::DateTime),
    may("basketItems", Kind::Items(ITEM)),
    may("metaData", Kind::Free),
    may("customer", Kind::Object(CUSTOMER)),
    may("shopId", Kind::Integer),
];

/// Body of the call that sets the status of an order without money.
pub const STATUS: &[Rule] =
    &[must("status", Kind::OneOf(&["created", "completed", "expired", "canceled", "cancelled"]))];

/// Body of the call that gives an order to another merchant.
pub const MOVE: &[Rule] = &[must("merchantId", Kind::Id), must("orderId", Kind::Id)];

/// Body of the call that records a delivery.
pub const SHIPMENT: &[Rule] = &[
    must("orderId", Kind::Id),
    must("basketItems", Kind::Items(ITEM)),
    may("documentNumber", Kind::Text(36)),
    may("documentDate", Kind::Date),
    may("final", Kind::Bool),
];

/// Body of the call that gives money back.
pub const REFUND: &[Rule] = &[
    must("parentId", Kind::Id),
    must("merchantOrderId", Kind::Text(100)),
    must("amount", Kind::Amount),
    must("vatAmount", Kind::Amount),
    must("basketItems", Kind::Items(ITEM)),
    must("description", Kind::Text(1000)),
    may("status", Kind::OneOf(&["created", "draft"])),
];

/// Body of the calls on guarantee instruments.
pub const GUARANTEE: &[Rule] = &[
    must("paymentMethodId", Kind::Text(100)),
    may("languageId", Kind::Text(10)),
    must("customer", Kind::Object(CUSTOMER)),
];

/// The same with the code that the payer was sent.
pub const GUARANTEE_PAY: &[Rule] = &[
    must("paymentMethodId", Kind::Text(100)),
    may("languageId", Kind::Text(10)),
    must("customer", Kind::Object(CUSTOMER)),
    must("customerPaymentData", Kind::Object(PAYMENT_DATA)),
];

const PAYMENT_DATA: &[Rule] = &[must("publicCode", Kind::Text(64)), must("code", Kind::Text(16))];

/// Body of the call that adds or changes a special offer.
pub const OFFER: &[Rule] = &[
    must("merchantId", Kind::Id),
    must("externalId", Kind::Text(36)),
    may("name", Kind::Text(500)),
    must("active", Kind::Bool),
    must("startAt", Kind::DateTime),
    must("finishAt", Kind::DateTime),
    must("description", Kind::Text(1000)),
    must("tags", Kind::Names),
];

const ITEM: &[Rule] = &[
    must("sku", Kind::Text(500)),
    must("name", Kind::Text(500)),
    may("groupName", Kind::Text(500)),
    must("measure", Kind::Measure),
    must("measureCode", Kind::Text(4)),
    must("quantity", Kind::Quantity),
    must("amount", Kind::Amount),
    must("amountWoVat", Kind::Amount),
    must("totalAmount", Kind::Amount),
    must("totalVatAmount", Kind::Amount),
    must("vatCode", Kind::VatCode),
    must("type", Kind::ItemType),
    must("paymentType", Kind::OneOf(&["full_prepayment", "prepayment", "advance", "full_payment"])),
    may("excise", Kind::Amount),
    may("originCountry", Kind::Text(20)),
    may("originCountryCode", Kind::Text(4)),
    may("grossWeight", Kind::Amount),
    may("netWeight", Kind::Amount),
    may("serviceDate", Kind::Date),
    may("categoryType", Kind::OneOf(&["honestSign", "merchantHonestSignMap"])),
    may("category", Kind::Text(20)),
    may("metaData", Kind::Free),
];

const CUSTOMER: &[Rule] = &[
    may("type", Kind::OneOf(&["legal", "private"])),
    may("name", Kind::Text(500)),
    may("phone", Kind::Text(100)),
    may("email", Kind::Text(100)),
    may("vatNumber", Kind::Text(20)),
    may("taxRegistrationReasonCode", Kind::Text(9)),
    may("registrationAddress", Kind::Text(1000)),
    may("countryId", Kind::Text(4)),
];

const INVOICE_SETTING: &[Rule] = &[
    may("customerLocked", Kind::Bool),
    may("customerLockedFields", Kind::Names),
    may("customerHiddenFields", Kind::Names),
    may("paymentMethodIdLocked", Kind::Bool),
    may("paymentMethodId", Kind::Integer),
    may("deliveryAddress", Kind::Text(1000)),
];

// `disableValidate` is an undocumented switch of an old client; it is taken and has no effect.
const ORDER_SETTING: &[Rule] = &[
    may("roundPolicy", Kind::OneOf(&["strict", "none", "floor", "ceil", "halfUp", "halfDown"])),
    may("disableValidate", Kind::Bool),
];

/// Checks an object against a table and returns it normalised.
///
/// # Errors
/// Every failing path.
pub fn check(rules: &[Rule], given: &Object) -> Result<Object, Vec<FieldError>> {
    let mut errors = Vec::new();
    let normalised = object(rules, given, "", &mut errors);
    if errors.is_empty() { Ok(normalised) } else { Err(errors) }
}

fn object(rules: &[Rule], given: &Object, prefix: &str, errors: &mut Vec<FieldError>) -> Object {
    let mut normalised = Object::new();
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

fn property(rule: &Rule, value: &Value, path: &str, errors: &mut Vec<FieldError>) -> Option<Value> {
    match rule.kind {
        Kind::Object(rules) => match value {
            Value::Object(given) => {
                return Some(Value::Object(object(rules, given, &format!("{path}."), errors)));
            }
            // An empty array is what PHP clients send for an empty object.
            Value::Array(items) if items.is_empty() => return Some(Value::Object(Object::new())),
            _ => report(errors, path, "This value should be an object."),
        },
        Kind::Items(rules) => match value.as_array() {
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

fn scalar(rule: &Rule, value: &Value) -> Result<Value, &'static str> {
    match rule.kind {
        Kind::Text(limit) => text(value, limit, rule.required),
        Kind::Measure => {
            let text = text(value, 10, true)?;
            Ok(Value::from(text.as_str().unwrap_or_default().trim_end_matches('.')))
        }
        Kind::Id => value
            .as_str()
            .filter(|text| wire::is_id(text))
            .map(Value::from)
            .ok_or("This is not a valid identifier."),
        Kind::Url | Kind::ReturnUrl => url(value, matches!(rule.kind, Kind::ReturnUrl)),
        Kind::Amount => bounded(value).map(wire::number),
        Kind::Quantity => {
            bounded(value)
                .and_then(|value| {
                    if value.is_zero() { Err("This value should be greater than 0.") } else { Ok(value) }
                })
                .map(wire::number)
        }
        Kind::Integer => bounded(value)
            .and_then(|value| {
                if value.fract().is_zero() { Ok(value) } else { Err("This value should be an integer.") }
            })
            .map(wire::number),
        Kind::Degrees(most) => wire::decimal(value)
            .filter(|degrees| degrees.abs() <= Decimal::from(most))
            .map(wire::number)
            .ok_or("This value is outside of its range."),
        Kind::Bool => value.as_bool().map(Value::from).ok_or("This value should be of type bool."),
        Kind::DateTime => value
            .as_str()
            .and_then(wire::instant)
            .map(|at| Value::from(wire::atom(at)))
            .ok_or("This value is not a valid datetime."),
        Kind::Date => value
            .as_str()
            .filter(|text| Date::parse(text, &Iso8601::DATE).is_ok())
            .map(Value::from)
            .ok_or("This value is not a valid date."),
        Kind::OneOf(values) => value
            .as_str()
            .filter(|text| values.contains(text))
            .map(Value::from)
            .ok_or("The value you selected is not a valid choice."),
        Kind::VatCode => value
            .as_str()
            .filter(|code| arithmetic::rate(code).is_some())
            .map(Value::from)
            .ok_or("The value you selected is not a valid choice."),
        Kind::ItemType => item_type(value).ok_or("The value you selected is not a valid choice."),
        Kind::Names => value
            .as_array()
            .filter(|names| names.iter().all(Value::is_string))
            .map(|names| Value::Array(names.clone()))
            .ok_or("This value should be an array of strings."),
        Kind::Free => match value {
            Value::Object(_) | Value::Array(_) => Ok(value.clone()),
            _ => Err("This value should be an object."),
        },
        Kind::Object(_) | Kind::Items(_) => Err("This value should be an object."),
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
