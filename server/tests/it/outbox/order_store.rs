//! Look-up of orders by each of their names, by status and by time.

use std::time::Duration;

use domain::{
    id::{IdempotencyKey, OrderId},
    order::{Order, Status},
};
use server::orders::{INVOICE_LANE, Inserted, OverdueKind};
use uuid::Uuid;

use super::fixture::OutboxFixture;
use test_support::on_both_databases;

on_both_databases! {
    with (OutboxFixture::open);
    an_order_is_found_by_each_of_its_names,
    a_key_is_recorded_once_however_often_it_comes_at_once,
    orders_are_listed_by_status_and_time,
}

async fn an_order_is_found_by_each_of_its_names(fixture: OutboxFixture) {
    let key = IdempotencyKey(Uuid::new_v4());
    let Inserted::New { order } = fixture.insert(key, "draft").await else { panic!("a new key") };
    fixture.store.ping().await.unwrap();
    assert_eq!(fixture.store.get(order.id).await.unwrap().as_ref(), Some(&*order));
    let by_number = fixture.store.find_by_number_at_provider(&order.merchant_order_id).await.unwrap();
    assert_eq!(by_number.as_ref(), Some(&*order));
    assert_eq!(fixture.store.find_by_key(key).await.unwrap(), Some(((*order).clone(), "draft".to_owned())));
    let other = fixture.new_order().await;
    assert_eq!(other.number, order.number + 1);
    let mut several = fixture.store.get_many(&[other.id, OrderId(Uuid::new_v4()), order.id]).await.unwrap();
    several.sort_by_key(|order| order.number);
    assert_eq!(several, [*order, other]);
    assert_eq!(fixture.store.get_many(&[]).await.unwrap(), []);
    let unknown = OrderId(Uuid::new_v4());
    assert_eq!(fixture.store.get(unknown).await.unwrap(), None);
    assert_eq!(
        fixture.store.find_by_provider_id(&test_support::orders::invoice().provider_id).await.unwrap(),
        None
    );
    assert_eq!(fixture.store.find_by_key(IdempotencyKey(Uuid::new_v4())).await.unwrap(), None);
}

async fn a_key_is_recorded_once_however_often_it_comes_at_once(fixture: OutboxFixture) {
    let key = IdempotencyKey(Uuid::new_v4());
    let inserted = futures::future::join_all((0..8).map(|_| fixture.insert(key, "draft"))).await;
    let new = inserted.iter().filter(|inserted| matches!(inserted, Inserted::New { .. })).count();
    let ids: std::collections::HashSet<_> = inserted
        .iter()
        .map(|inserted| match inserted {
            Inserted::New { order } | Inserted::Known { order, .. } => order.id,
            Inserted::ExternalIdTaken => panic!("no number was given"),
        })
        .collect();
    assert_eq!((new, ids.len()), (1, 1));
    match fixture.insert(key, "another draft").await {
        Inserted::Known { draft_hash, .. } => assert_eq!(draft_hash, "draft"),
        Inserted::New { .. } | Inserted::ExternalIdTaken => panic!("the key is known"),
    }
    assert_eq!(fixture.store.count_by_status().await.unwrap(), [("placing".to_owned(), 1)]);
    assert_eq!(fixture.claim(&INVOICE_LANE).await.len(), 1);
}

async fn orders_are_listed_by_status_and_time(fixture: OutboxFixture) {
    let (first, second) = (fixture.new_order().await, fixture.new_order().await);
    let ids = |orders: Vec<Order>| orders.iter().map(|order| order.id).collect::<Vec<_>>();
    assert_eq!(ids(fixture.store.list_by_status(&[Status::Placing]).await.unwrap()), [first.id, second.id]);
    assert_eq!(fixture.store.list_by_status(&[Status::Paid, Status::Ready]).await.unwrap(), []);
    let end = first.expires_at;
    assert_eq!(fixture.overdue(OverdueKind::Placing, end).await.len(), 2);
    let before = end - Duration::from_millis(1);
    assert_eq!(fixture.overdue(OverdueKind::Placing, before).await, []);
    assert_eq!(fixture.overdue(OverdueKind::NotOffered, end).await, []);
    assert_eq!(fixture.overdue(OverdueKind::ActsNow(Status::Paid), end).await, []);
}
