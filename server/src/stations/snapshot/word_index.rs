//! Text search by name, brand, number, city, address and grade, as people type on a phone: half words, a typing
//! error, the wrong keyboard. [`super::spelling`] unifies spellings.
//!
//! The words of all stations are a dictionary in the form of a finite state machine; a machine that accepts a word
//! with typing errors walks it together with the dictionary, so that thousands of words are not compared one by one.

use std::{collections::HashMap, sync::LazyLock};

use domain::{fuel::FuelId, station::Station};
use fst::{Automaton, IntoStreamer, Map, Streamer, automaton::Str};
use levenshtein_automata::{Distance, LevenshteinAutomatonBuilder};

use super::spelling::{SearchToken, in_russian_layout, spelling_variants, tokens};

/// Words of all stations of a snapshot, with the stations that have them.
#[derive(Clone, Debug, Default)]
pub struct WordIndex {
    /// Each word with its position in `first_holders`.
    dictionary: Map<Vec<u8>>,
    /// Position in `holders` of each word's first station.
    first_holders: Vec<u32>,
    holders: Vec<u32>,
    weights: Vec<Weight>,
    stations: usize,
}

/// Relevance of each station to a text; 0 if it does not match.
#[derive(Clone, Debug)]
pub(in crate::stations) struct Relevance(Vec<u32>);

impl Relevance {
    /// Relevance of a station; `None` if it does not match.
    pub(in crate::stations) fn of(&self, station: usize) -> Option<u32> {
        self.0.get(station).copied().filter(|score| *score > 0)
    }
}

/// Weight of a match in a field.
type Weight = u8;

const NUMBER_WEIGHT: Weight = 5;
const BRAND_WEIGHT: Weight = 4;
const NAME_WEIGHT: Weight = 3;
const CITY_WEIGHT: Weight = 2;
const ADDRESS_WEIGHT: Weight = 2;
const FUEL_WEIGHT: Weight = 1;

/// Scores of a match: of the whole word, of its beginning, with one typo, with two.
const WHOLE_WORD_SCORE: u32 = 10;
const BEGINNING_SCORE: u32 = 7;
const ONE_TYPO_SCORE: u32 = 4;
const TWO_TYPOS_SCORE: u32 = 3;

/// Words of a query that are read: an address has six.
const MAX_QUERY_WORDS: usize = 12;

/// Words of a query that may have typing errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SpellingTolerance {
    None,
    /// In words that no station has.
    InUnknown,
    InAll,
}

static ONE_TYPO_BUILDER: LazyLock<LevenshteinAutomatonBuilder> =
    LazyLock::new(|| LevenshteinAutomatonBuilder::new(1, true));
static TWO_TYPOS_BUILDER: LazyLock<LevenshteinAutomatonBuilder> =
    LazyLock::new(|| LevenshteinAutomatonBuilder::new(2, true));

