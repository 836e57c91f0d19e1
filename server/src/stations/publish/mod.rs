//! Stations as shops of the Invoicebox marketplace: each is created once, and its description follows every change.
//!
//! The marketplace cannot be searched, so a shop is recorded as *being created* before the call. Where the answer is
//! lost, or this process ends before it comes, the record stays like that: then a person has to find out whether the
//! shop exists, and nothing is created twice meanwhile.

mod shop_listing;
mod shops;
mod steps;

use std::{collections::BTreeMap, time::Duration};

use domain::station::Station;
use secrecy::ExposeSecret;

pub use shop_listing::{PublishedNetwork, ShopListing, ShopName, list_shops, shop_url};
pub use shops::{ShopRecord, ShopRecords};
pub use steps::{PublishOutcome, PublishReport, PublishStep};

use super::store::{StationStore, StationStoreError};
use crate::{
    clock::Clock,
    invoicebox::{
        CallError, InvoiceboxClient, InvoiceboxLimits,
        marketplace::{CreatedShop, NewShop},
    },
};

/// Calls in 30 s. A serving instance takes up to 60 of the hundred that Invoicebox allows an account.
const CALLS_PER_WINDOW: usize = 20;
/// Delays of one call by the limits, after which it counts as failed.
const MAX_DELAYS: u32 = 10;
/// Failures in a row that end the run, of those that are no station's own fault: the other stations would fail too.
const MAX_FAILURES_IN_A_ROW: usize = 3;

/// Limits for publishing: fewer calls than for serving, and a longer wait for a slot.
#[must_use]
pub fn limits() -> InvoiceboxLimits {
    let usual = InvoiceboxLimits::default();
    InvoiceboxLimits { requests: CALLS_PER_WINDOW, queue: usual.window * 4, ..usual }
}

/// Publishes the catalogue.
pub struct Publisher {
    store: StationStore,
    client: InvoiceboxClient,
    clock: Clock,
    network: PublishedNetwork,
}

impl Publisher {
    #[must_use]
    pub fn new(
        store: StationStore,
        client: InvoiceboxClient,
        clock: Clock,
        network: PublishedNetwork,
    ) -> Self {
        Self { store, client, clock, network }
    }

