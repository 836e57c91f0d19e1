//! Calls of the station server to us: `accept`, `fueling`, `volume`, `completed`, `canceled`.
//!
//! Read as tolerantly as clients in the field demand: fields in the query or in the body, as a form or as JSON, under
//! names in any letter case; numbers as numbers or as text, with a point or a comma; text in UTF-8 or Windows-1251.

use domain::{
    order::machine::{RefusalKind, StationReport},
    quantity::Centi,
};
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::Value;

use super::{Reference, client::to_short_line};

/// Most fields of a callback; the contract has seven.
const MAX_CALLBACK_FIELDS: usize = 32;
/// Largest volume that is read: no meter shows more in one order.
const MAX_VOLUME_LITRES: i64 = 100_000;

/// The callbacks of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallbackName {
    Accept,
    Fueling,
    Volume,
    Completed,
    Canceled,
}

impl CallbackName {
    const ALL: [Self; 5] = [Self::Accept, Self::Fueling, Self::Volume, Self::Completed, Self::Canceled];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Fueling => "fueling",
            Self::Volume => "volume",
            Self::Completed => "completed",
            Self::Canceled => "canceled",
        }
    }

    /// Reads a name in any letter case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|name| name.name().eq_ignore_ascii_case(text))
    }
}

/// The fields of a callback, names in small letters. Fields of the body precede those of the query.
#[derive(Clone, Debug, Default)]
pub struct CallbackFields(Vec<(String, String)>);

/// Why a callback cannot be read, as a text for the developer of the station server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallbackReadError {
    #[error("the body is not a JSON object")]
    NotAnObject,
    #[error("there are more than {MAX_CALLBACK_FIELDS} fields")]
    TooManyFields,
    #[error("orderId is missing or is no UUID")]
    NoOrder,
    #[error("litre is missing or is no volume, for example 37.41")]
    NoVolume,
    #[error("there is no such call; there are accept, fueling, volume, completed and canceled")]
    NoCall,
}

impl CallbackFields {
    /// Reads query and body. A body that begins with a brace is JSON, whatever its type says.
    ///
    /// # Errors
    /// `NotAnObject` for broken JSON, `TooManyFields` for more than [`MAX_CALLBACK_FIELDS`].
    pub fn read(query: &str, body: &[u8]) -> Result<Self, CallbackReadError> {
        let is_json = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
        let mut fields = if is_json { read_json(body)? } else { read_form(body) };
        fields.extend(read_form(query.as_bytes()));
        if fields.len() > MAX_CALLBACK_FIELDS {
            return Err(CallbackReadError::TooManyFields);
        }
        Ok(Self(fields))
    }

    /// Returns the first value of a field that is not blank; `name` in small letters.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let values = self.0.iter().filter(|(field, _)| field == name).map(|(_, value)| value.trim());
        values.into_iter().find(|value| !value.is_empty())
    }

    /// Reads the id of the order.
    ///
    /// # Errors
    /// `NoOrder` if `orderId` is missing or is no UUID.
    pub fn reference(&self) -> Result<Reference, CallbackReadError> {
        self.get("orderid").and_then(Reference::parse).ok_or(CallbackReadError::NoOrder)
    }

    /// Returns what the callback of this name reports. An end whose volume cannot be read is still an end.
    ///
    /// # Errors
    /// `NoCall` if there is no such callback, `NoVolume` for a reading of the meter that is no volume.
    pub fn to_report(&self, name: Option<CallbackName>) -> Result<StationReport, CallbackReadError> {
        let litre = self.get("litre").unwrap_or_default();
        Ok(match name.ok_or(CallbackReadError::NoCall)? {
            CallbackName::Accept => StationReport::Accepted,
            CallbackName::Fueling => StationReport::FuellingStarted,
            CallbackName::Volume => {
                StationReport::Volume(parse_volume(litre).ok_or(CallbackReadError::NoVolume)?)
            }
            CallbackName::Completed => match parse_volume(litre) {
                Some(volume) => StationReport::Dispensed(volume),
                None => StationReport::DispensedUnreadable { text: to_short_line(&format!("litre={litre}")) },
            },
            CallbackName::Canceled => StationReport::Refused {
                reason: to_short_line(self.get("reason").unwrap_or_default()),
                kind: RefusalKind::Callback,
            },
        })
    }
}

