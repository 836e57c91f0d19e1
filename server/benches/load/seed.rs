//! A database full of orders that wait for their payment.

use std::time::Duration;

use domain::{
    id::OrderId,
    order::{
        Invoice, StartRules,
        machine::{self, Event},
    },
};
use hmac::{Hmac, Mac};
use serde_json::json;
use server::{clock::Clock, database::Database, station_link::tanker_push::Reference};
use sha1::Sha1;
use tempfile::TempDir;
use uuid::Uuid;

use test_support::{DatabaseKind, NOTIFICATION_KEY};

/// A filled database; a SQLite file lives as long as this.
pub struct Seed {
    pub database_url: String,
    pub orders: Vec<UnpaidOrder>,
    _folder: TempDir,
}

/// An order, and the signed notification that pays it.
pub struct UnpaidOrder {
    pub id: OrderId,
    /// Id by which the station server knows the order.
    pub reference: String,
    pub body: String,
    pub signature: String,
}

/// Fills a fresh database with orders that wait for their payment.
pub async fn seed(kind: DatabaseKind, count: u32) -> Seed {
    seed_with_events(kind, count, |_| Vec::new()).await
}

/// Fills a fresh database with orders to which further events were applied: those that `events` makes of the invoice's id.
pub async fn seed_with_events(kind: DatabaseKind, count: u32, events: fn(String) -> Vec<Event>) -> Seed {
    let folder = tempfile::tempdir().unwrap();
    let database_url = kind.fresh(&folder).await;
    let database = Database::open(&database_url).await.unwrap();
    let now = Clock::system().now();
    let mut transaction = database.write().await.unwrap();
    let mut orders = Vec::new();
    for nth in 0..count {
        let mut order = test_support::orders::order(true);
        order.id = OrderId(Uuid::new_v4());
        order.number = 100_000 + nth;
        order.merchant_order_id = format!("{}-bench", order.number);
        order.expires_at = now + Duration::from_secs(3600);
        let provider_id = Uuid::new_v4().to_string();
        let invoice = Invoice { provider_id: provider_id.clone(), ..test_support::orders::invoice() };
        for event in [Event::InvoiceCreated(invoice)].into_iter().chain(events(provider_id.clone())) {
            let _ = machine::apply(&mut order, event, now, &StartRules::default());
        }
        sqlx::query(
            "INSERT INTO orders (id, number, merchant_order_id, idempotency_key, draft_hash, provider_id, status, seq, \
             expires_at, updated_at, body) VALUES ($1, $2, $3, $1, '', $4, $5, $6, $7, $7, $8)",
        )
        .bind(order.id.to_string())
        .bind(i64::from(order.number))
        .bind(order.merchant_order_id.clone())
        .bind(provider_id.clone())
        .bind(order.status.name())
        .bind(i64::from(order.seq))
        .bind(order.expires_at.unix_timestamp() * 1000)
        .bind(serde_json::to_string(&order).unwrap())
        .execute(&mut *transaction)
        .await
        .unwrap();
        let kopecks = order.total.get();
        let amount: serde_json::Number = format!("{}.{:02}", kopecks / 100, kopecks % 100).parse().unwrap();
        let body = json!({
            "id": provider_id, "merchantId": order.merchant_id, "merchantOrderId": order.merchant_order_id,
            "status": "completed", "amount": amount, "currencyId": "RUB",
        })
        .to_string();
        let mac = Hmac::<Sha1>::new_from_slice(NOTIFICATION_KEY.as_bytes()).unwrap().chain_update(&body);
        let reference = Reference::of(&order, 1).to_string();
        orders.push(UnpaidOrder {
            id: order.id,
            reference,
            signature: hex::encode(mac.finalize().into_bytes()),
            body,
        });
    }
    transaction.commit().await.unwrap();
    Seed { database_url, orders, _folder: folder }
}
