//! Sample orders, one in every status by turns, and the overview that the control page shows.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    emulator::InvoiceboxSandbox,
    order::{Instrument, Order, OrderStatus},
    wire,
};

/// Number of orders that one call makes at most.
const MAX_SEEDED_ORDERS: u8 = 50;

impl InvoiceboxSandbox {
    /// Makes orders of the first merchant, without notifications. Returns their numbers.
    pub(super) fn seed(&self, count: u8) -> Result<Value, String> {
        if !(1..=MAX_SEEDED_ORDERS).contains(&count) {
            return Err(format!("seed takes 1 to {MAX_SEEDED_ORDERS}"));
        }
        let merchant_id = self.merchants().first().ok_or("no merchant to seed")?.to_ascii_lowercase();
        let now = self.now();
        let mut numbers = Vec::new();
        let mut state = self.state();
        for index in 0..count {
            let number = format!("SEED-{}", state.new_id(now).split('-').take(3).collect::<String>());
            let request = request(&merchant_id, &number, now + Duration::from_secs(30 * 60));
            let request = request.as_object().cloned().unwrap_or_default();
            let container_id = state.new_id(now);
            let mut order = Order::new(state.new_id(now), container_id, &request, true, now);
            order.status = match index % 6 {
                0 => OrderStatus::Created,
                1 => OrderStatus::Completed { at: now, by: Instrument::Money },
                2 => OrderStatus::Completed { at: now, by: Instrument::Guarantee },
                3 => OrderStatus::Hold { until: state.hold_until(now) },
                4 => OrderStatus::Expired,
                _ => OrderStatus::Canceled,
            };
            state.insert(order);
            numbers.push(number);
        }
        Ok(json!(numbers))
    }

    /// The newest orders, newest first, and both logs.
    pub(crate) fn overview(&self, orders: usize) -> Value {
        let now = self.now();
        let merchants = self.merchants();
        let mut state = self.state();
        let newest: Vec<Value> = state
            .orders(&merchants, None, now)
            .into_iter()
            .rev()
            .take(orders)
            .map(|order| order.json(&self.settings().public_url))
            .collect();
        json!({"orders": newest, "log": state.log()})
    }
}

/// 32.06 l at 62.37: 1999.58 with 360.58 of tax.
fn request(merchant_id: &str, number: &str, expires_at: time::OffsetDateTime) -> Value {
    let money = |kopecks: i64| wire::number(rust_decimal::Decimal::new(kopecks, 2));
    json!({
        "merchantId": merchant_id, "merchantOrderId": number, "description": "АИ-92; АЗС № 12, колонка 4",
        "amount": money(199_958), "vatAmount": money(36_058), "currencyId": "RUB", "languageId": "ru",
        "expirationDate": wire::format_timestamp(expires_at),
        "basketItems": [{
            "sku": "AI92", "name": "Бензин автомобильный АИ-92-К5", "measure": "л", "measureCode": "112",
            "quantity": money(3_206), "amount": money(6_237), "amountWoVat": money(5_112),
            "totalAmount": money(199_958), "totalVatAmount": money(36_058), "vatCode": "RUS_VAT22",
            "type": "commodity", "paymentType": "full_prepayment",
        }],
        "customer": {"type": "legal", "name": "ООО «Ромашка»", "vatNumber": "7707083893"},
    })
}
