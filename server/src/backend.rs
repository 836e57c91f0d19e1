//! Backend of the pages: delegates to the use cases and translates, nothing else.

use std::sync::Arc;

use app::api::{Backend, PageSettings};
use async_trait::async_trait;
use domain::{
    draft::Draft,
    id::{OrderId, PumpNumber, StationId},
    locale::Locale,
    order::{Starter, machine::Canceller},
    refusal::{OrderRefusal, Refusal},
    view::{FoundStations, OrderView, PlacedView, QuoteView, StationCounts, StationQuery, StationView},
};

use crate::{
    clock::Clock,
    orders::{CancelOrder, PlaceOrder, PumpBoard, QuoteDraft, ReadOrders, StartCommand, StartOrder},
    stations::catalogue::Catalogue,
};

/// Backend in the context of server functions.
pub struct PageBackend {
    pub quote: QuoteDraft,
    pub place: PlaceOrder,
    pub read: ReadOrders,
    pub cancel: CancelOrder,
    pub start: StartOrder,
    pub pumps: PumpBoard,
    pub catalogue: Arc<Catalogue>,
    pub clock: Clock,
    pub settings: PageSettings,
}

#[async_trait]
impl Backend for PageBackend {
    async fn find_stations(&self, query: StationQuery) -> Result<FoundStations, Refusal> {
        Ok(self.catalogue.find(&query, self.clock.now())?)
    }

    async fn count_stations(&self, query: StationQuery) -> Result<StationCounts, Refusal> {
        Ok(self.catalogue.count(&query, self.clock.now())?)
    }

    async fn station(&self, id: StationId) -> Result<StationView, Refusal> {
        let station = self.catalogue.get(&id).ok_or(OrderRefusal::StationUnknown)?;
        Ok(station.view(None, self.clock.now()))
    }

    async fn quote(&self, draft: Draft) -> Result<QuoteView, Refusal> {
        Ok(self.quote.run(&draft)?)
    }

    async fn place(&self, draft: Draft) -> Result<PlacedView, Refusal> {
        self.place.run(draft).await
    }

    async fn order(&self, id: OrderId, locale: Locale) -> Result<OrderView, Refusal> {
        Ok(self.pumps.view(&self.read.by_id(id).await?, locale))
    }

    async fn cancel(&self, id: OrderId, locale: Locale) -> Result<OrderView, Refusal> {
        Ok(self.pumps.view(&self.cancel.run(id, Canceller::Customer).await?, locale))
    }

    async fn start(
        &self,
        id: OrderId,
        pump: PumpNumber,
        seq: u32,
        locale: Locale,
    ) -> Result<OrderView, Refusal> {
        let command = StartCommand { pump: Some(pump), seq: Some(seq), by: Starter::Driver };
        Ok(self.pumps.view(&self.start.run(id, command).await?, locale))
    }

    fn page_settings(&self) -> PageSettings {
        self.settings.clone()
    }
}
