//! Invoices that others make under our numbers.

use reqwest::Method;
use serde_json::{Value, json};

use super::TestServer;
use crate::DEMO_MERCHANT_ID;

impl TestServer {
    /// Makes another invoice under our number at Invoicebox, as somebody else. The emulator's checks are passed by one plain
    /// line.
    pub async fn make_foreign_invoice(&self, number: &str, roubles: &str) -> Value {
        self.make_invoice_of(DEMO_MERCHANT_ID, number, roubles).await
    }

    /// As [`Self::make_foreign_invoice`], of any merchant that our token may act for.
    pub async fn make_invoice_of(&self, merchant_id: &str, number: &str, roubles: &str) -> Value {
        let price: serde_json::Number = roubles.parse().unwrap();
        let line = json!({
            "sku": "x", "name": "Х", "measure": "шт", "measureCode": "796", "quantity": 1, "amount": price,
            "amountWoVat": price, "totalAmount": price, "totalVatAmount": 0, "vatCode": "VATNONE",
            "type": "commodity", "paymentType": "full_prepayment"
        });
        let body = json!({
            "merchantId": merchant_id, "merchantOrderId": number, "amount": price, "vatAmount": 0,
            "currencyId": "RUB", "languageId": "ru", "description": "Х", "basketItems": [line],
            "expirationDate": "2036-01-01T00:00:00+00:00", "customer": { "type": "legal" }
        });
        self.control(json!({ "invoicebox": { "duplicates_allowed": [DEMO_MERCHANT_ID] } })).await;
        let (status, answer) = self.call_invoicebox(Method::POST, "billing/api/order/order", &body).await;
        assert_eq!(status, 200, "{answer}");
        answer["data"].clone()
    }
}
