//! What the official client answers, case by case.

use super::Metadata;
use crate::host::testing::json;

/// A journey: train to Казань, then a flight to LED.
const JOURNEY_METADATA: &str = r#"[{"@type":"TrainReservation","reservationFor":{"@type":"TrainTrip","departureStation":{"@type":"TrainStation","name":"Рязань"},"arrivalStation":{"@type":"TrainStation","name":"Казань"}}},{"@type":"FlightReservation","reservationFor":{"@type":"Flight","departureAirport":{"@type":"Airport","iataCode":"KZN"},"arrivalAirport":{"@type":"Airport","iataCode":"LED"}}}]"#;

/// A fuel order with two lines.
const FUEL_METADATA: &str = r#"[{"@type":"Order","seller":{"@type":"GasStation","name":"АЗС № 12","identifier":"azs-12"},"orderedItem":[{"@type":"OrderItem","orderQuantity":37.41,"orderedItem":{"@type":"Product","name":"АИ-95","sku":"AI95"}},{"@type":"OrderItem","orderQuantity":1,"orderedItem":{"@type":"Product","name":"Кофе","sku":"COFFEE"}}]}]"#;

/// (what it shows, metadata, key, candidates, answer)
const MATCH_CASES: &[(&str, &str, &str, &str, bool)] = &[
    ("nested value, one candidate equal", FUEL_METADATA, "sku", r#"["AI95"]"#, true),
    ("any candidate suffices", JOURNEY_METADATA, "iataCode", r#"["SVO","LED"]"#, true),
    ("no candidate equal", JOURNEY_METADATA, "iataCode", r#"["SVO","DME"]"#, false),
    ("key absent", FUEL_METADATA, "iataCode", r#"["LED"]"#, false),
    ("empty candidate list is never a match", FUEL_METADATA, "sku", r#"[]"#, false),
    ("value is right but under another key", FUEL_METADATA, "name", r#"["AI95"]"#, false),
    ("types are strict: string vs number", FUEL_METADATA, "orderQuantity", r#"["37.41"]"#, false),
    ("number equality", FUEL_METADATA, "orderQuantity", r#"[37.41]"#, true),
    ("case sensitive key", FUEL_METADATA, "SKU", r#"["AI95"]"#, false),
    ("case sensitive value", FUEL_METADATA, "sku", r#"["ai95"]"#, false),
    (
        "object value, deep equal, key order irrelevant",
        FUEL_METADATA,
        "orderedItem",
        r#"[{"sku":"AI95","name":"АИ-95","@type":"Product"}]"#,
        true,
    ),
    (
        "object value must be complete, a subset is not a match",
        FUEL_METADATA,
        "orderedItem",
        r#"[{"sku":"AI95"}]"#,
        false,
    ),
    ("array value, order matters", r#"[{"tags":["a","b"]}]"#, "tags", r#"[["b","a"]]"#, false),
    ("array value, same order", r#"[{"tags":["a","b"]}]"#, "tags", r#"[["a","b"]]"#, true),
    ("candidate is not matched against array elements", r#"[{"tags":["a","b"]}]"#, "tags", r#"["a"]"#, false),
    ("null property equals null candidate", r#"[{"pump":null}]"#, "pump", r#"[null]"#, true),
    ("false is not 0", r#"[{"paid":false}]"#, "paid", r#"[0]"#, false),
    ("array index counts as a key", r#"[["x","y"]]"#, "1", r#"["y"]"#, true),
    ("empty metaData", r#"[]"#, "sku", r#"["AI95"]"#, false),
    ("metaData null", r#"null"#, "sku", r#"["AI95"]"#, false),
    (
        "search continues below a key that matched by name only",
        r#"[{"code":{"code":"B"}}]"#,
        "code",
        r#"["B"]"#,
        true,
    ),
    ("empty object candidate equals empty object value", r#"[{"ext":{}}]"#, "ext", r#"[{}]"#, true),
];

/// (what it shows, metadata, keys, answer)
const VALUE_CASES: &[(&str, &str, &[&str], &str)] = &[
    ("single key, document order (depth first)", FUEL_METADATA, &["sku"], r#"["AI95","COFFEE"]"#),
    (
        "key present on several levels, parent before child",
        r#"[{"code":{"code":"B","z":1}},{"code":"A"}]"#,
        &["code"],
        r#"[{"code":"B","z":1},"B","A"]"#,
    ),
    (
        "duplicates removed, first occurrence kept",
        JOURNEY_METADATA,
        &["@type"],
        r#"["TrainReservation","TrainTrip","TrainStation","FlightReservation","Flight","Airport"]"#,
    ),
    (
        "array of keys: key by key, not document order",
        JOURNEY_METADATA,
        &["name", "iataCode"],
        r#"["Рязань","Казань","KZN","LED"]"#,
    ),
    ("array of keys reversed", JOURNEY_METADATA, &["iataCode", "name"], r#"["KZN","LED","Рязань","Казань"]"#),
    (
        "array of keys with values in the same object",
        r#"[{"a":1,"b":2},{"a":3,"b":4}]"#,
        &["b", "a"],
        r#"[2,4,1,3]"#,
    ),
    ("de-duplication across keys", r#"[{"a":1,"b":1},{"a":2,"b":1}]"#, &["a", "b"], r#"[1,2]"#),
    (
        "deep-equal objects collapse even with another key order",
        r#"[{"p":{"x":1,"y":2}},{"p":{"y":2,"x":1}}]"#,
        &["p"],
        r#"[{"x":1,"y":2}]"#,
    ),
    ("1 and \"1\" stay distinct", r#"[{"v":1},{"v":"1"},{"v":1}]"#, &["v"], r#"[1,"1"]"#),
    (
        "null kept, null and false and 0 and \"\" distinct",
        r#"[{"v":null},{"v":false},{"v":0},{"v":""},{"v":null}]"#,
        &["v"],
        r#"[null,false,0,""]"#,
    ),
    (
        "array value returned whole",
        r#"[{"tags":["a","b"]},{"tags":["b","a"]},{"tags":["a","b"]}]"#,
        &["tags"],
        r#"[["a","b"],["b","a"]]"#,
    ),
    ("key absent", FUEL_METADATA, &["iataCode"], r#"[]"#),
    ("empty key list", FUEL_METADATA, &[], r#"[]"#),
    ("same key twice in the list", FUEL_METADATA, &["sku", "sku"], r#"["AI95","COFFEE"]"#),
    ("array index as key (outer array first)", r#"[["x","y"],["z"]]"#, &["0"], r#"[["x","y"],"x","z"]"#),
    ("metaData null", r#"null"#, &["sku"], r#"[]"#),
    (
        "integer-like keys enumerate ascending before others",
        r#"[{"9":{"k":3},"10":{"k":2},"b":{"k":1}}]"#,
        &["k"],
        r#"[3,2,1]"#,
    ),
];

fn metadata(text: &str) -> Metadata {
    Metadata::new(Some(json(text)))
}

#[test]
fn every_known_match_is_answered_as_the_official_client_answers() {
    for (shows, data, key, candidates, expected) in MATCH_CASES {
        let crate::host::value::Value::List(candidates) = json(candidates) else {
            panic!("{shows}: candidates are a list")
        };
        assert_eq!(metadata(data).matches(key, &candidates), *expected, "{shows}");
    }
    assert_eq!(MATCH_CASES.len(), 22);
}

#[test]
fn every_known_search_is_answered_as_the_official_client_answers() {
    for (shows, data, keys, expected) in VALUE_CASES {
        let found = metadata(data).values(keys).into_iter().cloned().collect();
        assert_eq!(crate::host::value::Value::List(found), json(expected), "{shows}");
    }
    assert_eq!(VALUE_CASES.len(), 17);
}

#[test]
fn missing_metadata_holds_nothing() {
    assert!(!Metadata::new(None).matches("sku", &[json("1")]));
    assert!(Metadata::new(None).values(&["sku"]).is_empty());
}

#[test]
fn fuel_is_offered_to_invoices_in_roubles_that_have_none() {
    assert!(Metadata::new(None).takes_fuel());
    assert!(
        metadata(r#"[{"@type":"TrainReservation","priceCurrency":"RUB","category":"train"}]"#).takes_fuel()
    );
    assert!(!metadata(r#"[{"offers":{"priceCurrency":"KZT"}}]"#).takes_fuel());
    assert!(!metadata(r#"[{"currencyId":"USD"},{"currencyId":"RUB"}]"#).takes_fuel());
    assert!(!metadata(r#"[{"orderedItem":[{"orderedItem":{"sku":"a95","category":"fuel"}}]}]"#).takes_fuel());
}
