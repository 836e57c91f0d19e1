//! Calls of the cashier API.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{OrderView, Placed, TestServer};

/// The sandbox's token.
pub const ERP_TOKEN: &str = "sandbox-erp-token";

impl TestServer {
    /// A call with the token; the answer must be JSON.
    pub async fn erp(&self, method: Method, path: &str, body: &Value) -> (u16, Value) {
        let (status, text) = self.erp_text(method, path, body).await;
        (status, serde_json::from_str(&text).unwrap_or_else(|_| panic!("{path} answered {status}: {text}")))
    }

    /// A call with the token.
    pub async fn erp_text(&self, method: Method, path: &str, body: &Value) -> (u16, String) {
        let bearer = format!("Bearer {ERP_TOKEN}");
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let path = format!("/api/erp/v1/{path}");
        let response = self.send(method, &path, &[("authorization", &bearer)], &body).await;
        (response.status().as_u16(), response.text().await.unwrap())
    }

    pub async fn erp_get(&self, path: &str) -> (u16, Value) {
        self.erp(Method::GET, path, &Value::Null).await
    }

    pub async fn erp_post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.erp(Method::POST, path, body).await
    }

    /// Creates an order that must succeed.
    pub async fn sell(&self, order: &Value) -> Placed {
        let (status, answer) = self.erp_post("orders", order).await;
        assert_eq!(status, 201, "{answer}");
        Placed::read(answer)
    }

    /// A sale that is paid and waits for the cashier to hand it over.
    pub async fn paid_sale(&self, order: &Value) -> Placed {
        let sold = self.sell(order).await;
        self.pay(&sold.payment_url).await;
        self.wait_for_status(&sold.order_id, "ready").await;
        sold
    }

    /// A sale that is paid and handed over. Returns the view.
    pub async fn completed_sale(&self, order: &Value) -> OrderView {
        let sold = self.paid_sale(order).await;
        let (status, view) = self.erp_post(&format!("orders/{}/complete", sold.order_id), &Value::Null).await;
        assert_eq!((status, &view["status"]), (200, &json!("completed")), "{view}");
        OrderView::read(view)
    }
}

/// Winter diesel at pump 4 of `sever-12`, under a key and a number of its own.
pub fn fuel_sale() -> Value {
    sale(json!({
        "pump": 4,
        "fuel": { "id": "diesel_winter", "by": "volume", "volume_centi": 3741, "amount_kopecks": null }
    }))
}

/// Two cups of coffee that are in no catalogue.
pub fn lines_sale() -> Value {
    sale(json!({ "items": [{
        "name": "Кофе американо 0,3 л", "kind": "goods", "price_kopecks": 14_900, "quantity_centi": 200,
        "measure_code": "796", "vat": "RUS_VAT22"
    }] }))
}

/// A sale with these fields at `sever-12`.
pub fn sale(fields: Value) -> Value {
    let mut sale = json!({
        "idempotency_key": Uuid::new_v4().to_string(),
        "external_id": format!("AZS12-{}", Uuid::new_v4().simple()),
        "station_id": "sever-12", "pump": null, "fuel": null, "items": [], "customer": null
    });
    for (name, value) in fields.as_object().unwrap() {
        sale[name] = value.clone();
    }
    sale
}
