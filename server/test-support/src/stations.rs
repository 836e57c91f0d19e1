//! Stations for tests of prices.

use domain::{
    fuel::FuelId,
    geo::Point,
    id::{PumpNumber, StationId},
    money::Kopecks,
    station::{FuelProduct, Pump, PumpState, Station, Trade},
    unit::Unit,
    vat::Vat,
};

/// A station that sells petrol at this price from pump 1, and nothing else.
pub fn station(price: Kopecks) -> Station {
    Station {
        id: StationId("azs-1".to_owned()),
        name: "АЗС № 1".to_owned(),
        brand: String::new(),
        number: None,
        address: String::new(),
        city: String::new(),
        point: Point { lat: 55.0, lon: 37.0 },
        opening_hours: None,
        time_zone: "Europe/Moscow".to_owned(),
        phone: None,
        enabled: true,
        closed_reason: None,
        merchant_id: None,
        shop_id: None,
        amenities: Vec::new(),
        trade: Trade {
            pumps: vec![Pump { number: PumpNumber(1), fuels: vec![FuelId::A95], state: PumpState::Free }],
            fuels: vec![FuelProduct {
                id: FuelId::A95,
                name: String::new(),
                unit: Unit::Litre,
                price: Some(price),
                max: None,
                available: true,
                vat: Vat::Rus22,
            }],
            goods: Vec::new(),
        },
    }
}
