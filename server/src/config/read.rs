//! From variables to a [`Config`]: every value is checked, and every problem is told at once.

mod tanker;

use std::str::FromStr;

use secrecy::{ExposeSecret, SecretString};

use crate::invoicebox::{Algorithm, ApiVersion, MerchantKey};

use super::{
    Config, ErpNotifyConfig, Finding, ForecourtKind, HAS_SANDBOX, InvoiceboxConfig, LogFormat, Mode,
    OriginPattern, origins::origin_of, settings::example,
};

/// The pair that Invoicebox publishes for trying its API. Shared by everybody, so no secret.
const DEMO_TOKEN: &str = "b37c4c689295904ed21eee5d9a48d42e";
const DEMO_MERCHANT: &str = "ffffffff-ffff-ffff-ffff-ffffffffffff";
const SANDBOX_KEY: &str = "sandbox-notification-key";
const SANDBOX_ERP_TOKEN: &str = "sandbox-erp-token";
/// Nobody guesses so much, at whatever speed.
const SHORTEST_ERP_TOKEN: usize = 16;

impl Config {
    /// Reads the configuration through `get`, which returns a variable's value.
    ///
    /// # Errors
    /// One finding for each variable that is missing or wrong.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, Vec<Finding>> {
        Self::read_for(HAS_SANDBOX, get)
    }

    /// The same for a program that was built with the emulators or without.
    fn read_for(has_sandbox: bool, get: impl Fn(&str) -> Option<String>) -> Result<Self, Vec<Finding>> {
        let mut reader = Reader { get: &get, findings: Vec::new() };
        let mode = reader.mode(has_sandbox);
        let sandbox = mode != Some(Mode::Production);
        let addr = reader.parsed("KOLONKA_ADDR", "127.0.0.1:3000", "is not an address with a port");
        let public_url = reader.url("KOLONKA_PUBLIC_URL", "http://127.0.0.1:3000");
        if !sandbox && public_url.starts_with("http://") {
            reader
                .report("KOLONKA_PUBLIC_URL", "must be https in production: customers pay there".to_owned());
        }
        let database_url = reader.text("DATABASE_URL", "sqlite://kolonka.db");
        if !["sqlite:", "postgres:", "postgresql:"].iter().any(|scheme| database_url.starts_with(scheme)) {
            reader.report("DATABASE_URL", "must begin with sqlite:// or postgres://".to_owned());
        }
        let log = reader.text("KOLONKA_LOG", "info");
        if tracing_subscriber::EnvFilter::from_str(&log).is_err() {
            reader.report("KOLONKA_LOG", format!("«{log}» is not a filter"));
        }
        let log_format = reader.choice(
            "KOLONKA_LOG_FORMAT",
            "text",
            &[("text", LogFormat::Text), ("json", LogFormat::Json)],
        );
        let invoicebox = reader.invoicebox(sandbox, &public_url);
        let host_origins = reader.origins(sandbox, &public_url);
        let host_checkout =
            reader.choice("KOLONKA_HOST_CHECKOUT", "on", &[("on", true), ("off", false)]).unwrap_or(true);
        let terms_url = reader.document("KOLONKA_TERMS_URL", sandbox);
        let privacy_url = reader.document("KOLONKA_PRIVACY_URL", sandbox);
        let tiles_url = reader.text("KOLONKA_TILES_URL", "https://tile.openstreetmap.org/{z}/{x}/{y}.png");
        if !["{z}", "{x}", "{y}"].iter().all(|part| tiles_url.contains(part))
            || origin_of(&tiles_url).is_none()
        {
            reader.report("KOLONKA_TILES_URL", "must be an address with {z}, {x} and {y}".to_owned());
        }
        let tiles_attribution = reader.text("KOLONKA_TILES_ATTRIBUTION", "© участники OpenStreetMap");
        let forecourt = reader.choice(
            "KOLONKA_FORECOURT",
            if sandbox { "simulator" } else { "none" },
            &[
                ("none", ForecourtKind::None),
                ("simulator", ForecourtKind::Simulator),
                ("tanker", ForecourtKind::Tanker),
            ],
        );
        if !sandbox && forecourt == Some(ForecourtKind::Simulator) {
            reader.report("KOLONKA_FORECOURT", "the simulated station exists in the sandbox only".to_owned());
        }
        let tanker = reader.tanker(sandbox, forecourt == Some(ForecourtKind::Tanker));
        let simulator_addr =
            reader.parsed("KOLONKA_SIMULATOR_ADDR", "127.0.0.1:0", "is not an address with a port");
        let simulator_speed = reader.parsed("KOLONKA_SIMULATOR_SPEED", "1", "is not a whole number");
        if simulator_speed.is_some_and(|times: u32| !(1..=1000).contains(&times)) {
            reader.report("KOLONKA_SIMULATOR_SPEED", "must be from 1 to 1000".to_owned());
        }
        let order_ttl_minutes =
            reader.parsed("KOLONKA_ORDER_TTL_MINUTES", "30", "is not a whole number of minutes");
        if order_ttl_minutes.is_some_and(|minutes: u32| !(5..=1440).contains(&minutes)) {
            reader.report("KOLONKA_ORDER_TTL_MINUTES", "must be from 5 to 1440".to_owned());
        }
        let site_root = reader.text("KOLONKA_SITE_ROOT", "target/site");
        let erp_token = reader.erp_token(sandbox);
        let erp_notify = reader.erp_notify();
        match (mode, addr, log_format, forecourt, simulator_addr, simulator_speed, order_ttl_minutes) {
            (
                Some(mode),
                Some(addr),
                Some(log_format),
                Some(forecourt),
                Some(simulator_addr),
                Some(simulator_speed),
                Some(order_ttl_minutes),
            ) if reader.findings.is_empty() => Ok(Self {
                mode,
                addr,
                public_url,
                database_url: database_url.into(),
                log,
                log_format,
                invoicebox,
                host_origins,
                host_checkout,
                terms_url,
                privacy_url,
                tiles_url,
                tiles_attribution,
                forecourt,
                tanker,
                simulator_addr,
                simulator_speed,
                order_ttl_minutes,
                site_root,
                erp_token,
                erp_notify,
            }),
            _ => Err(reader.findings),
        }
    }
}

