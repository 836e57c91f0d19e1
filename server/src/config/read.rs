//! Reading a [`Config`] from variables.

use super::{
    Config, Finding, OriginPattern, documents,
    erp::{self, ErpNotifyConfig},
    invoicebox::{self, InvoiceboxConfig},
    reach, site, start,
};
use crate::{
    limits::settings::LIMITS,
    settings::{Mode, SettingsReader, parse::origin_of},
    station_link::settings::StationLinkConfig,
};

/// Whether this program was built with the emulators.
const IS_SANDBOX_BUILT: bool = cfg!(feature = "sandbox");

impl Config {
    /// Reads the configuration through `variable`, which returns a variable's value.
    ///
    /// # Errors
    /// One finding for each variable that is missing or wrong.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, Vec<Finding>> {
        Self::read_for(IS_SANDBOX_BUILT, variable)
    }

    /// Reads the configuration of a program that was built with the emulators or without.
    pub(super) fn read_for(
        has_sandbox: bool,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Vec<Finding>> {
        // Defaults depend on the mode, so it is read first.
        let mut reader = SettingsReader::new(&variable, Mode::Sandbox);
        let mode = read_mode(&mut reader, has_sandbox);
        let mut findings = reader.into_findings();
        let published = if mode.is_production() { documents::published_secrets() } else { Vec::new() };
        let mut reader = SettingsReader::new(&variable, mode).refusing(published);
        let config = Self::read_in_mode(&mut reader);
        findings.extend(reader.into_findings());
        match config {
            Some(config) if findings.is_empty() => Ok(config),
            _ => Err(findings),
        }
    }

    /// Reads every setting before the first missing one ends the reading, so that all findings are reported at once.
    fn read_in_mode(reader: &mut SettingsReader<'_>) -> Option<Self> {
        let mode = reader.mode();
        let addr = reader.value(&site::ADDR);
        let public_url = reader.value(&site::PUBLIC_URL);
        let database_url = reader.value(&site::DATABASE_URL);
        let log = reader.value(&site::LOG);
        let log_format = reader.value(&site::LOG_FORMAT);
        let emulator = match mode {
            Mode::Sandbox => public_url.as_ref().map(|url| format!("{url}/sandbox/invoicebox")),
            Mode::Production => None,
        };
        let invoicebox = InvoiceboxConfig::read(reader, emulator);
        let host_origins = reader.value(&site::HOST_ORIGINS);
        let host_checkout = reader.value(&site::HOST_CHECKOUT);
        let payment_origins = reader.value(&site::PAYMENT_ORIGINS);
        let terms_url = reader.value(&site::TERMS_URL);
        let privacy_url = reader.value(&site::PRIVACY_URL);
        let tiles_url = reader.value(&site::TILES_URL);
        let tiles_attribution = reader.value(&site::TILES_ATTRIBUTION);
        let erp_token = reader.value(&erp::TOKEN);
        let erp_notify = ErpNotifyConfig::read(reader);
        let station_link = StationLinkConfig::read(reader);
        let simulator_addr = reader.value(&site::SIMULATOR_ADDR);
        let simulator_speed = reader.value(&site::SIMULATOR_SPEED);
        let order_ttl_minutes = reader.value(&site::ORDER_TTL_MINUTES);
        let start = start::read(reader);
        let site_root = reader.value(&site::SITE_ROOT);
        let trusted_proxies = reader.value(&reach::TRUSTED_PROXIES);
        let limits = reader.value(&LIMITS);
        // Where the emulator is used, its address is that of this process.
        let invoicebox_url = reader.is_given(&invoicebox::API_URL).then_some(invoicebox.as_ref());
        reach::check_sandbox(
            reader,
            &reach::Addresses {
                listening: addr,
                public: public_url.as_deref(),
                invoicebox: invoicebox_url.flatten().map(|config| config.api_url.as_str()),
                websocket: invoicebox.as_ref().and_then(|config| config.ws_url.as_deref()),
                station: station_link
                    .as_ref()
                    .map(|config| config.tanker.url.as_str())
                    .filter(|url| !url.is_empty()),
            },
        );
        let public_url = public_url?;
        let invoicebox = invoicebox?;
        let mut payment_origins = with_own_origin(payment_origins?, mode, &public_url);
        payment_origins.extend(origin_of(&invoicebox.api_url).as_deref().and_then(OriginPattern::parse));
        Some(Self {
            mode,
            addr: addr?,
            database_url: database_url?,
            log: log?,
            log_format: log_format?,
            invoicebox,
            host_origins: with_own_origin(host_origins?, mode, &public_url),
            payment_origins,
            public_url,
            host_checkout: host_checkout?,
            terms_url,
            privacy_url,
            tiles_url: tiles_url?,
            tiles_attribution: tiles_attribution?,
            station_link: station_link?,
            simulator_addr: simulator_addr?,
            simulator_speed: simulator_speed?,
            order_ttl_minutes: order_ttl_minutes?,
            start: start?,
            site_root: site_root?,
            trusted_proxies: trusted_proxies?,
            limits: limits?,
            erp_token,
            erp_notify,
        })
    }
}

/// Reads the mode, and reports a wrong one; the other settings are then read as a sandbox's, to report what is wrong with
/// them too.
fn read_mode(reader: &mut SettingsReader<'_>, has_sandbox: bool) -> Mode {
    let default = if has_sandbox { Mode::Sandbox } else { Mode::Production };
    let mode = reader.value(&site::MODE);
    if mode == Some(Mode::Sandbox) && !has_sandbox {
        reader.report(&site::MODE, "this program was built without the sandbox");
    }
    match mode {
        Some(mode) => mode,
        None if reader.is_given(&site::MODE) => Mode::Sandbox,
        None => default,
    }
}

/// Adds our own origin in the sandbox, whose emulated host is a page of ours.
fn with_own_origin(mut origins: Vec<OriginPattern>, mode: Mode, public_url: &str) -> Vec<OriginPattern> {
    if mode == Mode::Sandbox {
        origins.extend(origin_of(public_url).as_deref().and_then(OriginPattern::parse));
    }
    origins
}
