//! Backend of the pages: delegates to the use cases and translates, nothing else.

use std::sync::Arc;

use app::api::{Backend, PageSettings, SharedBackend};
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
    limits::ClientAddress,
    orders::{CancelOrder, PlaceOrder, PumpBoard, QuoteDraft, ReadOrders, StartCommand, StartOrder},
    stations::catalogue::Catalogue,
};

/// Makes the backend of one client's request.
pub type BackendOfClient = Arc<dyn Fn(ClientAddress) -> SharedBackend + Send + Sync>;

/// Backend in the context of server functions.
pub struct PageBackend {
    pub services: Arc<PageServices>,
    pub client: ClientAddress,
}

/// What the backends of all requests share.
pub struct PageServices {
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
        Ok(self.services.catalogue.find(&query, self.services.clock.now())?)
    }

    async fn count_stations(&self, query: StationQuery) -> Result<StationCounts, Refusal> {
        Ok(self.services.catalogue.count(&query, self.services.clock.now())?)
    }

    async fn station(&self, id: StationId) -> Result<StationView, Refusal> {
        let station = self.services.catalogue.get(&id).ok_or(OrderRefusal::StationUnknown)?;
        Ok(station.view(None, self.services.clock.now()))
    }

    async fn quote(&self, draft: Draft) -> Result<QuoteView, Refusal> {
        Ok(self.services.quote.run(&draft)?)
    }

    async fn place(&self, draft: Draft) -> Result<PlacedView, Refusal> {
        self.services.place.run(draft, self.client).await
    }

    async fn order(&self, id: OrderId, locale: Locale) -> Result<OrderView, Refusal> {
        Ok(self.services.pumps.view(&self.services.read.by_id(id).await?, locale))
    }

    async fn cancel(&self, id: OrderId, locale: Locale) -> Result<OrderView, Refusal> {
        Ok(self.services.pumps.view(&self.services.cancel.run(id, Canceller::Customer).await?, locale))
    }

    async fn start(
        &self,
        id: OrderId,
        pump: PumpNumber,
        seq: u32,
        locale: Locale,
    ) -> Result<OrderView, Refusal> {
        let command = StartCommand { pump: Some(pump), seq: Some(seq), by: Starter::Driver };
        Ok(self.services.pumps.view(&self.services.start.run(id, command).await?, locale))
    }

    fn page_settings(&self) -> PageSettings {
        self.services.settings.clone()
    }
}
