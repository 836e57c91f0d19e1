//! One spelling for a word, however it is typed: ё or е, Latin or Cyrillic letters, capitals or not.
//!
//! Words become *skeletons*: lower case, Cyrillic written in Latin letters. «Лукойл», `lukoil` and a «Лукойл» with a
//! Latin `o` in it are then one word.

/// A word of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SearchToken {
    pub(super) text: String,
    /// Such as «ул.» or «дом»: helps to rank, but a station need not have it.
    pub(super) is_optional: bool,
}

/// Words in lower case, without punctuation, with street kinds spelt out.
pub(super) fn tokens(text: &str) -> Vec<SearchToken> {
    text.to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|token| !token.is_empty())
        .flat_map(|token| long_form(token).unwrap_or(token).split([' ', '-']))
        .map(|token| {
            let street = STREET_KINDS.iter().find(|(short, long)| *short == token || *long == token);
            let text = street.map_or(token, |(_, long)| long).to_owned();
            SearchToken { text, is_optional: street.is_some() || FILLER_WORDS.contains(&token) }
        })
        .collect()
}

const STREET_KINDS: [(&str, &str); 12] = [
    ("ул", "улица"),
    ("ш", "шоссе"),
    ("пр", "проспект"),
    ("просп", "проспект"),
    ("наб", "набережная"),
    ("пер", "переулок"),
    ("пл", "площадь"),
    ("бул", "бульвар"),
    ("прд", "проезд"),
    ("тр", "тракт"),
    ("пос", "посёлок"),
    ("мкр", "микрорайон"),
];

/// Words that people add and addresses lack.
const FILLER_WORDS: [&str; 12] =
    ["азс", "агзс", "агнкс", "заправка", "станция", "город", "г", "дом", "д", "стр", "корп", "км"];

/// The long form of a short name that people type.
fn long_form(token: &str) -> Option<&'static str> {
    const LONG_FORMS: [(&str, &str); 6] = [
        ("спб", "санкт-петербург"),
        ("питер", "санкт-петербург"),
        ("мск", "москва"),
        ("екб", "екатеринбург"),
        ("нск", "новосибирск"),
        ("гпн", "газпромнефть"),
    ];
    LONG_FORMS.iter().find(|(short, _)| *short == token).map(|(_, long)| *long)
}

/// Skeletons of a word: one, or two where a word in Latin letters may be a Cyrillic one whose letters look the
/// same (`THK`).
pub(super) fn spelling_variants(token: &str) -> Vec<String> {
    let as_cyrillic = || to_latin_skeleton(token.chars().map(|c| cyrillic_lookalike(c).unwrap_or(c)));
    if token.chars().any(is_cyrillic) {
        return vec![as_cyrillic()];
    }
    let mut variants = vec![token.to_owned()];
    let has_letter = token.chars().any(|c| c.is_ascii_lowercase());
    if has_letter && token.chars().all(|c| c.is_ascii_digit() || cyrillic_lookalike(c).is_some()) {
        let cyrillic = as_cyrillic();
        if cyrillic != token {
            variants.push(cyrillic);
        }
    }
    variants
}

/// Converts Latin letters that were typed by mistake for a Russian word: `kerjqk` is «лукойл». `None` if there is
/// Cyrillic already, or no letter.
pub(super) fn in_russian_layout(text: &str) -> Option<String> {
    const LATIN_KEYS: &str = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`";
    const CYRILLIC_KEYS: &str = "йцукенгшщзхъфывапролджэячсмитьбюё";
    let lower = text.to_lowercase();
    if lower.chars().any(is_cyrillic) || !lower.chars().any(|c| c.is_ascii_lowercase()) {
        return None;
    }
    let letter = |key: char| {
        LATIN_KEYS.chars().zip(CYRILLIC_KEYS.chars()).find(|(k, _)| *k == key).map_or(key, |(_, l)| l)
    };
    Some(lower.chars().map(letter).collect())
}

fn is_cyrillic(c: char) -> bool {
    ('а'..='я').contains(&c) || c == 'ё'
}

/// The Cyrillic letter that looks the same in capitals.
fn cyrillic_lookalike(latin: char) -> Option<char> {
    const LOOKALIKES: [(char, char); 12] = [
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
    LOOKALIKES.iter().find(|(lookalike, _)| *lookalike == latin).map(|(_, cyrillic)| *cyrillic)
}

fn to_latin_skeleton(letters: impl Iterator<Item = char>) -> String {
    let mut text = String::new();
    for letter in letters {
        match TRANSLITERATION.iter().find(|(cyrillic, _)| *cyrillic == letter) {
            Some((_, latin)) => text.push_str(latin),
            None => text.push(letter),
        }
    }
    text
}

const TRANSLITERATION: [(char, &str); 33] = [
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
    use super::{in_russian_layout, spelling_variants, tokens};

    #[test]
    fn one_word_has_one_skeleton_however_it_is_typed() {
        for spelling in ["лукойл", "lukoil", "лукoйл"] {
            assert_eq!(spelling_variants(spelling), ["lukoil"], "{spelling}");
        }
        assert!(spelling_variants("thk").contains(&"tnk".to_owned()));
        assert_eq!(spelling_variants("артёма"), spelling_variants("артема"));
        assert_eq!(spelling_variants("аи"), spelling_variants("ai"));
    }

    #[test]
    fn street_kinds_are_spelt_out_and_not_insisted_on() {
        let words: Vec<(String, bool)> =
            tokens("Пулковское ш., д. 42").into_iter().map(|token| (token.text, token.is_optional)).collect();
        let expected = [("пулковское", false), ("шоссе", true), ("д", true), ("42", false)];
        assert_eq!(words, expected.map(|(word, optional)| (word.to_owned(), optional)));
    }

    #[test]
    fn a_forgotten_switch_of_the_keyboard_is_undone() {
        assert_eq!(in_russian_layout("kerjqk").as_deref(), Some("лукойл"));
        assert_eq!(in_russian_layout(",fiytanm 12").as_deref(), Some("башнефть 12"));
        assert_eq!(in_russian_layout("лукойл"), None);
        assert_eq!(in_russian_layout("12"), None);
    }
}
