//! Text search by name, brand, number, city and address, as people type on a phone: half words, wrong layout of
//! single letters, ё or е, Latin or Cyrillic names, a slip of the finger.
//!
//! Both sides become *skeletons*: lower case, Cyrillic written in Latin letters. «Лукойл», `lukoil` and a «Лукойл»
//! with a Latin `o` in it are then one word.

use std::collections::BTreeMap;

use domain::station::Station;

/// Words of all entries of a snapshot, and who has them.
#[derive(Clone, Debug, Default)]
pub struct Words {
    words: BTreeMap<String, Vec<(usize, Weight)>>,
}

/// What a hit in a field is worth.
type Weight = u32;

const NUMBER: Weight = 5;
const BRAND: Weight = 4;
const NAME: Weight = 3;
const CITY: Weight = 2;
const ADDRESS: Weight = 2;

/// How a word was hit: the whole word, its beginning, nearly.
const WHOLE: u32 = 10;
const BEGINNING: u32 = 7;
const NEARLY: u32 = 3;

/// More words than this are not looked at: an address has six.
const MAX_WORDS: usize = 12;

impl Words {
    /// The words of stations, in the order of the snapshot.
    #[must_use]
    pub fn new<'a>(stations: impl Iterator<Item = &'a Station>) -> Self {
        let mut words: BTreeMap<String, Vec<(usize, Weight)>> = BTreeMap::new();
        for (entry, station) in stations.enumerate() {
            let fields = [
                (station.number.as_deref().unwrap_or_default(), NUMBER),
                (station.brand.as_str(), BRAND),
                (station.name.as_str(), NAME),
                (station.city.as_str(), CITY),
                (station.address.as_str(), ADDRESS),
            ];
            for (text, weight) in fields {
                for word in tokens(text).iter().flat_map(|token| readings(token)) {
                    let holders = words.entry(word).or_default();
                    match holders.last_mut() {
                        // Fields come by falling weight: the first one stands.
                        Some((last, _)) if *last == entry => {}
                        _ => holders.push((entry, weight)),
                    }
                }
            }
        }
        Self { words }
    }

    /// Entries that have every word of `text`, with their relevance; empty where `text` has no words at all.
    #[must_use]
    pub fn find(&self, text: &str) -> BTreeMap<usize, u32> {
        let mut found: Option<BTreeMap<usize, u32>> = None;
        for token in tokens(text).into_iter().take(MAX_WORDS) {
            let hits = self.hits(&token);
            found = Some(match found {
                None => hits,
                Some(before) => before
                    .into_iter()
                    .filter_map(|(entry, score)| Some((entry, score + hits.get(&entry)?)))
                    .collect(),
            });
        }
        found.unwrap_or_default()
    }

    /// Entries that have one word, or one that begins so; only when nobody has, those that have nearly so.
    fn hits(&self, token: &str) -> BTreeMap<usize, u32> {
        let readings = readings(token);
        let mut hits = BTreeMap::new();
        for reading in &readings {
            let beginning =
                self.words.range(reading.clone()..).take_while(|(word, _)| word.starts_with(reading));
            for (word, holders) in beginning {
                raise(&mut hits, holders, if word == reading { WHOLE } else { BEGINNING });
            }
        }
        if hits.is_empty() {
            for reading in readings.iter().filter(|reading| !reading.contains(|c: char| c.is_ascii_digit())) {
                let near = self.words.iter().filter(|(word, _)| nearly_begins(word, reading));
                near.for_each(|(_, holders)| raise(&mut hits, holders, NEARLY));
            }
        }
        hits
    }
}

/// Raises the score of the holders of a word to what this hit is worth.
fn raise(hits: &mut BTreeMap<usize, u32>, holders: &[(usize, Weight)], closeness: u32) {
    for (entry, weight) in holders {
        let score = hits.entry(*entry).or_default();
        *score = (*score).max(weight * closeness);
    }
}

/// Does `word`, or a beginning of it, differ from `typed` by a slip or two? Short words must be exact.
fn nearly_begins(word: &str, typed: &str) -> bool {
    let length = typed.chars().count();
    let slips = match length {
        0..=3 => return false,
        4..=6 => 1,
        _ => 2,
    };
    let word_length = word.chars().count();
    if word_length + slips < length {
        return false;
    }
    (length.saturating_sub(slips)..=length + slips).filter(|cut| *cut <= word_length).any(|cut| {
        let beginning: String = word.chars().take(cut).collect();
        strsim::osa_distance(&beginning, typed) <= slips
    })
}

