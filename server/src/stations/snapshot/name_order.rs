//! Order of names with their numbers counted: № 2 before № 11.
//!
//! Written by hand, since no crate has this order: `alphanumeric-sort` puts Cyrillic letters before a space after a
//! number ("№ 2б" before "№ 2 а"), `numeric-sort` reads "АЗС -2" as a number below zero, `natord` and `lexical-sort`
//! put "№ 007" elsewhere than beside "№ 7", and `icu_collator` brings the data of a whole language.

use std::cmp::Ordering;

/// Compares texts letter by letter, and the numbers in them as numbers.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    loop {
        let (left_number, right_number) = (number(left), number(right));
        if !left_number.is_empty() && !right_number.is_empty() {
            let (l, r) = (left_number.trim_start_matches('0'), right_number.trim_start_matches('0'));
            match l.len().cmp(&r.len()).then_with(|| l.cmp(r)) {
                Ordering::Equal => {}
                order => return order,
            }
            left = left.strip_prefix(left_number).unwrap_or_default();
            right = right.strip_prefix(right_number).unwrap_or_default();
            continue;
        }
        let (mut l, mut r) = (left.chars(), right.chars());
        match (l.next(), r.next()) {
            // `7` and `07` are equal numbers: the texts decide.
            (None, None) => return a.cmp(b),
            (l, r) if l != r => return l.cmp(&r),
            _ => (left, right) = (l.as_str(), r.as_str()),
        }
    }
}

/// The digits with which a text begins.
fn number(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_are_counted() {
        let mut names =
            ["АЗС № 11", "АЗС № 2, корп. 10", "АЗС", "АЗС № 2, корп. 9", "АЗС № 007", "АЗС № 7", "Б"];
        names.sort_by(|a, b| compare(a, b));
        let sorted =
            ["АЗС", "АЗС № 2, корп. 9", "АЗС № 2, корп. 10", "АЗС № 007", "АЗС № 7", "АЗС № 11", "Б"];
        assert_eq!(names, sorted);
    }

    #[test]
    fn letters_and_dashes_beside_a_number_are_text() {
        assert_eq!(compare("АЗС № 2 а", "АЗС № 2б"), Ordering::Less);
        assert_eq!(compare("АЗС -2", "АЗС -10"), Ordering::Less);
    }

    #[test]
    fn a_number_of_any_length_is_compared() {
        let long = "9".repeat(400);
        assert_eq!(compare(&format!("№ {long}"), "№ 8"), Ordering::Greater);
        assert_eq!(compare("", ""), Ordering::Equal);
    }
}
