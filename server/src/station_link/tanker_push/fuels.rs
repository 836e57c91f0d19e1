//! Grades as a network's stations call them.
//!
//! The contract has ids of its own, which are ours; networks deviate, and winter diesel and AdBlue have none there. So
//! a network may map ids: what is mapped goes out and comes in under the given name only, everything else under the id
//! of the contract. Nothing is guessed: an id that is neither is reported.

use std::collections::HashMap;

use domain::fuel::FuelId;

/// Both directions of the map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FuelMap {
    to_station: HashMap<FuelId, String>,
    /// By lower case.
    from_station: HashMap<String, FuelId>,
}

/// Spellings that stations are known to use for ids of the contract.
const KNOWN_SPELLINGS: [(&str, FuelId); 1] = [("propan", FuelId::Propane)];
/// Longest id that a station may give a grade.
const MAX_FUEL_ID_CHARS: usize = 64;

impl FuelMap {
    /// Reads `a92=1 diesel_winter=diesel_arctic`.
    ///
    /// # Errors
    /// A text that names the first wrong entry and what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut mapped = HashMap::new();
        let mut from_station = HashMap::new();
        for entry in text.split([' ', ',', ';', '\n', '\t']).filter(|entry| !entry.is_empty()) {
            let (ours, theirs) =
                entry.split_once('=').ok_or_else(|| format!("«{entry}» is not ours=theirs"))?;
            let fuel = FuelId::parse(ours).ok_or_else(|| {
                let known: Vec<&str> = FuelId::ALL.iter().map(|fuel| fuel.id()).collect();
                format!("«{ours}» is not one of {}", known.join(" "))
            })?;
            if theirs.is_empty() || theirs.chars().count() > MAX_FUEL_ID_CHARS {
                return Err(format!("the id of {ours} must have 1 to {MAX_FUEL_ID_CHARS} characters"));
            }
            if mapped.insert(fuel, theirs.to_owned()).is_some() {
                return Err(format!("{ours} is listed twice"));
            }
            if from_station.insert(theirs.to_lowercase(), fuel).is_some() {
                return Err(format!("two grades are called «{theirs}»"));
            }
        }
        // An id of the contract means itself unless it or its grade has been given to another.
        let mut to_station = mapped.clone();
        let own = FuelId::ALL.iter().map(|fuel| (fuel.id(), *fuel));
        for (id, fuel) in own.filter(|(_, fuel)| !mapped.contains_key(fuel)) {
            if !from_station.contains_key(id) {
                from_station.insert(id.to_owned(), fuel);
                to_station.insert(fuel, id.to_owned());
            }
        }
        for (id, fuel) in KNOWN_SPELLINGS.iter().filter(|(_, fuel)| !mapped.contains_key(fuel)) {
            from_station.entry((*id).to_owned()).or_insert(*fuel);
        }
        Ok(Self { to_station, from_station })
    }

    /// Returns the station's id of a grade; `None` when it has none.
    #[must_use]
    pub fn to_station(&self, fuel: FuelId) -> Option<&str> {
        self.to_station.get(&fuel).map(String::as_str)
    }

    /// Returns the grade of a station's id, in any letter case.
    #[must_use]
    pub fn from_station(&self, id: &str) -> Option<FuelId> {
        self.from_station.get(&id.trim().to_lowercase()).copied()
    }
}

impl Default for FuelMap {
    /// The ids of the contract.
    fn default() -> Self {
        Self::parse("").unwrap_or_else(|problem| unreachable!("an empty map is valid: {problem}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_grade_goes_out_and_comes_back_as_itself() {
        for map in
            [FuelMap::default(), FuelMap::parse("a92=1 diesel_winter=diesel_arctic,adblue=ADBLUE").unwrap()]
        {
            for fuel in FuelId::ALL {
                let theirs = map.to_station(fuel).unwrap();
                assert_eq!(map.from_station(theirs), Some(fuel), "{theirs}");
                assert_eq!(map.from_station(&format!(" {} ", theirs.to_uppercase())), Some(fuel), "{theirs}");
            }
        }
    }

    #[test]
    fn known_drift_is_read_and_the_unknown_is_not_guessed() {
        let map = FuelMap::default();
        assert_eq!(map.from_station("A100_premium"), Some(FuelId::A100Premium));
        assert_eq!(map.from_station("propan"), Some(FuelId::Propane));
        for unknown in ["a93", "", "95", "дизель"] {
            assert_eq!(map.from_station(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn an_id_that_was_given_to_another_grade_is_not_its_old_owner_any_more() {
        let winter = FuelMap::parse("diesel_winter=diesel propane=gas").unwrap();
        assert_eq!(winter.from_station("diesel"), Some(FuelId::DieselWinter));
        assert_eq!(
            winter.to_station(FuelId::Diesel),
            None,
            "nobody pays for a grade that would be another one"
        );
        assert_eq!(winter.from_station("propan"), None, "what is mapped has one name");
    }

    #[test]
    fn a_wrong_entry_is_reported() {
        for (wrong, word) in [
            ("a92", "ours=theirs"),
            ("a93=1", "a93"),
            ("a92=", "1 to 64"),
            ("a92=1 a92=2", "twice"),
            ("a92=x a95=X", "two grades"),
        ] {
            assert!(FuelMap::parse(wrong).unwrap_err().contains(word), "{wrong}");
        }
    }
}
