use domain::fuel::FuelId;
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn read(rows: Value) -> FeedAnswer<ReportedStation> {
    let Value::Array(rows) = rows else { panic!("a list") };
    read_stations(rows, &FuelMap::default())
}

fn priced(rows: Value) -> FeedAnswer<ReportedPrice> {
    let Value::Array(rows) = rows else { panic!("a list") };
    read_prices(rows, &FuelMap::default())
}

#[test]
fn a_station_is_read_in_any_spelling() {
    let expected = ReportedStation {
        id: StationId("42".to_owned()),
        enabled: true,
        name: "АЗС № 42".to_owned(),
        address: "Невский пр., 1".to_owned(),
        point: Some(Point { lat: 59.93, lon: 30.31 }),
        pumps: Some(vec![
            ReportedPump { number: PumpNumber(1), fuels: vec![FuelId::A95, FuelId::A100Premium] },
            ReportedPump { number: PumpNumber(10), fuels: vec![FuelId::Propane] },
        ]),
    };
    for row in [
        json!({ "Id": "42", "Enable": true, "Name": "АЗС № 42", "Address": "Невский пр., 1",
                "Location": { "Lat": 59.93, "Lon": 30.31 },
                "Columns": { "10": { "Fuels": ["propane"] }, "1": { "Fuels": ["a95", "a100_premium"] } } }),
        json!({ "id": 42, "enable": "True", "name": " АЗС № 42 ", "ADDRESS": "Невский пр., 1", "more": {},
                "location": { "lat": "59,93", "LON": "30.31" },
                "columns": { "1": { "fuels": ["A95", "A100_premium", "a95"] }, "10": { "fuels": ["propan"] } } }),
    ] {
        let answer = read(json!([row]));
        assert_eq!((answer.rows, answer.doubts.count), (vec![expected.clone()], 0));
    }
}

#[test]
fn unreadable_rows_are_reported_and_the_rest_is_used() {
    let answer = read(json!([
        "nonsense",
        { "Id": "" },
        { "Id": "../x" },
        { "Id": "off", "Enable": 0 },
        { "Id": "maybe", "Enable": "perhaps" },
        { "Id": "off", "Enable": true },
        { "Id": "pumps", "Columns": { "0": { "Fuels": ["a92"] }, "x": {}, "2": { "Fuels": "a92" },
          "3": { "Fuels": ["kerosene", 5] }, "4": { "Fuels": ["a92", "kerosene"] } },
          "Location": { "Lat": 0, "Lon": 0 } },
        { "Id": "none", "Columns": {} },
        { "Id": "list", "Columns": ["a92"] },
    ]));
    let ids: Vec<&str> = answer.rows.iter().map(|row| row.id.0.as_str()).collect();
    assert_eq!(ids, ["off", "maybe", "pumps", "none", "list"]);
    assert_eq!(answer.rows.iter().filter(|row| row.enabled).count(), 3);
    let pumps: Vec<_> = answer.rows.iter().map(|row| row.pumps.as_ref().map(Vec::len)).collect();
    assert_eq!(pumps, [None, None, Some(1), Some(0), None]);
    assert_eq!(answer.rows.get(2).and_then(|row| row.point), None, "0, 0 is no place");
    assert_eq!(answer.doubts.count, 13, "{}", answer.doubts);
    assert!(answer.doubts.to_string().contains("KOLONKA_TANKER_FUELS"), "{}", answer.doubts);
}

#[test]
fn prices_are_read_by_their_digits() {
    for (reported, kopecks) in [
        (json!(61.9), Some(6190)),
        (json!("61,90"), Some(6190)),
        (json!("61.900"), Some(6190)),
        (json!(450), Some(45_000)),
        (json!(0), None),
        (json!(-1), None),
        (json!("61.905"), None),
        (json!("1e3"), None),
        (json!(null), None),
        (json!("1000001"), None),
    ] {
        let answer = priced(json!([{ "stationId": 7, "PRODUCTID": "A95", "price": reported }]));
        let price = kopecks.map(Kopecks::new);
        let row = ReportedPrice { station: StationId("7".to_owned()), fuel: FuelId::A95, price };
        assert_eq!(answer.rows, [row], "{reported}");
        assert_eq!(answer.doubts.count, usize::from(kopecks.is_none()), "{reported}");
    }
    assert!(priced(json!([{ "StationId": "7", "ProductId": "a93", "Price": 1 }, {}])).rows.is_empty());
}

/// Any JSON, with names of the contract among its keys.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        Just(json!("a95")),
    ];
    leaf.prop_recursive(4, 64, 6, |inner| {
        let key = prop_oneof![
            prop::sample::select(vec![
                "Id",
                "enable",
                "Columns",
                "fuels",
                "Location",
                "LAT",
                "lon",
                "StationId",
                "ProductId",
                "price",
                "1"
            ])
            .prop_map(str::to_owned),
            "\\PC{0,6}",
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..8)
                .prop_map(|cells| Value::Object(cells.into_iter().collect())),
        ]
    })
}

proptest! {
    /// Any answer is read without a panic, and the stations read from it keep the rules of the catalogue.
    #[test]
    fn any_answer_is_read_into_stations_that_can_be(rows in prop::collection::vec(anything(), 0..8)) {
        for station in read_stations(rows.clone(), &FuelMap::default()).rows {
            prop_assert!(StationId::parse(&station.id.0).is_some());
            for pump in station.pumps.unwrap_or_default() {
                prop_assert!(pump.number.0 > 0 && !pump.fuels.is_empty());
            }
        }
        for price in read_prices(rows, &FuelMap::default()).rows {
            prop_assert!(price.price.is_none_or(|price| (1..=100_000_000).contains(&price.get())));
        }
    }

    /// A price comes in as it went out, whatever its spelling.
    #[test]
    fn every_price_is_read_exactly(kopecks in 1_i64..=100_000_000, comma: bool, zeros in 0_usize..4) {
        let mut written = format!("{}.{:02}{}", kopecks / 100, kopecks % 100, "0".repeat(zeros));
        if comma {
            written = written.replace('.', ",");
        }
        prop_assert_eq!(parse_roubles(&written), Some(Kopecks::new(kopecks)));
    }
}
