//! Notifications in the form of Invoicebox.

use hmac::{Hmac, Mac};
use reqwest::Method;
use serde_json::{Value, json};
use sha1::Sha1;

use super::{NOTIFICATION_KEY, TestServer, draft};

/// Path of the notifications of the whole network.
pub const NOTIFICATIONS_PATH: &str = "/api/invoicebox/notifications";

/// The signature of a body under a key.
pub fn sign(key: &str, body: &str) -> String {
    let mac = Hmac::<Sha1>::new_from_slice(key.as_bytes()).unwrap().chain_update(body);
    hex::encode(mac.finalize().into_bytes())
}

impl TestServer {
    /// Sends a notification under the right signature. Returns the answer, which must be HTTP 200.
    pub async fn notify(&self, notification: &Value) -> Value {
        let body = notification.to_string();
        self.notify_signed(&body, Some(&sign(NOTIFICATION_KEY, &body))).await
    }

    /// Sends any body as a notification, under any signature. Returns the answer, which must be HTTP 200.
    pub async fn notify_signed(&self, body: &str, signature: Option<&str>) -> Value {
        let headers: Vec<_> = signature.iter().map(|signature| ("x-signature", *signature)).collect();
        let response = self.send(Method::POST, NOTIFICATIONS_PATH, &headers, body).await;
        assert_eq!(response.status(), 200);
        serde_json::from_str(&response.text().await.unwrap()).unwrap()
    }

    /// Places an order. Returns its id and the notification that would pay it.
    pub async fn awaited(&self) -> (String, Value) {
        let id = self.place_order(&draft()).await.order_id;
        let number = self.stored(&id).await.merchant_order_id;
        let mut invoices = self.invoices().await;
        invoices.retain(|invoice| invoice["merchantOrderId"] == number.as_str());
        let mut paid = invoices.pop().unwrap();
        paid["status"] = json!("completed");
        (id, paid)
    }
}