/// Parses a volume in the product's unit: `37.41`, `37,41`, `37.410`, `1 000`, `1e3`. More than two decimals, as binary
/// fractions have them, are rounded half up, as sums are: a meter shows hundredths. `None` for what is
/// negative, beyond any meter, or no number.
#[must_use]
pub fn parse_volume(text: &str) -> Option<Centi> {
    let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let digits = digits.replace(',', ".");
    let litres = if digits.contains(['e', 'E']) {
        Decimal::from_scientific(&digits).ok()?
    } else {
        digits.parse::<Decimal>().ok()?
    };
    if litres.is_sign_negative() && !litres.is_zero() || litres > Decimal::from(MAX_VOLUME_LITRES) {
        return None;
    }
    let hundredths =
        (litres * Decimal::ONE_HUNDRED).round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
    i64::try_from(hundredths).ok().map(Centi::new)
}

/// Reads text and numbers of an object; everything else in it is ignored.
fn read_json(body: &[u8]) -> Result<Vec<(String, String)>, CallbackReadError> {
    let Ok(Value::Object(object)) = serde_json::from_str(&decode_text(body.to_vec())) else {
        return Err(CallbackReadError::NotAnObject);
    };
    let fields = object.into_iter().filter_map(|(name, value)| match value {
        Value::String(value) => Some((name.to_lowercase(), value)),
        Value::Number(value) => Some((name.to_lowercase(), value.to_string())),
        _ => None,
    });
    Ok(fields.collect())
}

/// Reads and decodes `name=value&…`.
fn read_form(encoded: &[u8]) -> Vec<(String, String)> {
    let decoded = |part: &[u8]| {
        let spaced: Vec<u8> = part.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
        decode_text(percent_encoding::percent_decode(&spaced).collect())
    };
    let pairs = encoded.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
    let fields = pairs.map(|pair| {
        let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
        let (name, value) = (pair.get(..at).unwrap_or_default(), pair.get(at + 1..).unwrap_or_default());
        (decoded(name).trim().to_lowercase(), decoded(value))
    });
    fields.take(MAX_CALLBACK_FIELDS + 1).collect()
}

