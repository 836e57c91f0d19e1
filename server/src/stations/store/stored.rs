//! A station as its row keeps it: a flat JSON body that other releases of this program read and write, so its names
//! never change.

use domain::{
    geo::Point,
    id::StationId,
    station::{FuelProduct, Product, Pump, Station, Trade},
};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub(super) struct StoredBody {
    id: StationId,
    name: String,
    brand: String,
    number: Option<String>,
    address: String,
    city: String,
    point: Point,
    opening_hours: Option<String>,
    time_zone: String,
    phone: Option<String>,
    enabled: bool,
    closed_reason: Option<String>,
    merchant_id: Option<String>,
    shop_id: Option<i64>,
    amenities: Vec<String>,
    pumps: Vec<Pump>,
    fuels: Vec<FuelProduct>,
    goods: Vec<Product>,
}

impl From<Station> for StoredBody {
    fn from(station: Station) -> Self {
        let Station {
            id,
            name,
            brand,
            number,
            address,
            city,
            point,
            opening_hours,
            time_zone,
            phone,
            enabled,
            closed_reason,
            merchant_id,
            shop_id,
            amenities,
            trade: Trade { pumps, fuels, goods },
        } = station;
        Self {
            id,
            name,
            brand,
            number,
            address,
            city,
            point,
            opening_hours,
            time_zone,
            phone,
            enabled,
            closed_reason,
            merchant_id,
            shop_id,
            amenities,
            pumps,
            fuels,
            goods,
        }
    }
}

impl From<StoredBody> for Station {
    fn from(body: StoredBody) -> Self {
        let StoredBody {
            id,
            name,
            brand,
            number,
            address,
            city,
            point,
            opening_hours,
            time_zone,
            phone,
            enabled,
            closed_reason,
            merchant_id,
            shop_id,
            amenities,
            pumps,
            fuels,
            goods,
        } = body;
        Self {
            id,
            name,
            brand,
            number,
            address,
            city,
            point,
            opening_hours,
            time_zone,
            phone,
            enabled,
            closed_reason,
            merchant_id,
            shop_id,
            amenities,
            trade: Trade { pumps, fuels, goods },
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::station::Station;
    use serde_json::json;

    use super::StoredBody;

    #[test]
    fn a_row_of_the_first_release_is_read_and_written_back_as_it_was() {
        let row = json!({
            "id": "sever-12", "name": "АЗС «Север» № 12", "brand": "Север", "number": "12",
            "address": "Пулковское ш., 42", "city": "Санкт-Петербург", "point": { "lat": 59.8, "lon": 30.3 },
            "opening_hours": "24/7", "time_zone": "Europe/Moscow", "phone": null, "enabled": true,
            "closed_reason": null, "merchant_id": null, "shop_id": 4711, "amenities": ["shop"],
            "pumps": [{ "number": 1, "fuels": ["a95"], "state": "free" }],
            "fuels": [{ "id": "a95", "name": "", "unit": "litre", "price": 6190, "max": null, "available": true,
                        "vat": "RUS_VAT22" }],
            "goods": [{ "sku": "tea", "name": "Чай", "price": 5000, "kind": "goods", "unit": "piece",
                        "vat": "RUS_VAT10" }]
        });
        let body: StoredBody = serde_json::from_str(&row.to_string()).unwrap();
        let station = Station::from(body);
        assert_eq!(station.trade.fuels.len(), 1);
        assert_eq!(serde_json::to_value(StoredBody::from(station)).unwrap(), row);
    }
}
