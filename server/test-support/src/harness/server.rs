//! The server under test and its callers.

use std::{collections::HashMap, sync::Arc, time::Duration};

use reqwest::{Method, Response};
use serde_json::{Value, json};
use server::{
    app::{self, Adapters, App, StartError, Storage},
    clock::Clock,
    config::{Config, StationLinkKind},
    orders::{Hub, OrderStore, Outbox, SharedUseCases},
    queue::EntryState,
    station_link::StationLink,
    stations::{catalogue::Catalogue, store::StationStore},
};
use tempfile::TempDir;
use time::Date;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{Events, OrderView, Placed, postgres, skip_or_fail, until};

/// The key that signs notifications in the sandbox.
pub const NOTIFICATION_KEY: &str = "sandbox-notification-key";
/// The token that Invoicebox publishes for trying its API.
pub const DEMO_TOKEN: &str = "b37c4c689295904ed21eee5d9a48d42e";

/// Variables of a server in production.
pub const PRODUCTION: [(&str, &str); 8] = [
    ("KOLONKA_MODE", "production"),
    ("KOLONKA_PUBLIC_URL", "https://azs.example.ru"),
    ("KOLONKA_PRIVACY_URL", "https://azs.example.ru/privacy"),
    ("KOLONKA_TRUSTED_PROXIES", "none"),
    ("INVOICEBOX_API_URL", "https://127.0.0.1:1"),
    ("INVOICEBOX_API_TOKEN", "a-token-of-our-own"),
    ("INVOICEBOX_NOTIFICATION_KEY", "a-key-of-our-own"),
    ("INVOICEBOX_MERCHANT_ID", "0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b"),
];

/// Limits of a server whose clients are the many of one test; wrong keys are counted as ever.
pub const WITHOUT_LIMITS: &str =
    "place=off;unpaid=off;quote=off;read=off;act=off;streams=off;order_streams=off;busy=off";

/// Rows on one page of a list of the emulator.
pub(super) const PAGE_SIZE: usize = 30;

/// Database of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseKind {
    Sqlite,
    Postgres,
}

impl DatabaseKind {
    /// Whether the database is not installed. Then the test is reported as skipped; with `CI` set it fails.
    #[must_use]
    pub fn is_missing(self) -> bool {
        let missing = self == Self::Postgres && !postgres::is_installed();
        if missing {
            skip_or_fail("no PostgreSQL server programs in /usr/lib/postgresql/*/bin");
        }
        missing
    }

    /// The address of an empty database, which must not be missing.
    pub async fn fresh(self, folder: &TempDir) -> String {
        match self {
            Self::Sqlite => format!("sqlite://{}", folder.path().join("kolonka.db").display()),
            Self::Postgres => postgres::fresh_database().await,
        }
    }
}

/// Builds the app as [`App::build`] does, with another station link.
async fn linked(config: &Config, clock: Clock, link: Arc<dyn StationLink>) -> Result<App, StartError> {
    let storage = app::open(config).await?;
    storage.load_samples(config, &clock).await?;
    let mut adapters = Adapters::open(config, &clock).await?;
    adapters.station.link = link;
    app::compose(config, storage, clock, adapters).await?.start().await
}

/// A running server. It stops when this is dropped.
pub struct TestServer {
    pub url: String,
    pub clock: Clock,
    pub orders: SharedUseCases,
    pub hub: Hub,
    storage: Storage,
    pub catalogue: Arc<Catalogue>,
    pub database_url: String,
    client: reqwest::Client,
    _stop: DropGuard,
    _folder: TempDir,
}

impl TestServer {
    /// A sandbox on a fresh database, whose notifications go out at once and which counts no calls, since tests ask it
    /// often.
    pub async fn start(kind: DatabaseKind) -> Self {
        let server = Self::start_with(kind, &[]).await;
        server.remove_delays_and_limits().await;
        server
    }