/// Decodes UTF-8, or else Windows-1251.
fn decode_text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes)
        .unwrap_or_else(|error| encoding_rs::WINDOWS_1251.decode(error.as_bytes()).0.into_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ORDER: &str = "0000c351-5c3e-8d17-9b20-6a7f1e2d3c4b";

    #[test]
    fn every_spelling_of_a_call_is_read_alike() {
        let spellings: [(&str, &str); 7] = [
            ("apikey=k&orderId=0000c351-5c3e-8d17-9b20-6a7f1e2d3c4b&litre=37.41", ""),
            ("", "apikey=k&orderId=0000c351-5c3e-8d17-9b20-6a7f1e2d3c4b&litre=37%2C41"),
            ("ApiKey=k", "OrderId=0000C351-5C3E-8D17-9B20-6A7F1E2D3C4B&Litre=37,410"),
            ("APIKEY=k", r#"{"ORDERID":"0000c3515c3e8d179b206a7f1e2d3c4b","LITRE":37.41}"#),
            (
                "",
                r#" {"apikey":"k","orderId":"0000c351-5c3e-8d17-9b20-6a7f1e2d3c4b","litre":"37,41","x":[1]}"#,
            ),
            ("litre=1&apikey=k", "litre=+37.41+&orderid=%7B0000c351-5c3e-8d17-9b20-6a7f1e2d3c4b%7D"),
            ("apikey=k&&litre=&=&litre=37.4099999999", "orderId=0000c351-5c3e-8d17-9b20-6a7f1e2d3c4b"),
        ];
        for (query, body) in spellings {
            let fields = CallbackFields::read(query, body.as_bytes()).expect("readable");
            assert_eq!(fields.get("apikey"), Some("k"), "{query} {body}");
            assert_eq!(fields.reference(), Ok(Reference::parse(ORDER).expect("an id")), "{query} {body}");
            for call in ["volume", "Volume", "VOLUME"] {
                assert_eq!(
                    fields.to_report(CallbackName::parse(call)),
                    Ok(StationReport::Volume(Centi::new(3741))),
                    "{query} {body}"
                );
            }
            assert_eq!(
                fields.to_report(CallbackName::parse("completed")),
                Ok(StationReport::Dispensed(Centi::new(3741)))
            );
        }
    }

    #[test]
    fn volumes_are_read_to_the_hundredth_or_not_at_all() {
        let cases = [
            ("37.41", Some(3741)),
            ("37,41", Some(3741)),
            ("0", Some(0)),
            ("0,00", Some(0)),
            ("-0.0", Some(0)),
            ("12.345", Some(1235)),
            ("12.3449999", Some(1234)),
            ("1 000,5", Some(100_050)),
            ("1e1", Some(1000)),
            ("100000", Some(10_000_000)),
            ("100001", None),
            ("-1", None),
            ("", None),
            ("NaN", None),
            ("много", None),
            ("1.234,5", None),
            ("99999999999999999999999999999999", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_volume(text), expected.map(Centi::new), "{text}");
        }
    }

    #[test]
    fn an_end_without_a_readable_volume_is_an_end_and_a_reading_is_none() {
        let fields = CallbackFields::read("litre=%D0%BC%D0%BD%D0%BE%D0%B3%D0%BE", b"").expect("readable");
        assert_eq!(
            fields.to_report(CallbackName::parse("completed")),
            Ok(StationReport::DispensedUnreadable { text: "litre=много".to_owned() })
        );
        assert_eq!(fields.to_report(CallbackName::parse("volume")), Err(CallbackReadError::NoVolume));
        assert_eq!(fields.to_report(CallbackName::parse("report")), Err(CallbackReadError::NoCall));
        assert_eq!(fields.reference(), Err(CallbackReadError::NoOrder));
    }

    #[test]
    fn reasons_are_one_short_line_in_either_encoding() {
        let read = |body: &[u8]| {
            CallbackFields::read("", body)
                .and_then(|fields| fields.to_report(CallbackName::parse("canceled")))
        };
        let expected = |reason: &str| {
            Ok(StationReport::Refused { kind: RefusalKind::Callback, reason: reason.to_owned() })
        };
        assert_eq!(read("reason=нет  топлива\r\n".as_bytes()), expected("нет топлива"));
        assert_eq!(read(b"reason=%ED%E5%F2+%F2%EE%EF%EB%E8%E2%E0"), expected("нет топлива"));
        assert_eq!(read(b""), expected(""));
        assert_eq!(read(format!("reason={}", "я".repeat(900)).as_bytes()), expected(&"я".repeat(200)));
    }

    #[test]
    fn oversized_and_malformed_calls_are_refused() {
        let many: String = (0..40).map(|n| format!("f{n}=1&")).collect();
        assert_eq!(CallbackFields::read(&many, b"").map(|_| ()), Err(CallbackReadError::TooManyFields));
        for broken in ["{", "{]", "{\"a\":1} x"] {
            assert_eq!(
                CallbackFields::read("", broken.as_bytes()).map(|_| ()),
                Err(CallbackReadError::NotAnObject),
                "{broken}"
            );
        }
    }

    proptest! {
        #[test]
        fn nothing_that_comes_in_panics(query in ".{0,200}", body in proptest::collection::vec(any::<u8>(), 0..400)) {
            if let Ok(fields) = CallbackFields::read(&query, &body) {
                for call in ["accept", "fueling", "volume", "completed", "canceled", &query] {
                    let _ = fields.to_report(CallbackName::parse(call));
                }
                let _ = fields.reference();
            }
        }

        #[test]
        fn every_volume_is_read_back_however_it_is_written(centi in 0_i64..10_000_000) {
            let written = Centi::new(centi).to_decimal();
            prop_assert_eq!(parse_volume(&written), Some(Centi::new(centi)));
            prop_assert_eq!(parse_volume(&written.replace('.', ",")), Some(Centi::new(centi)));
            let float = format!("{}", centi as f64 / 100.0);
            prop_assert_eq!(parse_volume(&float), Some(Centi::new(centi)));
        }
    }
}
