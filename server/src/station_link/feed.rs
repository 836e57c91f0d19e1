//! What the stations' automation reports of its stations, in our types. An adapter reads its vendor's answers into these;
//! what the catalogue makes of them is decided in [`crate::stations::feed`].

use std::fmt;

use async_trait::async_trait;
use domain::{
    fuel::FuelId,
    geo::Point,
    id::{PumpNumber, StationId},
    money::Kopecks,
};

use super::StationCallError;

/// Asked for all stations of the network at once.
#[async_trait]
pub trait StationFeed: Send + Sync {
    /// Stations, their pumps and the grades of these.
    ///
    /// # Errors
    /// No answer, or one that is not a list. A row that cannot be read is a doubt.
    async fn stations(&self) -> Result<FeedAnswer<ReportedStation>, FeedError>;
    /// Retail prices.
    ///
    /// # Errors
    /// As [`StationFeed::stations`].
    async fn prices(&self) -> Result<FeedAnswer<ReportedPrice>, FeedError>;
}

/// The rows that could be read, and what is doubtful about the others.
#[derive(Clone, Debug, PartialEq)]
pub struct FeedAnswer<T> {
    pub rows: Vec<T>,
    pub doubts: Doubts,
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

/// What could not be taken as it is reported: how many times, and the first of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Doubts {
    pub count: usize,
    pub first: Vec<Doubt>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// Id of the station, or the place in the list when that cannot be read.
    pub about: String,
    pub reason: String,
}

/// More are only counted.
const MAX_LISTED_DOUBTS: usize = 20;

impl Doubts {
    pub fn add(&mut self, about: impl Into<String>, reason: impl Into<String>) {
        self.count += 1;
        if self.first.len() < MAX_LISTED_DOUBTS {
            self.first.push(Doubt { about: about.into(), reason: reason.into() });
        }
    }

    pub fn append(&mut self, mut more: Self) {
        self.count += more.count;
        self.first.append(&mut more.first);
        self.first.truncate(MAX_LISTED_DOUBTS);
    }
}

impl fmt::Display for Doubts {
    /// A line each.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for doubt in &self.first {
            writeln!(f, "doubtful {}: {}", doubt.about, doubt.reason)?;
        }
        match self.count.saturating_sub(self.first.len()) {
            0 => Ok(()),
            more => writeln!(f, "and {more} more"),
        }
    }
}

/// Why there is no answer that could be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FeedError {
    #[error(transparent)]
    Call(#[from] StationCallError),
    #[error("what the station side told is not a list of {what}: {problem}")]
    Malformed { what: &'static str, problem: String },
}
