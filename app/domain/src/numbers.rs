//! How sums, volumes and distances are written in the two languages, and how typed numbers are read.

use crate::{locale::Locale, money::Kopecks, quantity::Centi, unit::Unit};

/// The no-break space inside numbers: the narrow one (U+202F) is not in Roboto.
const NO_BREAK_SPACE: char = '\u{a0}';

impl Locale {
    fn decimal_mark(self) -> char {
        self.pick(',', '.')
    }

    /// `2 926,00 ₽`: always two decimals.
    #[must_use]
    pub fn money(self, sum: Kopecks) -> String {
        format!("{}{NO_BREAK_SPACE}₽", self.hundredths(sum.get()))
    }

    /// `2 926 ₽` where the kopecks are zero, else [`Locale::money`]. For chips and price tags.
    #[must_use]
    pub fn short_money(self, sum: Kopecks) -> String {
        if sum.get() % 100 == 0 {
            format!("{}{NO_BREAK_SPACE}₽", self.integer(sum.get() / 100))
        } else {
            self.money(sum)
        }
    }

    /// `61,90 ₽/л`.
    #[must_use]
    pub fn unit_price(self, price: Kopecks, unit: Unit) -> String {
        format!("{}/{}", self.money(price), unit.sign(self))
    }

    /// `40,00 л`; whole pieces without decimals.
    #[must_use]
    pub fn quantity(self, quantity: Centi, unit: Unit) -> String {
        let number = if unit == Unit::Piece && quantity.get() % 100 == 0 {
            self.integer(quantity.get() / 100)
        } else {
            self.hundredths(quantity.get())
        };
        format!("{number}{NO_BREAK_SPACE}{}", unit.sign(self))
    }

    /// `850 м` below a kilometre, `1,2 км` above.
    #[must_use]
    pub fn distance(self, metres: u32) -> String {
        if metres < 1000 {
            return format!("{metres}{NO_BREAK_SPACE}{}", self.pick("м", "m"));
        }
        let tenths = (metres + 50) / 100;
        let number = if tenths >= 1000 {
            self.integer(i64::from(tenths / 10))
        } else {
            format!("{}{}{}", tenths / 10, self.decimal_mark(), tenths % 10)
        };
        format!("{number}{NO_BREAK_SPACE}{}", self.pick("км", "km"))
    }

    /// Digits in groups of three: `10 482`.
    #[must_use]
    pub fn integer(self, value: i64) -> String {
        let digits = value.unsigned_abs().to_string();
        let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
        if value < 0 {
            text.push('\u{2212}');
        }
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                text.push(self.pick(NO_BREAK_SPACE, ','));
            }
            text.push(digit);
        }
        text
    }

    /// A number of hundredths with two decimals and no unit: `2 926,00`.
    #[must_use]
    pub fn hundredths(self, value: i64) -> String {
        let sign = if value < 0 { "\u{2212}" } else { "" };
        let whole = i64::try_from(value.unsigned_abs() / 100).unwrap_or(i64::MAX);
        format!("{sign}{}{}{:02}", self.integer(whole), self.decimal_mark(), value.unsigned_abs() % 100)
    }
}

/// Reads what a person typed as a number with at most two decimals, in hundredths. Spaces of every kind are ignored,
/// comma and point are both accepted; before a point, commas may separate groups of three digits, as
/// [`Locale::hundredths`] writes them in English. `None` when it is not such a number or larger than ten million.
#[must_use]
pub fn parse_hundredths(text: &str) -> Option<i64> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let text = match text.split_once('.') {
        Some((whole, fraction)) if whole.contains(',') => {
            format!("{}.{fraction}", strip_group_separators(whole)?)
        }
        _ => text,
    };
    let (whole, fraction) = text.split_once([',', '.']).unwrap_or((&text, ""));
    let digits = |part: &str| part.chars().all(|c| c.is_ascii_digit());
    if whole.len() > 7 || fraction.len() > 2 || !digits(whole) || !digits(fraction) {
        return None;
    }
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let fraction: i64 = format!("{fraction:0<2}").parse().ok()?;
    Some(whole * 100 + fraction)
}

/// Removes the commas of `1,234,567`; `None` where they do not separate groups of three digits.
fn strip_group_separators(whole: &str) -> Option<String> {
    let mut groups = whole.split(',');
    let first = groups.next().filter(|first| (1..=3).contains(&first.len()))?;
    let rest: Vec<&str> = groups.collect();
    rest.iter().all(|group| group.len() == 3).then(|| format!("{first}{}", rest.concat()))
}
