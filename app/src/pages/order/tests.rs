//! The order's screen as the server renders it: who starts and releases the pump, and which orders can still be
//! cancelled.

use domain::{locale::Locale, view::OrderView};
use leptos::prelude::*;
use serde_json::{Value, json};

use super::{screen::Screen, screen_view};

#[expect(clippy::expect_used, reason = "a test")]
fn rendered(status: &str, more: &Value, locale: Locale) -> String {
    let mut order = json!({
        "id": "7a6f2c7e-0d9f-4a63-9a2b-0b6a5cf0d6f1",
        "number": "451",
        "status": status,
        "station": { "id": "azs-12", "name": "АЗС № 12", "brand": "", "address": "", "lat": 54.6, "lon": 39.7, "phone": "+7 4912 00-11-22" },
        "pump": 4,
        "lines": [{
            "sku": "a95", "name": "АИ-95", "kind": "fuel", "unit": "litre", "quantity_centi": 4000, "price_kopecks": 6190,
            "total_kopecks": 247_600, "vat_kopecks": 44_649, "vat": "RUS_VAT22",
        }],
        "total_kopecks": 247_600,
        "vat_kopecks": 44_649,
        "payment_url": null,
        "expires_at": "2026-11-28T12:30:00Z",
        "dispensed_centi": null,
        "final_kopecks": null,
        "refund_kopecks": null,
        "message": null,
        "history": [{ "seq": 7, "at": "2026-11-28T12:10:00Z", "status": status }]
    });
    let fields = order.as_object_mut().expect("an object");
    fields.extend(more.as_object().expect("an object").clone());
    let order: OrderView = serde_json::from_value(order).expect("a view");
    Owner::new().with(|| screen_view(Screen::new(locale, Some(order.clone())), &order).to_html())
}

fn screen(status: &str, by_hand: bool, locale: Locale) -> String {
    rendered(status, &json!({ "by_hand": by_hand }), locale)
}

/// A paid order whose driver may start a pump.
fn waiting(start: &Value, more: &Value, locale: Locale) -> String {
    let mut all = json!({
        "allowed": true, "until": "2026-11-28T14:30:00Z", "reason": null, "tries_left": 5,
        "pumps": [
            { "number": 3, "state": "free" }, { "number": 4, "state": "busy" },
            { "number": 5, "state": "out_of_order" }, { "number": 6, "state": "unknown" },
        ],
    });
    let more = match (all.as_object_mut(), start.as_object(), more.as_object()) {
        (Some(all), Some(start), Some(more)) => {
            all.extend(start.clone());
            let mut more = more.clone();
            more.insert("start".to_owned(), json!(all));
            Value::Object(more)
        }
        _ => Value::Null,
    };
    rendered("paid", &more, locale)
}

#[test]
fn a_pump_that_the_cashier_releases_is_never_shown_as_released() {
    for status in ["paid", "authorising", "ready"] {
        let ru = screen(status, true, Locale::Ru);
        assert!(ru.contains("Назовите номер заказа кассиру: он включит колонку."), "{ru}");
        assert!(!ru.contains("пистолет") && !ru.contains("Включаем") && !ru.contains("Отменить"), "{ru}");
        let en = screen(status, true, Locale::En);
        assert!(en.contains("Tell the cashier the order number: they will release the pump."), "{en}");
        assert!(!en.contains("nozzle") && !en.contains("Releasing") && !en.contains("Cancel"), "{en}");
    }
    let unpaid = screen("awaiting_payment", true, Locale::Ru);
    assert!(unpaid.contains("Отменить заказ"), "{unpaid}");
}

#[test]
fn an_order_with_an_automated_pump_can_be_cancelled_until_fuelling() {
    let ready = screen("ready", false, Locale::Ru);
    assert!(ready.contains("Снимите пистолет") && ready.contains("Отменить и вернуть деньги"), "{ready}");
    assert!(!screen("fuelling", false, Locale::Ru).contains("Отменить"));
}

#[test]
fn an_order_can_be_cancelled_also_while_the_clock_has_its_pump_closed() {
    let closing = |more: Value| rendered("ready", &more, Locale::Ru);
    let by_clock = closing(json!({ "stop": true, "cancelable": true }));
    assert!(
        by_clock.contains("Закрываем колонку") && by_clock.contains("Отменить и вернуть деньги"),
        "{by_clock}"
    );
    assert!(!closing(json!({ "stop": true, "cancelable": false })).contains("Отменить"));
}

