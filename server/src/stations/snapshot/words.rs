//! Text search by name, brand, number, city, address and grade, as people type on a phone: half words, a slip of the
//! finger, the wrong keyboard. Spelling is [`super::spelling`]'s part.
//!
//! The words of all stations are a dictionary in the form of a finite state machine; a machine that accepts a word
//! with slips walks it together with the dictionary, so that thousands of words are not looked at one by one.

use std::{collections::HashMap, sync::LazyLock};

use domain::{fuel::FuelId, station::Station};
use fst::{Automaton, IntoStreamer, Map, Streamer, automaton::Str};
use levenshtein_automata::{Distance, LevenshteinAutomatonBuilder};

use super::spelling::{SearchToken, in_russian_layout, readings, tokens};

/// Words of all stations of a snapshot, and who has them.
#[derive(Clone, Debug, Default)]
pub struct WordIndex {
    /// Each word with its place in `begins`.
    dictionary: Map<Vec<u8>>,
    /// Where the holders of a word begin; those of the last word end at the end.
    begins: Vec<u32>,
    holders: Vec<u32>,
    weights: Vec<Weight>,
    stations: usize,
}

/// How well stations fit a text; 0: not at all.
#[derive(Clone, Debug)]
pub(in crate::stations) struct Relevance(Vec<u32>);

impl Relevance {
    /// `None`: the station is not what was looked for.
    pub(in crate::stations) fn of(&self, station: usize) -> Option<u32> {
        self.0.get(station).copied().filter(|score| *score > 0)
    }
}

/// What a hit in a field is worth.
type Weight = u8;

const NUMBER_WEIGHT: Weight = 5;
const BRAND_WEIGHT: Weight = 4;
const NAME_WEIGHT: Weight = 3;
const CITY_WEIGHT: Weight = 2;
const ADDRESS_WEIGHT: Weight = 2;
const FUEL_WEIGHT: Weight = 1;

/// How a word was hit: the whole word, its beginning, with one slip, with two.
const WHOLE_WORD_SCORE: u32 = 10;
const BEGINNING_SCORE: u32 = 7;
const ONE_SLIP_SCORE: u32 = 4;
const TWO_SLIPS_SCORE: u32 = 3;

/// More words than this are not looked at: an address has six.
const MAX_WORDS: usize = 12;

/// Which words may have slips.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slips {
    None,
    /// In words that nobody has.
    InUnknown,
    InAll,
}

static ONE_SLIP_BUILDER: LazyLock<LevenshteinAutomatonBuilder> =
    LazyLock::new(|| LevenshteinAutomatonBuilder::new(1, true));
static TWO_SLIPS_BUILDER: LazyLock<LevenshteinAutomatonBuilder> =
    LazyLock::new(|| LevenshteinAutomatonBuilder::new(2, true));

impl WordIndex {
    /// The words of stations, in the order of the snapshot.
    pub(in crate::stations) fn new<'a>(stations: impl Iterator<Item = &'a Station>) -> Self {
        let mut draft = WordIndexDraft::default();
        let mut count = 0_u32;
        for station in stations {
            draft.add(count, station);
            count += 1;
        }
        draft.finish(count as usize)
    }

    /// Are the words of these two the same?
    pub(in crate::stations) fn same(a: &Station, b: &Station) -> bool {
        (&a.number, &a.brand, &a.name, &a.city, &a.address)
            == (&b.number, &b.brand, &b.name, &b.city, &b.address)
            && a.trade.fuels.iter().map(|fuel| fuel.id).eq(b.trade.fuels.iter().map(|fuel| fuel.id))
    }

    /// How well every station fits `text`: it must have every word. Slips are forgiven only where nothing is found as
    /// typed. `None` where `text` has no words at all.
    pub(in crate::stations) fn find(&self, text: &str) -> Option<Relevance> {
        let typed: Vec<SearchToken> = tokens(text).into_iter().take(MAX_WORDS).collect();
        if typed.is_empty() {
            return None;
        }
        let other_keyboard = || {
            let meant: Vec<SearchToken> =
                tokens(&in_russian_layout(text)?).into_iter().take(MAX_WORDS).collect();
            self.fit(&meant, Slips::None)
        };
        let found = self
            .fit(&typed, Slips::None)
            .or_else(other_keyboard)
            .or_else(|| self.fit(&typed, Slips::InUnknown))
            .or_else(|| self.fit(&typed, Slips::InAll));
        Some(found.unwrap_or_else(|| Relevance(Vec::new())))
    }

    /// `None` where no station fits.
    fn fit(&self, tokens: &[SearchToken], slips: Slips) -> Option<Relevance> {
        let needs_all = tokens.iter().all(|token| token.is_optional);
        let (needed, helpful): (Vec<_>, Vec<_>) =
            tokens.iter().partition(|token| needs_all || !token.is_optional);
        let mut scores: Option<Vec<u32>> = None;
        for token in needed {
            let hits = self.hits(&token.text, slips);
            match &mut scores {
                None => scores = Some(hits),
                Some(scores) => scores.iter_mut().zip(hits).for_each(|(score, hit)| {
                    *score = if *score > 0 && hit > 0 { *score + hit } else { 0 };
                }),
            }
        }
        let mut scores = scores?;
        if scores.iter().all(|score| *score == 0) {
            return None;
        }
        for token in helpful {
            let hits = self.hits(&token.text, Slips::None);
            scores
                .iter_mut()
                .zip(hits)
                .filter(|(score, _)| **score > 0)
                .for_each(|(score, hit)| *score += hit);
        }
        Some(Relevance(scores))
    }

    /// What one word is worth to every station.
    fn hits(&self, token: &str, slips: Slips) -> Vec<u32> {
        let mut hits = vec![0; self.stations];
        let readings = readings(token);
        let mut is_known = false;
        for reading in &readings {
            let mut words = self.dictionary.search(Str::new(reading).starts_with()).into_stream();
            while let Some((word, place)) = words.next() {
                is_known = true;
                let closeness = if word == reading.as_bytes() { WHOLE_WORD_SCORE } else { BEGINNING_SCORE };
                self.raise(&mut hits, place, closeness);
            }
        }
        let forgives = slips == Slips::InAll || (slips == Slips::InUnknown && !is_known);
        let may_slip = |reading: &&String| !reading.contains(|c: char| c.is_ascii_digit());
        for reading in readings.iter().filter(may_slip).filter(|_| forgives) {
            self.forgive(&mut hits, reading);
        }
        hits
    }

    /// WordIndex that begin nearly so. Short words must be exact.
    fn forgive(&self, hits: &mut [u32], reading: &str) {
        let builder = match reading.chars().count() {
            0..=3 => return,
            4..=6 => &ONE_SLIP_BUILDER,
            _ => &TWO_SLIPS_BUILDER,
        };
        let machine = builder.build_prefix_dfa(reading);
        let mut words = self.dictionary.search_with_state(&machine).into_stream();
        while let Some((_, place, state)) = words.next() {
            let closeness = match machine.distance(state) {
                Distance::Exact(0) => BEGINNING_SCORE,
                Distance::Exact(1) => ONE_SLIP_SCORE,
                _ => TWO_SLIPS_SCORE,
            };
            self.raise(hits, place, closeness);
        }
    }

    /// Raises the score of the holders of a word to what this hit is worth.
    fn raise(&self, hits: &mut [u32], place: u64, closeness: u32) {
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        let begin = self.begins.get(place).copied().unwrap_or_default() as usize;
        let end = self.begins.get(place + 1).map_or(self.holders.len(), |end| *end as usize);
        let (Some(holders), Some(weights)) = (self.holders.get(begin..end), self.weights.get(begin..end))
        else {
            return;
        };
        for (holder, weight) in holders.iter().zip(weights) {
            if let Some(score) = hits.get_mut(*holder as usize) {
                *score = (*score).max(u32::from(*weight) * closeness);
            }
        }
    }
}

