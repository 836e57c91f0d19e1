//! The body of «create order», after the order schema of API v3.

use domain::{
    checks::non_blank,
    draft::{Customer, MinappType},
    order::Order,
    quote::{Line, LineKind},
    requisites::Phone,
};
use serde_json::{Value, json};

use super::value::{number, scaled, truncate_chars};
use crate::invoicebox::{
    links::Links,
    pricing::{PaymentType, UnitPriceScale},
    skus::provider_sku,
};

/// Longest `name` of a line; the schema allows 500, the vendor's own client keeps to this.
const MAX_NAME_CHARS: usize = 300;
/// Longest description of an order.
const MAX_DESCRIPTION_CHARS: usize = 1000;

/// The whole request. Sums are written as exact decimals.
pub fn create(
    order: &Order,
    links: &Links,
    scale: UnitPriceScale,
    payment: PaymentType,
    excise: bool,
) -> Value {
    let items: Vec<Value> = order.lines.iter().map(|line| item(line, scale, payment, excise)).collect();
    let mut body = json!({
        "merchantId": order.merchant_id,
        "merchantOrderId": order.merchant_order_id,
        "merchantOrderIdVisible": order.number.to_string(),
        "description": description(order),
        "amount": number(&order.total.to_decimal()),
        "vatAmount": number(&order.vat.to_decimal()),
        "currencyId": "RUB",
        "languageId": order.locale.tag(),
        "expirationDate": expiration(order),
        "basketItems": items,
        "customer": customer(&order.customer),
        "metaData": meta_data(order),
        "notificationUrl": links.notification,
        "successUrl": links.success,
        "failUrl": links.fail,
        "returnUrl": links.back,
        "orderSetting": { "roundPolicy": "strict" },
    });
    if non_blank(order.customer.inn.as_deref()).is_some() {
        // The documents are made out to this taxpayer: the payment page must not change who it is.
        set(&mut body, "invoiceSetting", json!({ "customerLockedFields": ["type", "vatNumber"] }));
    }
    if order.host.minapp_type == MinappType::Suborder
        && let Some(container) = non_blank(order.host.order_container_id.as_deref())
    {
        set(&mut body, "orderContainerId", container.into());
    }
    if let Some(shop) = order.host.shop_id {
        set(&mut body, "shopId", shop.into());
    }
    body
}

/// One line as every basket there shows it.
pub fn item(line: &Line, scale: UnitPriceScale, payment: PaymentType, excise: bool) -> Value {
    let decimals = scale.decimals();
    // Cannot overflow for a price that has already been multiplied by a quantity; null would be refused there.
    let without_vat = line.vat.unit_price_without(line.price, decimals);
    let kind = match line.kind {
        LineKind::Service => Value::from("service"),
        LineKind::Fuel(fuel) if excise && fuel.is_excisable() => Value::from(2),
        LineKind::Fuel(_) | LineKind::Goods => Value::from("commodity"),
    };
    json!({
        "sku": provider_sku(&line.sku.0),
        "name": truncate_chars(&line.name, MAX_NAME_CHARS),
        "measure": line.unit.okei_sign(),
        "measureCode": line.unit.okei(),
        "quantity": number(&line.quantity.to_decimal()),
        "amount": number(&line.price.to_decimal()),
        "amountWoVat": without_vat.map_or(Value::Null, |units| scaled(units, decimals)),
        "totalAmount": number(&line.total.to_decimal()),
        "totalVatAmount": number(&line.vat_sum.to_decimal()),
        "vatCode": line.vat.code(),
        "type": kind,
        "paymentType": payment.code(),
    })
}

/// `type` decides which documents follow. With an ИНН the payer is `legal`, sole traders included. A named payer
/// without one gets a receipt only: `private`, which the payment page may still change. A payer of whom the cashier
/// knows nothing is `legal`, as the vendor's own client assumes: companies are who pays by invoice.
fn customer(customer: &Customer) -> Value {
    let inn = non_blank(customer.inn.as_deref());
    let name = non_blank(Some(&customer.name));
    let kind = if inn.is_some() || name.is_none() { "legal" } else { "private" };
    let phone = Phone::parse(customer.phone.trim());
    let mut object = json!({ "type": kind });
    let properties = [
        ("name", name),
        ("email", non_blank(Some(&customer.email))),
        ("phone", phone.as_ref().map(Phone::as_str)),
        ("vatNumber", inn),
        ("taxRegistrationReasonCode", inn.and_then(|_| non_blank(customer.kpp.as_deref()))),
    ];
    for (key, text) in properties {
        if let Some(text) = text {
            set(&mut object, key, text.into());
        }
    }
    object
}

/// JSON-LD for the other mini-apps of the same invoice, which may read all of it: no payer, no vehicle.
fn meta_data(order: &Order) -> Value {
    let station = &order.station;
    let items: Vec<Value> = order
        .lines
        .iter()
        .zip(1_u32..)
        .map(|(line, position)| {
            let category = match line.kind {
                LineKind::Fuel(_) => "fuel",
                LineKind::Service => "service",
                LineKind::Goods => "goods",
            };
            json!({
                "@type": "OrderItem",
                "orderItemNumber": position.to_string(),
                "orderQuantity": number(&line.quantity.to_decimal()),
                "orderedItem": {
                    "@type": "Product",
                    "sku": provider_sku(&line.sku.0),
                    "name": truncate_chars(&line.localized_name(order.locale), MAX_NAME_CHARS),
                    "category": category,
                },
            })
        })
        .collect();
    let mut meta = json!({
        "@type": "Order",
        "orderNumber": order.merchant_order_id,
        "seller": {
            "@type": "GasStation",
            "identifier": station.id.0,
            "name": station.name,
            "geo": {
                "@type": "GeoCoordinates",
                "latitude": station.point.lat,
                "longitude": station.point.lon,
            },
            "address": {
                "@type": "PostalAddress",
                "addressCountry": "RU",
                "addressLocality": station.city,
                "streetAddress": station.address,
            },
        },
        "orderedItem": items,
    });
    if let Some(pump) = order.pump {
        let pump = json!({ "@type": "PropertyValue", "propertyID": "pump", "value": pump.to_string() });
        set(&mut meta, "additionalProperty", json!([pump]));
    }
    meta
}

/// «Бензин автомобильный АИ-92-К5, Кофе; АЗС № 12, колонка 4».
fn description(order: &Order) -> String {
    let goods: Vec<String> = order.lines.iter().map(|line| line.localized_name(order.locale)).collect();
    let pump = order
        .pump
        .map_or_else(String::new, |pump| format!(", {} {pump}", order.locale.pick("колонка", "pump")));
    let place = format!("; {}{pump}", order.station.name);
    let left = MAX_DESCRIPTION_CHARS.saturating_sub(place.chars().count());
    truncate_chars(&format!("{}{place}", truncate_chars(&goods.join(", "), left)), MAX_DESCRIPTION_CHARS)
}

/// Formats the end of the order with the offset in digits, which their documentation asks for instead of `Z`.
fn expiration(order: &Order) -> String {
    let at = order.expires_at.to_offset(time::UtcOffset::UTC);
    let ((year, month, day), (hour, minute, second)) = (at.to_calendar_date(), at.to_hms());
    format!("{year:04}-{:02}-{day:02}T{hour:02}:{minute:02}:{second:02}+00:00", u8::from(month))
}

fn set(object: &mut Value, key: &str, value: Value) {
    if let Some(properties) = object.as_object_mut() {
        properties.insert(key.to_owned(), value);
    }
}
