//! Requisites of the customer. The service accepts impossible numbers; the emulator
//! accepts them too, and warns in a header that the service does not have.

use serde_json::Value;

/// Header that warns of requisites with wrong control digits.
pub const WARNING_HEADER: &str = "x-sandbox-warning";

/// The problem with the requisites in a request, in ASCII.
pub fn warning(customer: Option<&Value>) -> Option<&'static str> {
    let number = customer?.get("vatNumber")?.as_str()?;
    if number.is_empty() || is_vat_number(number) {
        return None;
    }
    Some("customer.vatNumber: control digits do not match")
}

// ИНН: 10 digits with one control digit, or 12 digits with two; all zeros satisfy the sums and are wrong.
fn is_vat_number(text: &str) -> bool {
    const WEIGHTS: [u32; 11] = [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8];
    let Some(digits) = text.bytes().map(|b| char::from(b).to_digit(10)).collect::<Option<Vec<u32>>>() else {
        return false;
    };
    let control = |position: usize| {
        let weights = WEIGHTS.iter().skip(WEIGHTS.len() - position);
        let sum: u32 = weights.zip(&digits).map(|(weight, digit)| weight * digit).sum();
        digits.get(position) == Some(&(sum % 11 % 10))
    };
    let sums = match digits.len() {
        10 => control(9),
        12 => control(10) && control(11),
        _ => false,
    };
    sums && digits.iter().any(|digit| *digit != 0)
}
