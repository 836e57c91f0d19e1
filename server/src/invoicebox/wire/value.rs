//! Reading and writing single properties. Numbers never pass through binary fractions: serde_json keeps their text.

use std::str::FromStr;

use domain::money::Kopecks;
use rust_decimal::Decimal;
use serde_json::{Number, Value};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// A property that is not a number of whole kopecks.
#[derive(Debug, PartialEq, Eq)]
pub struct NotKopecks;

/// A non-empty text; a number counts as its digits.
pub fn text(object: &Value, key: &str) -> Option<String> {
    match object.get(key)? {
        Value::String(text) => Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A sum in roubles, as a number or as text with a number. `None` when missing, null or empty.
pub fn kopecks(object: &Value, key: &str) -> Result<Option<Kopecks>, NotKopecks> {
    match object.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Number(number)) => parse_kopecks(&number.to_string()).map(Some),
        Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
        Some(Value::String(text)) => parse_kopecks(text.trim()).map(Some),
        Some(_) => Err(NotKopecks),
    }
}

/// A number of things, as a number or as text with a number.
pub fn count(object: &Value, key: &str) -> Option<usize> {
    text(object, key)?.parse().ok()
}

/// Reads an instant with an offset; anything else is as good as missing.
pub fn read_instant(object: &Value, key: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(object.get(key)?.as_str()?, &Rfc3339).ok()
}

/// Distance from a whole kopeck, in kopecks, that is noise of binary fractions: `450.00000000000006`.
const NOISE: Decimal = Decimal::from_parts(1, 0, 0, false, 6);

/// Parses whole kopecks: `2333.26`, `2333.260`, `110`, `1.1e2`, `450.00000000000006`; not `2333.261`.
fn parse_kopecks(text: &str) -> Result<Kopecks, NotKopecks> {
    let roubles = if text.contains(['e', 'E']) {
        Decimal::from_scientific(text)
    } else {
        // Digits beyond the 28th are rounded off.
        Decimal::from_str(text)
    };
    let kopecks = roubles.ok().and_then(|sum| sum.checked_mul(Decimal::ONE_HUNDRED)).ok_or(NotKopecks)?;
    let whole = kopecks.round();
    if (kopecks - whole).abs() > NOISE {
        return Err(NotKopecks);
    }
    i64::try_from(whole).map(Kopecks::new).map_err(|_| NotKopecks)
}

/// The first characters of a text.
pub fn truncate_chars(text: &str, max_chars: usize) -> String {
    text.chars().take(max_chars).collect()
}

/// A JSON number with exactly these digits. Text that is no number becomes null, which Invoicebox refuses.
pub fn number(digits: &str) -> Value {
    Number::from_str(digits).map_or(Value::Null, Value::Number)
}

/// A whole number of `10^-scale` as a JSON number with `scale` decimals.
pub fn scaled(units: i64, scale: u8) -> Value {
    number(&Decimal::new(units, u32::from(scale)).to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn sums_are_read_to_the_kopeck_or_not_at_all_and_float_noise_is_no_fraction() {
        let cases = [
            ("2333.26", Ok(233_326)),
            ("2333.260", Ok(233_326)),
            ("110", Ok(11_000)),
            ("0", Ok(0)),
            ("-0.05", Ok(-5)),
            ("1.1e2", Ok(11_000)),
            ("450.00000000000006", Ok(45_000)),
            ("62.369999999999997", Ok(6_237)),
            ("4.5000000000000006e2", Ok(45_000)),
            ("0.1000000000000000055511151231257827021181583404541015625", Ok(10)),
            ("0.00000000000000000000000000000000000001", Ok(0)),
            ("450.00000001", Ok(45_000)),
            ("450.0000001", Err(NotKopecks)),
            ("449.9999999", Err(NotKopecks)),
            ("2333.261", Err(NotKopecks)),
            ("2333.255", Err(NotKopecks)),
            ("1e400", Err(NotKopecks)),
            ("99999999999999999999", Err(NotKopecks)),
        ];
        for (digits, expected) in cases {
            let body: Value =
                serde_json::from_str(&format!(r#"{{"n":{digits},"s":"{digits}"}}"#)).expect(digits);
            let expected = expected.map(|sum| Some(Kopecks::new(sum)));
            assert_eq!(kopecks(&body, "n"), expected, "{digits}");
            assert_eq!(kopecks(&body, "s"), expected, "text {digits}");
        }
        assert_eq!(kopecks(&json!({"n": null}), "n"), Ok(None));
        assert_eq!(kopecks(&json!({"n": "zwölf"}), "n"), Err(NotKopecks));
    }

    #[test]
    fn numbers_are_written_digit_by_digit() {
        assert_eq!(scaled(51_122_951, 6).to_string(), "51.122951");
        assert_eq!(scaled(5112, 2).to_string(), "51.12");
        assert_eq!(scaled(59_400_000, 6).to_string(), "59.400000");
        assert_eq!(number("37.41").to_string(), "37.41");
    }
}
