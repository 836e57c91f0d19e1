//! A station as its row keeps it: a flat JSON body that other releases of this program read and write, so its names
//! never change.

use domain::{
    geo::Point,
    id::StationId,
    station::{FuelProduct, Product, Pump, Station, Trade},
};
use serde::{Deserialize, Serialize};

/// Stored form of a station. The trade is flat: `flatten` cannot read numbers that keep all their digits.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Station")]
struct StoredBody {
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
    #[serde(getter = "pumps")]
    pumps: Vec<Pump>,
    #[serde(getter = "fuels")]
    fuels: Vec<FuelProduct>,
    #[serde(getter = "goods")]
    goods: Vec<Product>,
}

fn pumps(station: &Station) -> &Vec<Pump> {
    &station.trade.pumps
}

fn fuels(station: &Station) -> &Vec<FuelProduct> {
    &station.trade.fuels
}

fn goods(station: &Station) -> &Vec<Product> {
    &station.trade.goods
}

impl From<StoredBody> for Station {
    fn from(body: StoredBody) -> Self {
        Self {
            id: body.id,
            name: body.name,
            brand: body.brand,
            number: body.number,
            address: body.address,
            city: body.city,
            point: body.point,
            opening_hours: body.opening_hours,
            time_zone: body.time_zone,
            phone: body.phone,
            enabled: body.enabled,
            closed_reason: body.closed_reason,
            merchant_id: body.merchant_id,
            shop_id: body.shop_id,
            amenities: body.amenities,
            trade: Trade { pumps: body.pumps, fuels: body.fuels, goods: body.goods },
        }
    }
}

/// Reads the body of a row.
///
/// # Errors
/// [`serde_json::Error`] if the body is not a station.
pub(super) fn read(body: &str) -> Result<Station, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_str(body);
    let station = StoredBody::deserialize(&mut reader)?;
    reader.end()?;
    Ok(station)
}

/// Writes the body of a row.
///
/// # Errors
/// [`serde_json::Error`] if the station has no JSON form.
pub(super) fn write(station: &Station) -> Result<String, serde_json::Error> {
    let mut body = Vec::new();
    StoredBody::serialize(station, &mut serde_json::Serializer::new(&mut body))?;
    String::from_utf8(body).map_err(serde::ser::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::{read, write};

    const ROW: &str = concat!(
        r#"{"id":"sever-12","name":"АЗС «Север» № 12","brand":"Север","number":"12","#,
        r#""address":"Пулковское ш., 42","city":"Санкт-Петербург","point":{"lat":59.8,"lon":30.3},"#,
        r#""opening_hours":"24/7","time_zone":"Europe/Moscow","phone":null,"enabled":true,"#,
        r#""closed_reason":null,"merchant_id":null,"shop_id":4711,"amenities":["shop"],"#,
        r#""pumps":[{"number":1,"fuels":["a95"],"state":"free"}],"#,
        r#""fuels":[{"id":"a95","name":"","unit":"litre","price":6190,"max":null,"available":true,"#,
        r#""vat":"RUS_VAT22"}],"#,
        r#""goods":[{"sku":"tea","name":"Чай","price":5000,"kind":"goods","unit":"piece","#,
        r#""vat":"RUS_VAT10"}]}"#,
    );

    #[test]
    fn a_row_of_the_first_release_is_read_and_written_back_as_it_was() {
        let station = read(ROW).unwrap();
        assert_eq!(station.trade.fuels.len(), 1);
        assert_eq!(write(&station).unwrap(), ROW);
    }
}
