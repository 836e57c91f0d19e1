//! Repairs of opening hours.

/// Repairs a common mistake. `9:30-21:00; 21:30-9:00` means two spans a day with breaks between, but a semicolon
/// makes the second rule replace the first, and the station would be closed all day: a comma was meant. `None` where
/// nothing is to be repaired: rules that name days, months or words are left alone.
pub(super) fn repair(text: &str) -> Option<String> {
    let rules: Vec<&str> = text.split(';').map(str::trim).filter(|rule| !rule.is_empty()).collect();
    let are_times =
        |rule: &&str| rule.chars().all(|c| c.is_ascii_digit() || matches!(c, ':' | '-' | ',' | ' '));
    (rules.len() > 1 && rules.iter().all(are_times)).then(|| rules.join(","))
}

#[cfg(test)]
mod tests {
    use super::repair;

    #[test]
    fn times_that_would_cancel_each_other_are_joined() {
        assert_eq!(repair("9:30-21:00; 21:30-9:00").as_deref(), Some("9:30-21:00,21:30-9:00"));
        for left_alone in [
            "24/7",
            "09:30-21:00,21:30-09:00",
            "Mo-Fr 09:00-18:00; Sa 10:00-14:00",
            "09:00-21:00; Su off",
            "off",
        ] {
            assert_eq!(repair(left_alone), None, "{left_alone}");
        }
    }
}