/// Words in lower case, without punctuation, with street kinds spelt out.
fn tokens(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|token| !token.is_empty())
        .map(|token| STREET_KINDS.iter().find(|(short, _)| *short == token).map_or(token, |(_, long)| long))
        .map(str::to_owned)
        .collect()
}

const STREET_KINDS: [(&str, &str); 9] = [
    ("ул", "улица"),
    ("ш", "шоссе"),
    ("пр", "проспект"),
    ("просп", "проспект"),
    ("наб", "набережная"),
    ("пер", "переулок"),
    ("пл", "площадь"),
    ("бул", "бульвар"),
    ("спб", "санкт"),
];

/// The skeletons of a word: one, or two where a word in Latin letters may be a Cyrillic one typed in the wrong
/// layout (`THK`).
fn readings(token: &str) -> Vec<String> {
    let has_cyrillic = token.chars().any(|c| ('а'..='я').contains(&c) || c == 'ё');
    let as_cyrillic = || skeleton(token.chars().map(|c| cyrillic_twin(c).unwrap_or(c)));
    if has_cyrillic {
        return vec![as_cyrillic()];
    }
    let mut readings = vec![token.to_owned()];
    let has_letter = token.chars().any(|c| c.is_ascii_lowercase());
    if has_letter && token.chars().all(|c| c.is_ascii_digit() || cyrillic_twin(c).is_some()) {
        readings.push(as_cyrillic());
    }
    readings
}

/// The Cyrillic letter that looks the same in capitals.
fn cyrillic_twin(latin: char) -> Option<char> {
    const TWINS: [(char, char); 12] = [
        ('a', 'а'),
        ('b', 'в'),
        ('c', 'с'),
        ('e', 'е'),
        ('h', 'н'),
        ('k', 'к'),
        ('m', 'м'),
        ('o', 'о'),
        ('p', 'р'),
        ('t', 'т'),
        ('x', 'х'),
        ('y', 'у'),
    ];
    TWINS.iter().find(|(twin, _)| *twin == latin).map(|(_, cyrillic)| *cyrillic)
}

fn skeleton(letters: impl Iterator<Item = char>) -> String {
    let mut text = String::new();
    for letter in letters {
        match LATIN.iter().find(|(cyrillic, _)| *cyrillic == letter) {
            Some((_, latin)) => text.push_str(latin),
            None => text.push(letter),
        }
    }
    text
}

const LATIN: [(char, &str); 33] = [
    ('а', "a"),
    ('б', "b"),
    ('в', "v"),
    ('г', "g"),
    ('д', "d"),
    ('е', "e"),
    ('ё', "e"),
    ('ж', "zh"),
    ('з', "z"),
    ('и', "i"),
    ('й', "i"),
    ('к', "k"),
    ('л', "l"),
    ('м', "m"),
    ('н', "n"),
    ('о', "o"),
    ('п', "p"),
    ('р', "r"),
    ('с', "s"),
    ('т', "t"),
    ('у', "u"),
    ('ф', "f"),
    ('х', "h"),
    ('ц', "ts"),
    ('ч', "ch"),
    ('ш', "sh"),
    ('щ', "sch"),
    ('ъ', ""),
    ('ы', "y"),
    ('ь', ""),
    ('э', "e"),
    ('ю', "yu"),
    ('я', "ya"),
];

#[cfg(test)]
mod tests {
    use super::{nearly_begins, readings, tokens};

    #[test]
    fn one_word_has_one_skeleton_however_it_is_typed() {
        for spelling in ["лукойл", "lukoil", "лукoйл"] {
            assert_eq!(readings(spelling), ["lukoil"], "{spelling}");
        }
        assert!(readings("thk").contains(&"tnk".to_owned()));
        assert_eq!(readings("артёма"), readings("артема"));
    }

    #[test]
    fn street_kinds_are_spelt_out() {
        assert_eq!(tokens("Пулковское ш., 42"), ["пулковское", "шоссе", "42"]);
    }

    #[test]
    fn a_slip_is_forgiven_and_another_word_is_not() {
        assert!(nearly_begins("pulkovskoe", "pulkosvk"));
        assert!(nearly_begins("pulkovskoe", "pulcovskoe"));
        assert!(!nearly_begins("pulkovskoe", "moskovsk"));
        assert!(!nearly_begins("sever", "yug"));
    }
}