struct Reader<'a, F> {
    get: &'a F,
    findings: Vec<Finding>,
}

impl<F: Fn(&str) -> Option<String>> Reader<'_, F> {
    fn report(&mut self, variable: &'static str, problem: String) {
        self.findings.push(Finding { variable, problem, example: example(variable) });
    }

    /// The value, or `None` when it is missing or blank.
    fn given(&self, variable: &str) -> Option<String> {
        (self.get)(variable).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    fn text(&self, variable: &str, default: &str) -> String {
        self.given(variable).unwrap_or_else(|| default.to_owned())
    }

    fn parsed<T: FromStr>(&mut self, variable: &'static str, default: &str, problem: &str) -> Option<T> {
        let text = self.text(variable, default);
        let value = text.parse().ok();
        if value.is_none() {
            self.report(variable, format!("«{text}» {problem}"));
        }
        value
    }

    fn choice<T: Copy>(&mut self, variable: &'static str, default: &str, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text(variable, default);
        let value = choices.iter().find(|(name, _)| *name == text).map(|(_, value)| *value);
        if value.is_none() {
            let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
            self.report(variable, format!("«{text}» is not one of {}", names.join(", ")));
        }
        value
    }

    fn mode(&mut self, has_sandbox: bool) -> Option<Mode> {
        const NAME: &str = "KOLONKA_MODE";
        let default = if has_sandbox { "sandbox" } else { "production" };
        let modes = [("sandbox", Mode::Sandbox), ("production", Mode::Production)];
        let mode = self.choice(NAME, default, &modes);
        if mode == Some(Mode::Sandbox) && !has_sandbox {
            self.report(NAME, "this program was built without the sandbox".to_owned());
        }
        mode
    }

    fn url(&mut self, variable: &'static str, default: &str) -> String {
        let text = self.text(variable, default);
        if origin_of(&text).is_none() {
            self.report(variable, format!("«{text}» is not an http or https address"));
        }
        text.trim_end_matches('/').to_owned()
    }

    /// The address of a document for customers.
    fn document(&mut self, variable: &'static str, sandbox: bool) -> Option<String> {
        let url = self.given(variable)?;
        if origin_of(&url).is_none() || (!sandbox && !url.starts_with("https://")) {
            self.report(variable, format!("«{url}» is not an https address"));
        }
        Some(url)
    }

    /// A secret: the sandbox has one for everybody, production must be given its own.
    fn secret(&mut self, variable: &'static str, sandbox: bool, demo: &str) -> SecretString {
        match self.given(variable) {
            Some(value) if !sandbox && value == demo => {
                self.report(variable, "is the published demo value, which everybody knows".to_owned());
                value.into()
            }
            Some(value) => value.into(),
            None if sandbox => demo.to_owned().into(),
            None => {
                self.report(variable, "is missing; production needs it".to_owned());
                String::new().into()
            }
        }
    }

    fn invoicebox(&mut self, sandbox: bool, public_url: &str) -> InvoiceboxConfig {
        let own_emulator = format!("{public_url}/sandbox/invoicebox");
        let default = if sandbox { own_emulator.as_str() } else { "https://api.invoicebox.ru" };
        let api_url = self.url("INVOICEBOX_API_URL", default);
        if !sandbox && api_url.starts_with("http://") {
            self.report("INVOICEBOX_API_URL", "must be https in production: it carries the token".to_owned());
        }
        let versions = [("v3", ApiVersion::V3), ("l3", ApiVersion::L3)];
        let api_version = self.choice("INVOICEBOX_API_VERSION", "v3", &versions).unwrap_or(ApiVersion::V3);
        let api_token = self.secret("INVOICEBOX_API_TOKEN", sandbox, DEMO_TOKEN);
        let notification_key = self.secret("INVOICEBOX_NOTIFICATION_KEY", sandbox, SANDBOX_KEY);
        let merchant_id = self.text("INVOICEBOX_MERCHANT_ID", if sandbox { DEMO_MERCHANT } else { "" });
        if !is_merchant_id(&merchant_id) {
            self.report(
                "INVOICEBOX_MERCHANT_ID",
                format!("«{merchant_id}» does not have the form of an identifier"),
            );
        }
        if sandbox && api_url == own_emulator && looks_live(api_token.expose_secret()) {
            self.report(
                "INVOICEBOX_API_TOKEN",
                "has the form of a live token; the emulator takes the demo token or an invented word"
                    .to_owned(),
            );
        }
        let algorithms = [("sha1", Algorithm::Sha1), ("sha256", Algorithm::Sha256)];
        let notification_algorithm =
            self.choice("INVOICEBOX_NOTIFICATION_ALGORITHM", "sha1", &algorithms).unwrap_or(Algorithm::Sha1);
        let merchant_keys = self.merchant_keys();
        let ws_url = self.websocket(sandbox, api_version);
        let switch = [("off", false), ("on", true)];
        let release_on_hold = self.choice("INVOICEBOX_RELEASE_ON_HOLD", "off", &switch).unwrap_or(false);
        let requests = self.requests();
        InvoiceboxConfig {
            requests,
            api_url,
            api_version,
            api_token,
            merchant_id,
            notification_key,
            notification_algorithm,
            merchant_keys,
            ws_url,
            release_on_hold,
        }
    }

    fn requests(&mut self) -> usize {
        const NAME: &str = "INVOICEBOX_REQUESTS";
        let requests = self.parsed(NAME, "60", "is not a number").unwrap_or(60);
        if !(5..=100).contains(&requests) {
            self.report(NAME, format!("{requests} is not between 5 and 100"));
        }
        requests
    }

    fn merchant_keys(&mut self) -> Vec<MerchantKey> {
        const NAME: &str = "INVOICEBOX_MERCHANT_KEYS";
        let text = self.text(NAME, "");
        let mut keys = Vec::new();
        for entry in text.split_whitespace() {
            match entry.split_once('=') {
                Some((merchant_id, key)) if is_merchant_id(merchant_id) && !key.is_empty() => {
                    keys.push(MerchantKey { merchant_id: merchant_id.to_owned(), key: key.into() });
                }
                // The entry may hold a key, so it is not repeated here.
                _ => self.report(NAME, format!("entry {} is not merchant=key", keys.len() + 1)),
            }
        }
        keys
    }

    fn websocket(&mut self, sandbox: bool, version: ApiVersion) -> Option<String> {
        const NAME: &str = "INVOICEBOX_WS_URL";
        let url = self.given(NAME).filter(|url| url != "off")?;
        let secure = url.starts_with("wss://");
        if !secure && !url.starts_with("ws://") || url.contains('?') {
            self.report(NAME, "is not a wss address without a query; the token is added to it".to_owned());
        } else if !secure && !sandbox {
            self.report(NAME, "must be wss in production: it carries the token".to_owned());
        }
        if version == ApiVersion::L3 {
            self.report(NAME, "exists for v3 only".to_owned());
        }
        Some(url)
    }

    /// Without a token the cashier API of a production is off.
    fn erp_token(&mut self, sandbox: bool) -> Option<SecretString> {
        const NAME: &str = "KOLONKA_ERP_TOKEN";
        let given = self.given(NAME);
        match given.as_deref() {
            Some(SANDBOX_ERP_TOKEN) if !sandbox => {
                self.report(NAME, "is the published demo value, which everybody knows".to_owned());
            }
            Some(token) if !sandbox && token.len() < SHORTEST_ERP_TOKEN => {
                self.report(NAME, format!("is shorter than {SHORTEST_ERP_TOKEN} characters"));
            }
            Some(token) if !token.bytes().all(|b| b.is_ascii_graphic()) => {
                self.report(NAME, "must be printable ASCII without spaces: it goes into a header".to_owned());
            }
            _ => {}
        }
        given.or_else(|| sandbox.then(|| SANDBOX_ERP_TOKEN.to_owned())).map(SecretString::from)
    }

    fn erp_notify(&mut self) -> Option<ErpNotifyConfig> {
        let (url, key) = (self.given("KOLONKA_ERP_NOTIFY_URL"), self.given("KOLONKA_ERP_NOTIFY_KEY"));
        match (url, key) {
            (None, None) => None,
            (Some(_), None) => {
                self.report("KOLONKA_ERP_NOTIFY_KEY", "is missing; events are signed with it".to_owned());
                None
            }
            (None, Some(_)) => {
                self.report("KOLONKA_ERP_NOTIFY_URL", "is missing; events are posted there".to_owned());
                None
            }
            (Some(url), Some(key)) => {
                if origin_of(&url).is_none() || reqwest::Url::parse(&url).is_err() {
                    self.report("KOLONKA_ERP_NOTIFY_URL", "is not an http or https address".to_owned());
                }
                Some(ErpNotifyConfig { url, key: key.into() })
            }
        }
    }

    fn origins(&mut self, sandbox: bool, public_url: &str) -> Vec<OriginPattern> {
        let text = self.text("KOLONKA_HOST_ORIGINS", "https://*.invoicebox.ru");
        let mut origins = Vec::new();
        for part in text.split([' ', ',']).filter(|part| !part.is_empty()) {
            match OriginPattern::parse(part) {
                Some(origin) => origins.push(origin),
                None => self.report("KOLONKA_HOST_ORIGINS", format!("«{part}» is not an origin")),
            }
        }
        if sandbox {
            origins.extend(origin_of(public_url).as_deref().and_then(OriginPattern::parse));
        }
        origins
    }
}

/// Tokens of merchants are 32 hex digits, or a number, `-API:` and hex digits. The demo token is everybody's.
fn looks_live(token: &str) -> bool {
    let is_hex = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_hexdigit());
    let older = token.split_once("-API:").is_some_and(|(number, key)| is_hex(number) && is_hex(key));
    token != DEMO_TOKEN && (older || token.len() == 32 && is_hex(token))
}

/// Invoicebox identifiers are 8-4-4-4-12 hex digits, but not UUIDs by RFC 4122: the variant bits are arbitrary.
fn is_merchant_id(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|b| b.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests;