impl WordIndex {
    /// Builds the index of stations in the order of the snapshot.
    pub(in crate::stations) fn new<'a>(stations: impl Iterator<Item = &'a Station>) -> Self {
        let mut builder = WordIndexBuilder::default();
        let mut count = 0_u32;
        for station in stations {
            builder.add(count, station);
            count += 1;
        }
        builder.finish(count as usize)
    }

    /// Whether two stations have the same words.
    pub(in crate::stations) fn has_same_words(a: &Station, b: &Station) -> bool {
        (&a.number, &a.brand, &a.name, &a.city, &a.address)
            == (&b.number, &b.brand, &b.name, &b.city, &b.address)
            && a.trade.fuels.iter().map(|fuel| fuel.id).eq(b.trade.fuels.iter().map(|fuel| fuel.id))
    }

    /// Finds the stations that have every word of `text`. Typing errors are allowed only where nothing is found as typed.
    /// `None` if `text` has no words at all.
    pub(in crate::stations) fn find(&self, text: &str) -> Option<Relevance> {
        let typed: Vec<SearchToken> = tokens(text).into_iter().take(MAX_QUERY_WORDS).collect();
        if typed.is_empty() {
            return None;
        }
        let other_keyboard = || {
            let meant: Vec<SearchToken> =
                tokens(&in_russian_layout(text)?).into_iter().take(MAX_QUERY_WORDS).collect();
            self.match_words(&meant, SpellingTolerance::None)
        };
        let found = self
            .match_words(&typed, SpellingTolerance::None)
            .or_else(other_keyboard)
            .or_else(|| self.match_words(&typed, SpellingTolerance::InUnknown))
            .or_else(|| self.match_words(&typed, SpellingTolerance::InAll));
        Some(found.unwrap_or_else(|| Relevance(Vec::new())))
    }

    /// Finds the stations that have all words; `None` if there is none.
    fn match_words(&self, tokens: &[SearchToken], tolerance: SpellingTolerance) -> Option<Relevance> {
        let needs_all = tokens.iter().all(|token| token.is_optional);
        let (needed, helpful): (Vec<_>, Vec<_>) =
            tokens.iter().partition(|token| needs_all || !token.is_optional);
        let mut scores: Option<Vec<u32>> = None;
        for token in needed {
            let hits = self.score_matches(&token.text, tolerance);
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
            let hits = self.score_matches(&token.text, SpellingTolerance::None);
            scores
                .iter_mut()
                .zip(hits)
                .filter(|(score, _)| **score > 0)
                .for_each(|(score, hit)| *score += hit);
        }
        Some(Relevance(scores))
    }

    /// Scores every station by one word.
    fn score_matches(&self, token: &str, tolerance: SpellingTolerance) -> Vec<u32> {
        let mut hits = vec![0; self.stations];
        let variants = spelling_variants(token);
        let mut is_known = false;
        for variant in &variants {
            let mut words = self.dictionary.search(Str::new(variant).starts_with()).into_stream();
            while let Some((word, place)) = words.next() {
                is_known = true;
                let match_score = if word == variant.as_bytes() { WHOLE_WORD_SCORE } else { BEGINNING_SCORE };
                self.raise_scores(&mut hits, place, match_score);
            }
        }
        let is_tolerant =
            tolerance == SpellingTolerance::InAll || (tolerance == SpellingTolerance::InUnknown && !is_known);
        let can_be_misspelt = |variant: &&String| !variant.contains(|c: char| c.is_ascii_digit());
        for variant in variants.iter().filter(can_be_misspelt).filter(|_| is_tolerant) {
            self.score_misspelt(&mut hits, variant);
        }
        hits
    }

    /// Raises the scores of stations with words that begin nearly so. Short words must be exact.
    fn score_misspelt(&self, hits: &mut [u32], variant: &str) {
        let builder = match variant.chars().count() {
            0..=3 => return,
            4..=6 => &ONE_TYPO_BUILDER,
            _ => &TWO_TYPOS_BUILDER,
        };
        let machine = builder.build_prefix_dfa(variant);
        let mut words = self.dictionary.search_with_state(&machine).into_stream();
        while let Some((_, place, state)) = words.next() {
            let match_score = match machine.distance(state) {
                Distance::Exact(0) => BEGINNING_SCORE,
                Distance::Exact(1) => ONE_TYPO_SCORE,
                _ => TWO_TYPOS_SCORE,
            };
            self.raise_scores(hits, place, match_score);
        }
    }

    /// Raises the scores of the stations that have a word to the score of this match.
    fn raise_scores(&self, hits: &mut [u32], place: u64, match_score: u32) {
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        let begin = self.first_holders.get(place).copied().unwrap_or_default() as usize;
        let end = self.first_holders.get(place + 1).map_or(self.holders.len(), |end| *end as usize);
        let (Some(holders), Some(weights)) = (self.holders.get(begin..end), self.weights.get(begin..end))
        else {
            return;
        };
        for (holder, weight) in holders.iter().zip(weights) {
            if let Some(score) = hits.get_mut(*holder as usize) {
                *score = (*score).max(u32::from(*weight) * match_score);
            }
        }
    }
}

/// Words while they are collected.
#[derive(Default)]
struct WordIndexBuilder {
    /// Words of each token: cities and brands repeat, and are read once.
    tokens: HashMap<String, Vec<usize>>,
    ids: HashMap<String, usize>,
    holders: Vec<Vec<(u32, Weight)>>,
}

impl WordIndexBuilder {
    /// Adds a station. Fields come by falling weight: the first one that has a word counts.
    fn add(&mut self, at: u32, station: &Station) {
        self.field(at, station.number.as_deref().unwrap_or_default(), NUMBER_WEIGHT);
        self.field(at, &station.brand, BRAND_WEIGHT);
        self.field(at, &station.name, NAME_WEIGHT);
        self.field(at, &station.city, CITY_WEIGHT);
        self.field(at, &station.address, ADDRESS_WEIGHT);
        for fuel in &station.trade.fuels {
            self.field(at, search_names(fuel.id), FUEL_WEIGHT);
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
        let words: Vec<usize> = spelling_variants(&token).into_iter().map(|word| self.id(word)).collect();
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
            words.first_holders.push(u32::try_from(words.holders.len()).unwrap_or(u32::MAX));
            for (holder, weight) in self.holders.get(*id).into_iter().flatten() {
                words.holders.push(*holder);
                words.weights.push(*weight);
            }
        }
        // The map refuses only words out of order.
        words.dictionary =
            Map::from_iter(sorted.iter().map(|(word, _)| word).zip(0_u64..)).unwrap_or_default();
        words
    }
}

/// Words that people type for a grade.
fn search_names(fuel: FuelId) -> &'static str {
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
