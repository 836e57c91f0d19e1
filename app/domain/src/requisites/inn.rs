//! ИНН, the taxpayer number.

/// A taxpayer number whose control digits agree: 10 digits for an organisation, 12 for a person or sole trader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inn(String);

const ORGANISATION_WEIGHTS: [u32; 9] = [2, 4, 10, 3, 5, 9, 4, 6, 8];
const PERSON_11TH_DIGIT_WEIGHTS: [u32; 10] = [7, 2, 4, 10, 3, 5, 9, 4, 6, 8];
const PERSON_12TH_DIGIT_WEIGHTS: [u32; 11] = [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8];

impl Inn {
    /// ASCII digits only, no spaces. All zeros satisfy the arithmetic and are refused all the same.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits: Vec<u32> = text.chars().map(|c| c.to_digit(10)).collect::<Option<_>>()?;
        let agree = match digits.as_slice() {
            [body @ .., last] if body.len() == 9 => control_digit(&ORGANISATION_WEIGHTS, body) == *last,
            [body @ .., eleventh, last] if body.len() == 10 => {
                control_digit(&PERSON_11TH_DIGIT_WEIGHTS, body) == *eleventh
                    && digits
                        .get(..11)
                        .is_some_and(|body| control_digit(&PERSON_12TH_DIGIT_WEIGHTS, body) == *last)
            }
            _ => false,
        };
        (agree && digits.iter().any(|digit| *digit != 0)).then(|| Self(text.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Twelve digits: a person or a sole trader, who has no КПП.
    #[must_use]
    pub fn is_person(&self) -> bool {
        self.0.len() == 12
    }
}

fn control_digit(weights: &[u32], digits: &[u32]) -> u32 {
    weights.iter().zip(digits).map(|(weight, digit)| weight * digit).sum::<u32>() % 11 % 10
}