/// WordIndex while they are collected.
#[derive(Default)]
struct WordIndexDraft {
    /// The words of a token: cities and brands repeat, and are read once.
    tokens: HashMap<String, Vec<usize>>,
    ids: HashMap<String, usize>,
    holders: Vec<Vec<(u32, Weight)>>,
}

impl WordIndexDraft {
    /// Fields come by falling weight: the first one that has a word stands.
    fn add(&mut self, at: u32, station: &Station) {
        self.field(at, station.number.as_deref().unwrap_or_default(), NUMBER_WEIGHT);
        self.field(at, &station.brand, BRAND_WEIGHT);
        self.field(at, &station.name, NAME_WEIGHT);
        self.field(at, &station.city, CITY_WEIGHT);
        self.field(at, &station.address, ADDRESS_WEIGHT);
        for fuel in &station.trade.fuels {
            self.field(at, names(fuel.id), FUEL_WEIGHT);
        }
    }

    fn field(&mut self, at: u32, text: &str, weight: Weight) {
        for token in tokens(text) {
            for word in self.words_of(token.text) {
                if let Some(holders) = self.holders.get_mut(word)
                    && holders.last().is_none_or(|(last, _)| *last != at)
                {
                    holders.push((at, weight));
                }
            }
        }
    }

    fn words_of(&mut self, token: String) -> Vec<usize> {
        if let Some(words) = self.tokens.get(&token) {
            return words.clone();
        }
        let words: Vec<usize> = readings(&token).into_iter().map(|word| self.id(word)).collect();
        self.tokens.insert(token, words.clone());
        words
    }

    fn id(&mut self, word: String) -> usize {
        let next = self.holders.len();
        let id = *self.ids.entry(word).or_insert(next);
        if id == next {
            self.holders.push(Vec::new());
        }
        id
    }

    fn finish(self, stations: usize) -> WordIndex {
        let mut sorted: Vec<(String, usize)> = self.ids.into_iter().collect();
        sorted.sort_unstable();
        let mut words = WordIndex { stations, ..WordIndex::default() };
        for (_, id) in &sorted {
            words.begins.push(u32::try_from(words.holders.len()).unwrap_or(u32::MAX));
            for (holder, weight) in self.holders.get(*id).into_iter().flatten() {
                words.holders.push(*holder);
                words.weights.push(*weight);
            }
        }
        // It refuses only words out of order.
        words.dictionary =
            Map::from_iter(sorted.iter().map(|(word, _)| word).zip(0_u64..)).unwrap_or_default();
        words
    }
}

/// What people type for a grade.
fn names(fuel: FuelId) -> &'static str {
    match fuel {
        FuelId::A80 => "аи 80 аи80 а80 бензин",
        FuelId::A92 | FuelId::A92Premium => "аи 92 аи92 а92 бензин",
        FuelId::A95 | FuelId::A95Premium => "аи 95 аи95 а95 бензин",
        FuelId::A98 | FuelId::A98Premium => "аи 98 аи98 а98 бензин",
        FuelId::A100 | FuelId::A100Premium => "аи 100 аи100 а100 бензин",
        FuelId::Diesel | FuelId::DieselPremium => "дт дизель diesel солярка",
        FuelId::DieselWinter => "дт дизель diesel солярка зимнее",
        FuelId::Propane => "газ пропан lpg суг",
        FuelId::Metan => "газ метан cng кпг",
        FuelId::Adblue => "adblue мочевина",
    }
}
