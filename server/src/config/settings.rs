//! The table of settings: one entry tells a variable's default, meaning and example.

use super::HAS_SANDBOX;

/// An environment variable that Kolonka reads.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    pub name: &'static str,
    /// In words, since it may depend on the mode.
    pub default: &'static str,
    pub meaning: &'static str,
    pub example: &'static str,
}

/// Every variable, in the order in which an operator meets them.
pub const SETTINGS: &[Setting] = &[
    Setting {
        name: "KOLONKA_MODE",
        default: if HAS_SANDBOX { "sandbox" } else { "production" },
        meaning: "sandbox: Invoicebox, the station and the host window are emulated inside this process, and sample stations are loaded when the database is empty; production: no emulator is reachable, and missing credentials stop the start",
        example: "production",
    },
    Setting {
        name: "KOLONKA_ADDR",
        default: "127.0.0.1:3000",
        meaning: "listening address",
        example: "0.0.0.0:3000",
    },
    Setting {
        name: "KOLONKA_PUBLIC_URL",
        default: "http://127.0.0.1:3000",
        meaning: "the address that customers and Invoicebox see; return links and QR codes are built from it",
        example: "https://azs.example.ru",
    },
    Setting {
        name: "DATABASE_URL",
        default: "sqlite://kolonka.db",
        meaning: "sqlite://… (embedded) or postgres://… (several instances)",
        example: "postgres://kolonka:password@db/kolonka",
    },
    Setting { name: "KOLONKA_LOG", default: "info", meaning: "tracing filter", example: "info,server=debug" },
    Setting { name: "KOLONKA_LOG_FORMAT", default: "text", meaning: "text or json", example: "json" },
    Setting {
        name: "INVOICEBOX_API_URL",
        default: "sandbox: own emulator; production: https://api.invoicebox.ru",
        meaning: "base address of the Invoicebox API",
        example: "https://api.invoicebox.ru",
    },
    Setting {
        name: "INVOICEBOX_API_VERSION",
        default: "v3",
        meaning: "v3 (merchants of the app) or l3 (merchants of the older cabinet)",
        example: "v3",
    },
    Setting {
        name: "INVOICEBOX_API_TOKEN",
        default: "sandbox: the demo token that Invoicebox publishes",
        meaning: "token of the network, from the merchant office, tab «Интеграция (API)»",
        example: "b37c4c689295904ed21eee5d9a48d42e",
    },
    Setting {
        name: "INVOICEBOX_MERCHANT_ID",
        default: "sandbox: the demo merchant",
        meaning: "merchant of the network; a station may carry its own",
        example: "ffffffff-ffff-ffff-ffff-ffffffffffff",
    },
    Setting {
        name: "INVOICEBOX_NOTIFICATION_KEY",
        default: "sandbox: sandbox-notification-key",
        meaning: "key of the X-Signature header of notifications, from the same tab; not the API token",
        example: "a-long-random-text",
    },
    Setting {
        name: "INVOICEBOX_RELEASE_ON_HOLD",
        default: "off",
        meaning: "on: money that is only reserved on the payer's card (status hold) releases the pump too, and the shipment takes what was dispensed; only where Invoicebox has agreed to it in writing",
        example: "off",
    },
    Setting {
        name: "INVOICEBOX_NOTIFICATION_ALGORITHM",
        default: "sha1",
        meaning: "hash of the signature's HMAC: sha1, or sha256 where the merchant office says so",
        example: "sha256",
    },
    Setting {
        name: "INVOICEBOX_MERCHANT_KEYS",
        default: "none",
        meaning: "notification keys of merchants that stations carry as their own, merchant=key, separated by spaces; their notifications come to /api/invoicebox/notifications/{merchant}",
        example: "0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b=a-long-random-text",
    },
    Setting {
        name: "INVOICEBOX_REQUESTS",
        default: "60",
        meaning: "calls to Invoicebox in 30 seconds by this process, 5 to 100; Invoicebox counts 100 for a token, so several instances have to share them",
        example: "30",
    },
    Setting {
        name: "INVOICEBOX_WS_URL",
        default: "off",
        meaning: "JSON-RPC WebSocket for notifications where no public address exists; v3 only",
        example: "wss://ws-gate.invoicebox.ru/v3/gate/rpc",
    },
    Setting {
        name: "KOLONKA_HOST_ORIGINS",
        default: "https://*.invoicebox.ru (and our own origin in the sandbox)",
        meaning: "who may frame the mini-app and talk to it, separated by spaces or commas",
        example: "https://*.invoicebox.ru",
    },
    Setting {
        name: "KOLONKA_HOST_CHECKOUT",
        default: "on",
        meaning: "on: the host opens the payment page beside the living mini-app (checkout), and customers whose host does not are offered the other way after ten seconds; off: the mini-app ends with done",
        example: "off",
    },
    Setting {
        name: "KOLONKA_TERMS_URL",
        default: "none",
        meaning: "user agreement of the network, which customers accept by ordering",
        example: "https://azs.example.ru/agreement",
    },
    Setting {
        name: "KOLONKA_PRIVACY_URL",
        default: "none",
        meaning: "rules of personal data processing of the network",
        example: "https://azs.example.ru/privacy",
    },
    Setting {
        name: "KOLONKA_TILES_URL",
        default: "https://tile.openstreetmap.org/{z}/{x}/{y}.png",
        meaning: "raster tiles of the map",
        example: "https://tiles.example.ru/{z}/{x}/{y}.png",
    },
    Setting {
        name: "KOLONKA_TILES_ATTRIBUTION",
        default: "© участники OpenStreetMap",
        meaning: "whose tiles they are, shown on the map",
        example: "© участники OpenStreetMap",
    },
    Setting {
        name: "KOLONKA_ERP_TOKEN",
        default: "sandbox: sandbox-erp-token; production: the cashier API is off",
        meaning: "bearer token of the cashier API and of /operator, at least 16 characters",
        example: "a-long-random-text-of-your-own",
    },
    Setting {
        name: "KOLONKA_ERP_NOTIFY_URL",
        default: "off",
        meaning: "where order events are posted for the back office",
        example: "https://erp.example.ru/kolonka/events",
    },
    Setting {
        name: "KOLONKA_ERP_NOTIFY_KEY",
        default: "off",
        meaning: "key of the X-Kolonka-Signature header of those events (HMAC-SHA256 of the raw body)",
        example: "another-long-random-text",
    },
    Setting {
        name: "KOLONKA_FORECOURT",
        default: "sandbox: simulator; production: none",
        meaning: "what releases the pumps: none (the cashier), simulator (a station played in the sandbox) or tanker (the station side of a network)",
        example: "tanker",
    },
    Setting {
        name: "KOLONKA_TANKER_URL",
        default: "none",
        meaning: "base address of the station side; station, price, ping and order are below it",
        example: "https://topazoffice.ru/ms/external-fueling/integration",
    },
    Setting {
        name: "KOLONKA_TANKER_API_KEY",
        default: "none",
        meaning: "key of the network at the station side, sent as apikey",
        example: "a-key-from-the-network",
    },
    Setting {
        name: "KOLONKA_TANKER_SYSTEM_KEY",
        default: "off",
        meaning: "our own key at the station side, sent in the header externalSystemApikey where it asks for one (Topaz)",
        example: "a-key-from-topaz",
    },
    Setting {
        name: "KOLONKA_TANKER_CALLBACK_KEY",
        default: "none",
        meaning: "the apikey that the station side must send with its calls to /api/order/…, at least 16 characters",
        example: "a-long-random-text-for-the-network",
    },
    Setting {
        name: "KOLONKA_TANKER_TIMEOUT_S",
        default: "10",
        meaning: "seconds that the station side may take to answer, 1 to 30; a ping is given at most 4",
        example: "10",
    },
    Setting {
        name: "KOLONKA_TANKER_FUELS",
        default: "the ids of the contract",
        meaning: "what the network calls grades, ours=theirs separated by spaces; winter diesel and AdBlue have no id in the contract",
        example: "a92=1 a95=2 diesel_winter=diesel_arctic",
    },
    Setting {
        name: "KOLONKA_TANKER_FEED_S",
        default: "60 with KOLONKA_FORECOURT=tanker, else off",
        meaning: "seconds between two questions for stations and prices, 10 to 120, give or take a tenth; off: the catalogue is kept by import and the cashier API alone, and no station counts as silent",
        example: "60",
    },
    Setting {
        name: "KOLONKA_TANKER_FULL_TANK",
        default: "sandbox: on with the simulated station; else off",
        meaning: "on: the station side takes orders of the type FullTank, so customers may order a full tank; Topaz does not",
        example: "on",
    },
    Setting {
        name: "KOLONKA_SIMULATOR_ADDR",
        default: "127.0.0.1:0",
        meaning: "where the simulated station listens, for partners beside this process; port 0: any that is free",
        example: "127.0.0.1:3100",
    },
    Setting {
        name: "KOLONKA_SIMULATOR_SPEED",
        default: "1",
        meaning: "how many times faster than for the eye the simulated station works, 1 to 1000",
        example: "20",
    },
    Setting {
        name: "KOLONKA_ORDER_TTL_MINUTES",
        default: "30",
        meaning: "life of an unpaid order, 5 to 1440 minutes",
        example: "30",
    },
    Setting {
        name: "KOLONKA_SITE_ROOT",
        default: "target/site",
        meaning: "folder with the built browser files",
        example: "/usr/share/kolonka/site",
    },
];

/// The table as text, for `--help`.
#[must_use]
pub fn help() -> String {
    let mut text =
        String::from("Environment variables, also read from a .env file in the working directory:\n");
    for setting in SETTINGS {
        text.push_str(&format!(
            "\n  {}\n      {}\n      default: {}\n",
            setting.name, setting.meaning, setting.default
        ));
    }
    text
}

/// The example of a variable; empty for an unknown one.
pub(super) fn example(name: &str) -> &'static str {
    SETTINGS.iter().find(|setting| setting.name == name).map_or("", |setting| setting.example)
}