    /// Lets notifications go out at once and turns the limits of Invoicebox's calls off.
    pub async fn remove_delays_and_limits(&self) {
        let switches = json!({ "notifications": { "delay_ms": 0 }, "limits": { "enabled": false } });
        self.control(json!({ "invoicebox": switches })).await;
    }

    /// A sandbox on a fresh database with more variables, in which `{own}` is the host and port of this server. Of its
    /// switches only the simulated station's are changed: its pumps take any number of orders at a time.
    pub async fn start_with(kind: DatabaseKind, variables: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database_url = kind.fresh(&folder).await;
        Self::start_on(database_url, folder, variables).await
    }

    /// Another instance on the same PostgreSQL, with the Invoicebox and the simulated station of this one.
    pub async fn another_instance(&self) -> Self {
        let turned = self.control(json!({ "forecourt": {} })).await;
        let url = turned["forecourt"]["url"].as_str().unwrap();
        self.another_instance_with(&[("KOLONKA_FORECOURT", "tanker"), ("KOLONKA_TANKER_URL", url)]).await
    }

    /// Another instance on the same PostgreSQL, with the Invoicebox of this one unless the variables name another.
    pub async fn another_instance_with(&self, variables: &[(&str, &str)]) -> Self {
        let api = format!("{}/sandbox/invoicebox", self.url);
        let mut all = vec![("INVOICEBOX_API_URL", api.as_str())];
        all.extend(variables);
        Self::start_on(self.database_url.clone(), tempfile::tempdir().unwrap(), &all).await
    }

    /// A sandbox with this station link; the test sends the callbacks.
    pub async fn start_linked(kind: DatabaseKind, link: Arc<dyn StationLink>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database_url = kind.fresh(&folder).await;
        let server = Self::build(database_url, folder, &[("KOLONKA_FORECOURT", "none")], Some(link)).await;
        server.remove_delays_and_limits().await;
        server
    }

    /// A sandbox on this database; `folder` is kept as long as the server.
    pub async fn start_on(database_url: String, folder: TempDir, variables: &[(&str, &str)]) -> Self {
        Self::build(database_url, folder, variables, None).await
    }

    async fn build(
        database_url: String,
        folder: TempDir,
        variables: &[(&str, &str)],
        link: Option<Arc<dyn StationLink>>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let mut settings: HashMap<String, String> = HashMap::from([
            ("KOLONKA_PUBLIC_URL".to_owned(), url.clone()),
            ("DATABASE_URL".to_owned(), database_url.clone()),
            ("KOLONKA_SITE_ROOT".to_owned(), folder.path().display().to_string()),
            // All clients of a test have one address.
            ("KOLONKA_LIMITS".to_owned(), WITHOUT_LIMITS.to_owned()),
            // The stations of a test are its own, whatever its station server would report.
            ("KOLONKA_TANKER_FEED_S".to_owned(), "off".to_owned()),
        ]);
        let own = url.trim_start_matches("http://");
        let value = |value: &str| value.replace("{own}", own);
        settings.extend(variables.iter().map(|(name, given)| ((*name).to_owned(), value(given))));
        let config = Config::read(|name| settings.get(name).cloned()).expect("a good configuration");
        let clock = Clock::system();
        let app = match link {
            Some(link) => linked(&config, clock.clone(), link).await,
            None => App::build(&config, clock.clone()).await,
        };
        let app = app.expect("a server");
        let (orders, catalogue) = (app.orders.clone(), app.catalogue.clone());
        let (hub, storage) = (app.hub.clone(), app.storage.clone());
        let stop = CancellationToken::new();
        tokio::spawn(app.serve(listener, stop.clone().cancelled_owned()));
        // No kept connections: the server closes the one on which it refused a body unread.
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .pool_max_idle_per_host(0)
            .build()
            .unwrap();
        let _stop = stop.drop_guard();
        let server = Self {
            url,
            clock,
            orders,
            hub,
            storage,
            catalogue,
            database_url,
            client,
            _stop,
            _folder: folder,
        };
        if config.station_link.kind == StationLinkKind::Simulator {
            // The limits of a call stay long, so that a busy machine is not taken for a silent station.
            server.control(json!({ "forecourt": { "reservation": false, "hang_ms": 300 } })).await;
        }
        server
    }

