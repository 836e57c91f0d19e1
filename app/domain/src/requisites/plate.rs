//! Registration plates.

/// A plate as the driver wrote it, tidied: capitals, no spaces, and for the Russian car form the Latin look-alikes
/// turned into Cyrillic. Trailers, machinery and foreign plates are free text of at most 16 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plate(String);

const LOOK_ALIKES: [(char, char); 12] = [
    ('A', 'А'),
    ('B', 'В'),
    ('E', 'Е'),
    ('K', 'К'),
    ('M', 'М'),
    ('H', 'Н'),
    ('O', 'О'),
    ('P', 'Р'),
    ('C', 'С'),
    ('T', 'Т'),
    ('Y', 'У'),
    ('X', 'Х'),
];

impl Plate {
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let tidy: String = text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_uppercase).collect();
        let fits = (2..=16).contains(&tidy.chars().count())
            && tidy.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '/');
        if !fits {
            return None;
        }
        let cyrillic: String = tidy.chars().map(to_cyrillic_look_alike).collect();
        Some(Self(if is_russian_car(&cyrillic) { cyrillic } else { tidy }))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn to_cyrillic_look_alike(letter: char) -> char {
    LOOK_ALIKES.iter().find(|(latin, _)| *latin == letter).map_or(letter, |(_, cyrillic)| *cyrillic)
}

/// Letter, three digits, two letters, region of two or three digits.
fn is_russian_car(text: &str) -> bool {
    let letter = |c: &char| LOOK_ALIKES.iter().any(|(_, cyrillic)| cyrillic == c);
    let chars: Vec<char> = text.chars().collect();
    matches!(chars.len(), 8 | 9)
        && chars.iter().enumerate().all(|(index, c)| match index {
            0 | 4 | 5 => letter(c),
            _ => c.is_ascii_digit(),
        })
}