    /// Creates and updates the shops of all enabled stations, networks first, and reports each step. May be interrupted
    /// at any moment and run again.
    ///
    /// # Errors
    /// The database does not answer. A refusal of Invoicebox is a [`PublishOutcome`].
    pub async fn run(
        &self,
        mut report_step: impl FnMut(&PublishStep<'_>),
    ) -> Result<PublishReport, StationStoreError> {
        let stations: Vec<Station> =
            self.store.load_all().await?.stations.into_iter().map(|stored| stored.station).collect();
        let listings = list_shops(&stations, &self.network);
        let mut brands = BTreeMap::new();
        let mut report = PublishReport::default();
        let mut failures_in_a_row = 0;
        for (position, listing) in (1..).zip(&listings) {
            let brand = listing.brand.as_ref().and_then(|brand| brands.get(brand).copied());
            let outcome = self.publish(listing, brand).await?;
            if let (ShopName::Brand(name), Some(id)) = (&listing.name, outcome.shop_id()) {
                brands.insert(name.clone(), id);
            }
            report_step(&PublishStep { position, total: listings.len(), listing, outcome: &outcome });
            failures_in_a_row = if outcome.counts_towards_abort() { failures_in_a_row + 1 } else { 0 };
            let is_hopeless = outcome.aborts_run() || failures_in_a_row == MAX_FAILURES_IN_A_ROW;
            report.count(outcome);
            if is_hopeless {
                report.left = listings.len() - position;
                break;
            }
        }
        Ok(report)
    }

    /// Brings one shop up to date.
    async fn publish(
        &self,
        listing: &ShopListing,
        brand: Option<i64>,
    ) -> Result<PublishOutcome, StationStoreError> {
        let shops = self.shops();
        if let Err(problem) = &listing.address {
            return Ok(PublishOutcome::Failed(problem.clone()));
        }
        let (shop, created) = match shops.get(&listing.name).await? {
            Some(ShopRecord { id: None, .. }) => return Ok(PublishOutcome::Undecided),
            Some(shop) => (shop, false),
            None if listing.known_id.is_some() => (self.adopt_known_shop(listing).await?, false),
            None => match self.create_shop(listing, brand).await? {
                Ok(shop) => (shop, true),
                Err(outcome) => return Ok(outcome),
            },
        };
        let Some(id) = shop.id else { return Ok(PublishOutcome::Undecided) };
        let description = listing.describe_shop(id, brand, &self.network.public_url);
        let description_hash = sha256_hex(&description.body());
        if shop.published.as_deref() == Some(description_hash.as_str()) {
            return Ok(PublishOutcome::Unchanged { id, renamed: shop.title != listing.title });
        }
        let mut delays = CallDelays::default();
        let answer = loop {
            let answer = self.client.update_shop(id, &description).await;
            if !delays.delay_if_limited(&answer).await {
                break answer;
            }
        };
        match answer {
            Ok(()) => shops.record_published(&listing.name, &description_hash, self.clock.now()).await?,
            Err(error) => return Ok(PublishOutcome::NotDescribed { id, created, error }),
        }
        Ok(if created {
            PublishOutcome::Created { id }
        } else {
            PublishOutcome::Updated { id, renamed: shop.title != listing.title }
        })
    }

    /// Creates a shop, after recording that it is being created.
    async fn create_shop(
        &self,
        listing: &ShopListing,
        brand: Option<i64>,
    ) -> Result<Result<ShopRecord, PublishOutcome>, StationStoreError> {
        let (shops, now) = (self.shops(), self.clock.now());
        if !shops.begin(&listing.name, &listing.title, now).await? {
            // Another run is creating it.
            return Ok(Err(PublishOutcome::Undecided));
        }
        let new = NewShop {
            title: listing.title.clone(),
            merchant_id: listing.merchant_id.clone(),
            brand_id: brand,
        };
        let mut delays = CallDelays::default();
        let answer = loop {
            let answer = self.client.create_shop(&new).await;
            if !delays.delay_if_limited(&answer).await {
                break answer;
            }
        };
        match answer {
            Ok(CreatedShop { id, token }) => {
                let token = token.as_ref().map(|token| token.expose_secret());
                shops.record_created(&listing.name, id, token, self.clock.now()).await?;
                Ok(Ok(ShopRecord { title: listing.title.clone(), id: Some(id), published: None }))
            }
            Err(error) if error.is_outcome_unknown() => Ok(Err(PublishOutcome::Lost(error))),
            Err(error) => {
                shops.forget(&listing.name).await?;
                Ok(Err(PublishOutcome::NotCreated(error)))
            }
        }
    }

    /// Takes over a shop that the catalogue names.
    async fn adopt_known_shop(&self, listing: &ShopListing) -> Result<ShopRecord, StationStoreError> {
        let (shops, now) = (self.shops(), self.clock.now());
        shops.begin(&listing.name, &listing.title, now).await?;
        if let Some(id) = listing.known_id {
            shops.record_created(&listing.name, id, None, now).await?;
        }
        Ok(ShopRecord { title: listing.title.clone(), id: listing.known_id, published: None })
    }

    fn shops(&self) -> ShopRecords {
        ShopRecords::new(self.store.clone())
    }
}

/// Delays of a call that the limits refused, so that nothing was done.
#[derive(Default)]
struct CallDelays {
    spent: u32,
}

impl CallDelays {
    /// Waits as long as a refusal by the limits asks for; returns whether the call shall be repeated.
    async fn delay_if_limited<T>(&mut self, answer: &Result<T, CallError>) -> bool {
        let Err(CallError::RateLimited { retry_after }) = answer else { return false };
        self.spent += 1;
        if self.spent == MAX_DELAYS {
            return false;
        }
        tokio::time::sleep(retry_after.unwrap_or(Duration::from_secs(1))).await;
        true
    }
}

fn sha256_hex(text: &str) -> String {
    use sha2::{Digest, Sha256};
    hex::encode(Sha256::digest(text.as_bytes()))
}
