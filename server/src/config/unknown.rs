//! Variables that look like settings and are none: whatever a misspelt one was meant to set has its default.

use std::fmt;

use super::documents;
use crate::settings::AnySetting;

const PREFIXES: [&str; 2] = ["KOLONKA_", "INVOICEBOX_"];
/// Variables of the Makefile and of tests.
const OF_THE_BUILD: [&str; 5] =
    ["KOLONKA_TOOLS", "KOLONKA_LEDGER_CASES", "KOLONKA_CRASH_KILLS", "KOLONKA_CRASH_AT", "KOLONKA_BIN"];
/// Share of the letters that two names have to have in common, so that one may be meant by the other.
const MIN_SIMILARITY: f64 = 0.7;

/// A variable that is no setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownVariable {
    pub name: String,
    /// The setting that is probably meant.
    pub nearest: Option<&'static str>,
}

impl fmt::Display for UnknownVariable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: there is no such setting", self.name)?;
        self.nearest.map_or(Ok(()), |nearest| write!(f, "; {nearest} is the nearest"))
    }
}

/// Finds what is no setting among the names of variables.
pub fn unknown_variables(names: impl IntoIterator<Item = String>) -> Vec<UnknownVariable> {
    let is_ours = |name: &String| PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    let is_known = |name: &str| documents::settings().any(|setting| setting.name() == name);
    let mut unknown: Vec<UnknownVariable> = names
        .into_iter()
        .filter(is_ours)
        .filter(|name| !is_known(name) && !OF_THE_BUILD.contains(&name.as_str()))
        .map(|name| UnknownVariable { nearest: nearest_setting(&name), name })
        .collect();
    unknown.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    unknown
}

fn nearest_setting(name: &str) -> Option<&'static str> {
    let similar = |known: &'static str| (strsim::normalized_damerau_levenshtein(name, known), known);
    let all = documents::settings().map(AnySetting::name).map(similar);
    let (similarity, nearest) = all.max_by(|(one, _), (other, _)| one.total_cmp(other))?;
    (similarity >= MIN_SIMILARITY).then_some(nearest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_setting_is_told_with_the_nearest() {
        let told = |name: &str| {
            let unknown = unknown_variables([name.to_owned()]);
            unknown.first().map(ToString::to_string).unwrap_or_default()
        };
        assert_eq!(
            told("KOLONKA_TANKR_URL"),
            "KOLONKA_TANKR_URL: there is no such setting; KOLONKA_TANKER_URL is the nearest"
        );
        assert_eq!(
            told("INVOICEBOX_WHATEVER_THAT_IS"),
            "INVOICEBOX_WHATEVER_THAT_IS: there is no such setting"
        );
        for known in ["KOLONKA_TANKER_URL", "KOLONKA_TOOLS", "PATH", "kolonka_x"] {
            assert_eq!(told(known), "", "{known}");
        }
    }
}
