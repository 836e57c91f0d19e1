//! Settings of the pages, and the place of their files.

use ::app::api::{PageSettings, PumpStart};
use leptos::config::LeptosOptions;

use crate::{config::Config, station_link::settings::StationLinkKind};

pub(super) fn page_settings(config: &Config) -> PageSettings {
    PageSettings {
        tiles_url: config.tiles_url.clone(),
        tiles_attribution: config.tiles_attribution.clone(),
        host_origins: config.host_origins.iter().map(ToString::to_string).collect(),
        payment_origins: payment_origins(config),
        sandbox: config.is_sandbox(),
        checkout: config.host_checkout,
        pump_start: pump_start(config),
        start_ttl_minutes: config.start.ttl.as_secs() / 60,
        terms_url: config.terms_url.clone(),
        privacy_url: config.privacy_url.clone(),
    }
}

/// The same as the server's own check allows; each once.
fn payment_origins(config: &Config) -> Vec<String> {
    let mut origins: Vec<String> = config.payment_origins.iter().map(ToString::to_string).collect();
    origins.sort_unstable();
    origins.dedup();
    origins
}

fn pump_start(config: &Config) -> PumpStart {
    if config.station_link.kind == StationLinkKind::None {
        PumpStart::ByCashier
    } else if config.start.by_payment {
        PumpStart::ByPayment
    } else {
        PumpStart::Chosen
    }
}

/// Whether hot reload watches this process.
pub(super) fn is_watched() -> bool {
    std::env::var_os("LEPTOS_WATCH").is_some()
}

/// Options of the page renderer: place and names of the built files. Names have hashes when the build left a list of
/// them beside the program.
pub(super) fn leptos_options(config: &Config) -> LeptosOptions {
    let hashed = std::env::current_exe()
        .ok()
        .and_then(|program| Some(program.parent()?.join("hash.txt").exists()))
        .unwrap_or(false);
    LeptosOptions::builder()
        .output_name("kolonka")
        .site_root(config.site_root.as_str())
        .site_pkg_dir("pkg")
        .site_addr(config.addr)
        .hash_files(hashed)
        .build()
}
