//! Volumes in the calls between the station and its partners: `37.41`, `37,41`, `40`.

use domain::quantity::Centi;

/// Digits before the decimal mark: no meter shows more in one order.
const MAX_WHOLE_DIGITS: usize = 6;

/// Reads a volume to the hundredth; `None` for what is no volume or is measured more finely.
pub fn parse_litres(text: &str) -> Option<Centi> {
    let text = text.trim();
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, "0"));
    let fraction = fraction.trim_end_matches('0');
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) || fraction.len() > 2 {
        return None;
    }
    if whole.is_empty() || whole.len() > MAX_WHOLE_DIGITS {
        return None;
    }
    let hundredths: i64 = format!("{fraction:0<2}").parse().ok()?;
    Some(Centi::new(whole.parse::<i64>().ok()? * 100 + hundredths))
}

/// Writes a volume with a comma, as clients in the field do.
pub fn format_litres(volume: Centi) -> String {
    format!("{},{:02}", volume.get() / 100, volume.get() % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn volumes_are_read_to_the_hundredth() {
        for (text, centi) in [("37.41", 3741), ("37,4", 3740), ("40", 4000), ("40.000", 4000), ("0.05", 5)] {
            assert_eq!(parse_litres(text), Some(Centi::new(centi)), "{text}");
        }
        for text in ["", ".5", "-1", "1e3", "37.411", "1 000", "1000000", "NaN", "+1", "1.2.3"] {
            assert_eq!(parse_litres(text), None, "{text}");
        }
    }

    #[test]
    fn volumes_are_written_with_two_decimals() {
        assert_eq!(format_litres(Centi::new(3705)), "37,05");
        assert_eq!(format_litres(Centi::new(9)), "0,09");
    }
}
