//! Reports of the stations' automation about its stations, in our types. An adapter reads its vendor's answers into
//! these; how the catalogue is changed by them is decided in [`crate::stations::feed`].

use std::fmt;

use async_trait::async_trait;
use domain::{
    fuel::FuelId,
    geo::Point,
    id::{PumpNumber, StationId},
    money::Kopecks,
};

use super::StationCallError;

/// Source of all stations of a network.
#[async_trait]
pub trait StationFeed: Send + Sync {
    /// Reads stations, their pumps and the grades of these.
    ///
    /// # Errors
    /// `Call` without an answer, `Malformed` if it is not a list. A row that cannot be read is a doubt.
    async fn stations(&self) -> Result<FeedAnswer<ReportedStation>, FeedError>;
    /// Reads retail prices.
    ///
    /// # Errors
    /// `Call` without an answer, `Malformed` if it is not a list. A row that cannot be read is a doubt.
    async fn prices(&self) -> Result<FeedAnswer<ReportedPrice>, FeedError>;
}

/// The rows that could be read, and what is doubtful about the others.
#[derive(Clone, Debug, PartialEq)]
pub struct FeedAnswer<T> {
    pub rows: Vec<T>,
    pub doubts: FeedDoubts,
}

/// A station as it is reported.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportedStation {
    pub id: StationId,
    /// `false`: its automation takes no orders now.
    pub enabled: bool,
    /// Empty when it is not reported; so is `address`.
    pub name: String,
    pub address: String,
    pub point: Option<Point>,
    /// `None` when nothing is reported of pumps; an empty list means that it has none.
    pub pumps: Option<Vec<ReportedPump>>,
}

/// A pump with the grades that we know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedPump {
    pub number: PumpNumber,
    pub fuels: Vec<FuelId>,
}

/// A price as it is reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedPrice {
    pub station: StationId,
    pub fuel: FuelId,
    /// `None` when what is reported is no price.
    pub price: Option<Kopecks>,
}

/// Doubtful parts of a report: their number, and the first [`MAX_LISTED_DOUBTS`] of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeedDoubts {
    pub count: usize,
    pub listed: Vec<FeedDoubt>,
}

/// A doubtful part of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedDoubt {
    /// Id of the station, or the place in the list when that cannot be read.
    pub about: String,
    pub reason: String,
}

/// Most doubts that are listed; more are only counted.
const MAX_LISTED_DOUBTS: usize = 20;

impl FeedDoubts {
    pub fn add(&mut self, about: impl Into<String>, reason: impl Into<String>) {
        self.count += 1;
        if self.listed.len() < MAX_LISTED_DOUBTS {
            self.listed.push(FeedDoubt { about: about.into(), reason: reason.into() });
        }
    }

    pub fn append(&mut self, mut more: Self) {
        self.count += more.count;
        self.listed.append(&mut more.listed);
        self.listed.truncate(MAX_LISTED_DOUBTS);
    }
}

impl fmt::Display for FeedDoubts {
    /// A line each.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for doubt in &self.listed {
            writeln!(f, "doubtful {}: {}", doubt.about, doubt.reason)?;
        }
        match self.count.saturating_sub(self.listed.len()) {
            0 => Ok(()),
            more => writeln!(f, "and {more} more"),
        }
    }
}

/// Why a feed has no usable answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FeedError {
    #[error(transparent)]
    Call(#[from] StationCallError),
    #[error("the station server's answer is not a list of {what}: {problem}")]
    Malformed { what: &'static str, problem: String },
}