    /// The store of orders, below the use cases.
    pub fn store(&self) -> OrderStore {
        self.storage.orders.clone()
    }

    /// The store of stations, below the catalogue.
    pub fn station_store(&self) -> StationStore {
        self.storage.stations.clone()
    }

    /// The outbox of this server.
    pub fn outbox(&self) -> Outbox {
        self.storage.outbox.clone()
    }

    /// Opens every connection that this server may have to its database, so that it needs no new one.
    pub async fn open_all_connections(&self) {
        let pool = self.storage.database.pool();
        let mut held = Vec::new();
        for _ in 0..pool.options().get_max_connections() {
            held.push(pool.acquire().await.unwrap());
        }
    }

    /// Waits until the outbox is empty, but for what looks again for hours or days.
    pub async fn wait_until_idle(&self) {
        until("the outbox is empty", || async {
            let depth = self.outbox().depth(self.clock.now(), self.clock.wall()).await.unwrap();
            (depth.waiting == 0 && depth.dead == 0).then_some(())
        })
        .await;
    }

    /// Moves the clock to the next noon of Moscow, which is 9:00 UTC, so that no order lives across a midnight.
    /// Returns the date.
    pub fn advance_to_moscow_noon(&self) -> Date {
        let to_noon = (9 * 3600 - self.clock.now().unix_timestamp()).rem_euclid(86_400);
        self.clock.advance(Duration::from_secs(to_noon.unsigned_abs()));
        self.clock.now().date()
    }

    /// Moves the clock to the moment at which the next effect that was put off is due. Unlike steps of the clock in a
    /// loop it uses up nothing of the limits that the product measures by it, however long the machine takes.
    pub async fn advance_to_next_effect(&self) {
        let (wall, now) = (self.clock.wall(), self.clock.now());
        let entries = self.outbox().list(wall).await.unwrap();
        let waiting = entries.iter().filter(|entry| entry.state == EntryState::Waiting);
        // Positive: an effect that is due is taken by itself.
        let pauses = waiting.map(|entry| entry.due_at - now).filter(|pause| pause.is_positive());
        if let Some(pause) = pauses.min() {
            self.clock.advance(pause.unsigned_abs());
        }
    }

    /// Any request; `body` goes out as it is, as JSON.
    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Response {
        let url = if path.starts_with('/') { format!("{}{path}", self.url) } else { path.to_owned() };
        let mut request = self.client.request(method, url).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(body.to_owned()).send().await.expect("an answer")
    }

    pub async fn get(&self, path: &str) -> Response {
        self.send(Method::GET, path, &[], "").await
    }

