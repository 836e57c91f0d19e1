//! The order's screen as the server renders it: who releases the pump, and which orders can still be cancelled.

use domain::{locale::Locale, view::OrderView};
use leptos::prelude::*;
use serde_json::json;

use super::{screen::Screen, screen_view};

#[expect(clippy::expect_used, reason = "a test")]
fn screen(status: &str, by_hand: bool, locale: Locale) -> String {
    let order: OrderView = serde_json::from_value(json!({
        "id": "7a6f2c7e-0d9f-4a63-9a2b-0b6a5cf0d6f1",
        "number": "451",
        "status": status,
        "station": { "id": "azs-12", "name": "АЗС № 12", "brand": "", "address": "", "lat": 54.6, "lon": 39.7, "phone": null },
        "pump": 4,
        "lines": [],
        "by_hand": by_hand,
        "total_kopecks": 247_600,
        "vat_kopecks": 44_649,
        "payment_url": null,
        "expires_at": "2026-11-28T12:30:00Z",
        "dispensed_centi": null,
        "final_kopecks": null,
        "refund_kopecks": null,
        "message": null,
        "history": []
    }))
    .expect("a view");
    Owner::new().with(|| screen_view(Screen::new(locale, None), &order).to_html())
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
