//! Drafts of customers.

use serde_json::{Value, json};
use uuid::Uuid;

/// Kopecks for 37.41 l of winter diesel at 74.35 roubles.
pub const DRAFT_TOTAL_KOPECKS: i64 = 278_143;

/// Winter diesel at pump 4 of `sever-12`, under a key of its own, that starts when it is paid.
pub fn draft() -> Value {
    json!({
        "idempotency_key": Uuid::new_v4().to_string(),
        "station_id": "sever-12",
        "pump": 4,
        "fuel": { "id": "diesel_winter", "by": "volume", "volume_centi": 3741, "amount_kopecks": null },
        "start": "when_paid",
        "items": [],
        "customer": {
            "name": "ООО «Перевозчик»", "email": "buh@example.ru", "phone": "+7 999 000-11-22",
            "inn": "7707083893", "kpp": null
        },
        "vehicle": null,
        "host": { "minapp_type": "order", "order_container_id": null, "shop_id": null, "locale": "ru" },
        "expected_total_kopecks": DRAFT_TOTAL_KOPECKS
    })
}

/// The same for a driver who starts the pump later.
pub fn draft_to_start() -> Value {
    let mut draft = draft();
    draft["start"] = json!("by_driver");
    draft
}

/// One bottle of washer fluid, no fuel.
pub fn goods_draft() -> Value {
    let mut goods = draft();
    goods["pump"] = Value::Null;
    goods["fuel"] = Value::Null;
    goods["items"] = json!([{ "sku": "washer-20", "count": 1 }]);
    goods["expected_total_kopecks"] = json!(45_000);
    goods
}