    /// Posts raw text; the answer must be JSON.
    pub async fn post_text(&self, path: &str, body: &str) -> (u16, Value) {
        let response = self.send(Method::POST, path, &[], body).await;
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or_else(|_| panic!("{path} answered {status}: {text}")))
    }

    pub async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.post_text(path, &body.to_string()).await
    }

    /// Sets switches of the sandbox.
    pub async fn control(&self, request: Value) -> Value {
        let (status, answer) = self.post("/sandbox/control", &request).await;
        assert_eq!(status, 200, "{request}: {answer}");
        answer
    }

    /// Queues a fault for the next call of this route to Invoicebox.
    pub async fn fail_next(&self, route: &str, kind: &str) {
        let switches = json!({ "hang_ms": 300, "fail_next": [{ "route": route, "kind": kind }] });
        self.control(json!({ "invoicebox": switches })).await;
    }

    /// Lets every call of this route to Invoicebox fail until further notice.
    pub async fn fail_always(&self, route: &str, kind: &str) {
        let faults = json!([{ "route": route, "kind": kind, "times": 100_000 }]);
        self.control(json!({ "invoicebox": { "hang_ms": 100, "fail_next": faults } })).await;
    }

    /// Takes back every fault of calls to Invoicebox.
    pub async fn fail_no_more(&self) {
        self.control(json!({ "invoicebox": { "fail_next": [] } })).await;
    }

    pub async fn try_place(&self, draft: &Value) -> (u16, Value) {
        self.post("/api/orders/place", &json!({ "draft": draft })).await
    }

    /// Places an order, which must succeed.
    pub async fn place_order(&self, draft: &Value) -> Placed {
        let (status, answer) = self.try_place(draft).await;
        assert_eq!(status, 200, "{answer}");
        Placed::read(answer)
    }

    pub async fn order(&self, id: &str) -> OrderView {
        let (status, view) = self.post("/api/orders/get", &json!({ "id": id })).await;
        assert_eq!(status, 200, "{view}");
        OrderView::read(view)
    }

    /// Waits for a status. Returns the view.
    pub async fn wait_for_status(&self, id: &str, status: &str) -> OrderView {
        until(status, || async move { Some(self.order(id).await).filter(|view| view.status == status) }).await
    }

    /// Pays on the payment page with money.
    pub async fn pay(&self, payment_url: &str) {
        self.pay_with(payment_url, "money").await;
    }

    /// Presses a button of the payment page: `money`, `guarantee`, `hold`.
    pub async fn pay_with(&self, payment_url: &str, means: &str) {
        let page = self.get(payment_url).await;
        assert_eq!(page.status(), 200);
        let page = page.text().await.unwrap();
        assert!(page.contains(&format!("/{means}\"")), "the page offers to pay: {page}");
        let paid = self.send(Method::POST, &format!("{payment_url}/{means}"), &[], "").await;
        assert_eq!(paid.status(), 303);
    }

    /// Opens the event stream of an order.
    pub async fn events(&self, id: &str, last_event_id: Option<u64>) -> Events {
        let seen = last_event_id.map(|id| id.to_string());
        let headers: Vec<_> = seen.iter().map(|id| ("last-event-id", id.as_str())).collect();
        let response = self.send(Method::GET, &format!("/api/orders/{id}/events"), &headers, "").await;
        assert_eq!(response.status(), 200);
        assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/event-stream"));
        Events::new(response)
    }

    /// Counts the stored orders.
    pub async fn count_orders(&self) -> i64 {
        self.orders.statistics.count_by_status().await.unwrap().iter().map(|(_, count)| count).sum()
    }

    /// Any call to Invoicebox under the demo token; the path is what follows the version. `null` sends no body.
    pub async fn call_invoicebox(&self, method: Method, path: &str, body: &Value) -> (u16, Value) {
        let bearer = format!("Bearer {DEMO_TOKEN}");
        let headers = [("authorization", bearer.as_str()), ("user-agent", "it/1")];
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let response = self.send(method, &format!("/sandbox/invoicebox/v3/{path}"), &headers, &body).await;
        (response.status().as_u16(), serde_json::from_str(&response.text().await.unwrap()).unwrap())
    }

    /// The invoices that Invoicebox has.
    pub async fn invoices(&self) -> Vec<Value> {
        let mut invoices = Vec::new();
        for page in 1.. {
            let some = self.invoice_page(page).await;
            let last = some.len() < PAGE_SIZE;
            invoices.extend(some);
            if last {
                break;
            }
        }
        invoices
    }

    async fn invoice_page(&self, page: u32) -> Vec<Value> {
        let bearer = format!("Bearer {DEMO_TOKEN}");
        let headers = [("authorization", bearer.as_str()), ("user-agent", "it/1")];
        let path =
            format!("/sandbox/invoicebox/v3/filter/api/order/order?_page={page}&_pageSize={PAGE_SIZE}");
        let response = self.send(Method::GET, &path, &headers, "").await;
        assert_eq!(response.status(), 200);
        let mut answer: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
        serde_json::from_value(answer["data"].take()).unwrap()
    }
}
