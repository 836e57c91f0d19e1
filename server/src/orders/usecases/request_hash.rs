//! The hash by which a repeated request for an order is told from another one under the same key.

use serde::Serialize;
use sha2::{Digest, Sha256};

/// Hash of a request. Two requests are the same if all their fields are.
pub(super) fn hash_of(request: &impl Serialize) -> Result<String, serde_json::Error> {
    Ok(hex::encode(Sha256::digest(serde_json::to_vec(request)?)))
}

#[cfg(test)]
mod tests {
    use domain::{
        draft::{Customer, Draft, FillBy, FuelChoice, Host, Item, MinappType, Vehicle},
        fuel::FuelId,
        id::{IdempotencyKey, PumpNumber, Sku, StationId},
        locale::Locale,
        money::Kopecks,
        order::StartMode,
        quantity::Centi,
        sale::{FreeLine, SaleItem},
        station::ProductKind,
        unit::Unit,
        vat::Vat,
    };
    use uuid::Uuid;

    use super::*;
    use crate::orders::CashierSale;

    // The hashes below are in the rows of orders and must never change: a request that is repeated across an update,
    // since its answer was lost, would be answered 409 as another one under the same key. So no field is renamed or
    // moved, and an empty one is written as before. A new field is left out of the JSON while it is empty, and is empty
    // here.

    #[test]
    fn a_draft_keeps_its_stored_hash() {
        let bare = Draft {
            pump: None,
            fuel: None,
            vehicle: None,
            host: Host::default(),
            away_m: None,
            ..full_draft()
        };
        assert_hash(&full_draft(), "bc4dcac67b847b9dee9c7dffcc2b51e4c0ba388509107674d3b924d49cdd30cc");
        assert_hash(&bare, "eb39bf01fe35ec422df030b1a9bd105474ad8ec980d2382839433a4d8be59644");
    }

    #[test]
    fn a_cashier_sale_keeps_its_stored_hash() {
        let fuel = FuelChoice { volume: None, amount: None, ..fuel() };
        let bare = CashierSale {
            external_id: None,
            pump: None,
            fuel: Some(fuel),
            customer: Customer::default(),
            expected_total: None,
            ..full_sale()
        };
        assert_hash(&full_sale(), "6b131a41f8241133b2c477db83957e3eeca2d6ba2e44e49d398048491aff07be");
        assert_hash(&bare, "dfc1813ede222f43547043f59e6ae2a8ef50abd08676aa4448783cc76065ef02");
    }

    /// The JSON in the message shows what has changed.
    fn assert_hash(request: &impl Serialize, stored: &str) {
        assert_eq!(hash_of(request).unwrap(), stored, "{}", serde_json::to_string(request).unwrap());
    }

    fn full_draft() -> Draft {
        Draft {
            idempotency_key: key(),
            station_id: StationId("sever-12".to_owned()),
            pump: Some(PumpNumber(3)),
            fuel: Some(fuel()),
            items: vec![item()],
            customer: customer(),
            vehicle: Some(Vehicle {
                plate: Some("А123ВС77".to_owned()),
                driver: Some("Орлов".to_owned()),
                odometer_km: Some(120_000),
                cost_centre: Some("СК-7".to_owned()),
            }),
            host: Host {
                minapp_type: MinappType::Suborder,
                order_container_id: Some("0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b".to_owned()),
                shop_id: Some(501),
                locale: Locale::En,
            },
            expected_total: Kopecks::new(278_143),
            start: StartMode::ByDriver,
            away_m: Some(2_500),
        }
    }

    fn full_sale() -> CashierSale {
        let free_line = FreeLine {
            name: "Шиномонтаж".to_owned(),
            kind: ProductKind::Service,
            price: Kopecks::new(150_000),
            quantity: Centi::new(200),
            unit: Unit::Piece,
            vat: Vat::Rus22,
        };
        CashierSale {
            key: key(),
            external_id: Some("AZS12-77".to_owned()),
            station_id: StationId("sever-12".to_owned()),
            pump: Some(PumpNumber(3)),
            fuel: Some(fuel()),
            items: vec![SaleItem::Catalogue(item()), SaleItem::Free(free_line)],
            customer: customer(),
            expected_total: Some(Kopecks::new(578_143)),
        }
    }

    fn key() -> IdempotencyKey {
        IdempotencyKey(Uuid::from_u128(0xa1b2_c3d4_e5f6_4a7b_8c9d_0000_0001_0004))
    }

    fn fuel() -> FuelChoice {
        FuelChoice {
            id: FuelId::DieselWinter,
            by: FillBy::FullTank,
            volume: Some(Centi::new(3_741)),
            amount: Some(Kopecks::new(278_143)),
        }
    }

    fn item() -> Item {
        Item { sku: Sku("coffee".to_owned()), count: 2 }
    }

    fn customer() -> Customer {
        Customer {
            name: "ООО «Фирма»".to_owned(),
            email: "buh@firma.example".to_owned(),
            phone: "+7 999 000-11-22".to_owned(),
            inn: Some("7707083893".to_owned()),
            kpp: Some("773601001".to_owned()),
        }
    }
}