#[test]
fn documents_are_promised_where_they_are_made() {
    let completed = |more: Value| rendered("completed", &more, Locale::Ru).contains("придут от Инвойсбокса");
    assert!(completed(json!({ "documents": true })));
    assert!(!completed(json!({ "documents": false, "dispensed_centi": 0, "final_kopecks": 0 })));
}

#[test]
fn a_paid_order_asks_for_the_pump_and_offers_the_others() {
    let ru = waiting(&json!({}), &json!({}), Locale::Ru);
    assert!(ru.contains("Оплачено") && ru.contains("Вы у колонки 4?"), "{ru}");
    assert!(ru.contains("data-start=") && ru.contains("Начать налив · колонка 4"), "{ru}");
    assert!(ru.contains(r#"data-start-pump="4""#), "{ru}");
    for pump in ["Колонка 3", "Колонка 4, занята", "Колонка 5, не работает", "Колонка 6"]
    {
        assert!(ru.contains(&format!(r#"aria-label="{pump}""#)), "{pump}: {ru}");
    }
    assert_eq!(ru.matches(" disabled").count(), 1, "only the broken one: {ru}");
    assert!(ru.contains("Эта колонка занята."), "{ru}");
    assert!(ru.contains("Начните до 28.11, 17:30 по Москве."), "{ru}");
    assert!(ru.contains("Отменить и вернуть деньги") && ru.contains("Заправляется другой водитель?"), "{ru}");
    assert!(ru.contains("Ссылка – как талон") && !ru.contains("Осталось попыток"), "{ru}");
    assert!(ru.contains("Без JavaScript колонку включает кассир"), "{ru}");
    let en = waiting(&json!({}), &json!({}), Locale::En);
    for text in
        ["Are you at pump 4?", "Start fuelling · pump 4", "Start before 28 November, 17:30", "voucher"]
    {
        assert!(en.contains(text), "{text}: {en}");
    }
}

#[test]
fn without_a_pump_the_driver_is_asked_to_choose_one() {
    let ru = waiting(&json!({}), &json!({ "pump": null }), Locale::Ru);
    assert!(ru.contains("Выберите колонку, у которой стоите.") && !ru.contains("Вы у колонки"), "{ru}");
    assert!(ru.contains("data-start=") && !ru.contains("Начать налив ·"), "{ru}");
    assert!(!ru.contains(" checked"), "{ru}");
}

#[test]
fn the_reason_of_the_last_start_is_shown_once_with_the_tries_left() {
    let reason = "АЗС не включила колонку: колонка занята.";
    let ru =
        waiting(&json!({ "reason": reason, "tries_left": 3 }), &json!({ "message": reason }), Locale::Ru);
    assert_eq!(ru.matches(reason).count(), 1, "{ru}");
    assert!(ru.contains("Осталось попыток:\u{a0}3."), "{ru}");
}

#[test]
fn an_order_on_hold_shows_no_start_but_the_message_and_the_telephone() {
    let message = "Сколько топлива налито, пока неизвестно.";
    let ru = waiting(&json!({ "allowed": false }), &json!({ "stop": true, "message": message }), Locale::Ru);
    assert!(ru.contains(message) && ru.contains("tel:+74912001122"), "{ru}");
    assert!(!ru.contains("data-start=") && !ru.contains("Отменить") && !ru.contains("Оплачено"), "{ru}");
}

#[test]
fn a_paid_order_that_cannot_be_started_promises_nothing() {
    let ru = waiting(&json!({ "allowed": false }), &json!({}), Locale::Ru);
    assert!(!ru.contains("data-start=") && !ru.contains("Включаем колонку"), "{ru}");
    assert!(ru.contains("Колонку сейчас включить нельзя."), "{ru}");
}

#[test]
fn a_release_that_is_withdrawn_is_no_cancelled_order() {
    let ru = rendered("ready", &json!({ "stop": true }), Locale::Ru);
    assert!(ru.contains("Закрываем колонку") && !ru.contains("Отменяем заказ"), "{ru}");
}
