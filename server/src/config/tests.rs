//! Reading of configurations, and the findings about wrong ones.

use secrecy::ExposeSecret;

use super::{invoicebox::DEMO_TOKEN, *};
use crate::invoicebox::Algorithm;

fn with<'a>(pairs: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
    move |name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
}

type Pair = (&'static str, &'static str);

/// A production that may start.
const PRODUCTION: [Pair; 7] = [
    ("KOLONKA_MODE", "production"),
    ("KOLONKA_PUBLIC_URL", "https://azs.example.ru"),
    ("KOLONKA_PRIVACY_URL", "https://azs.example.ru/privacy"),
    ("KOLONKA_TRUSTED_PROXIES", "10.0.0.0/8"),
    ("INVOICEBOX_API_TOKEN", "a-token-of-our-own"),
    ("INVOICEBOX_NOTIFICATION_KEY", "a-key-of-our-own"),
    ("INVOICEBOX_MERCHANT_ID", "0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b"),
];

/// Reads a production in which these variables differ.
fn in_production(given: &[Pair]) -> Result<Config, Vec<Finding>> {
    let pairs = [given, &PRODUCTION].concat();
    Config::read(with(&pairs))
}

/// The variables that production refuses.
fn refused_in_production(given: &[Pair]) -> Vec<&'static str> {
    let findings = in_production(given).err().unwrap_or_default();
    findings.iter().map(|finding| finding.variable).collect()
}

#[test]
fn the_defaults_are_a_working_sandbox() {
    let config = Config::read(|_| None).unwrap();
    assert!(config.is_sandbox());
    assert_eq!(config.invoicebox.api_url, "http://127.0.0.1:3000/sandbox/invoicebox");
}

#[test]
fn a_program_without_the_sandbox_runs_in_production_only() {
    let findings = Config::read_for(false, with(&[("KOLONKA_MODE", "sandbox")])).unwrap_err();
    assert_eq!(
        findings[0].to_string(),
        "KOLONKA_MODE: this program was built without the sandbox, for example production"
    );
    let undecided = Config::read_for(false, |_| None).unwrap_err();
    assert_eq!(undecided, Config::read(with(&[("KOLONKA_MODE", "production")])).unwrap_err());
}

#[test]
fn production_names_every_missing_credential_at_once() {
    let findings = Config::read(with(&[("KOLONKA_MODE", "production")])).unwrap_err();
    let named: Vec<&str> = findings.iter().map(|finding| finding.variable).collect();
    assert_eq!(
        named,
        [
            "KOLONKA_PUBLIC_URL",
            "INVOICEBOX_API_TOKEN",
            "INVOICEBOX_NOTIFICATION_KEY",
            "INVOICEBOX_MERCHANT_ID",
            "KOLONKA_PRIVACY_URL",
            "KOLONKA_TRUSTED_PROXIES"
        ]
    );
}

#[test]
fn a_wrong_value_is_one_line_with_variable_problem_and_example() {
    let findings = Config::read(with(&[("KOLONKA_ORDER_TTL_MINUTES", "soon")])).unwrap_err();
    assert_eq!(
        findings[0].to_string(),
        "KOLONKA_ORDER_TTL_MINUTES: «soon» is not a whole number of minutes, for example 30"
    );
}

#[test]
fn secrets_do_not_show_in_debug_output() {
    let config = Config::read(with(&[
        ("INVOICEBOX_API_TOKEN", "very-secret-token"),
        ("INVOICEBOX_NOTIFICATION_KEY", "very-secret-key"),
        ("DATABASE_URL", "postgres://u:very-secret-password@h/d"),
    ]));
    assert!(!format!("{config:?}").contains("very-secret"));
}

#[test]
fn a_live_token_does_not_start_the_emulator() {
    for (token, starts) in [
        (DEMO_TOKEN, true),
        ("an-invented-word", true),
        ("0123456789abcdef0123456789abcdef", false),
        ("4711-API:0a1b2c", false),
    ] {
        let config = Config::read(with(&[("INVOICEBOX_API_TOKEN", token)]));
        assert_eq!(config.is_ok(), starts, "{token}");
    }
    let elsewhere = [
        ("INVOICEBOX_API_TOKEN", "0123456789abcdef0123456789abcdef"),
        ("INVOICEBOX_API_URL", "https://api.invoicebox.ru"),
        ("KOLONKA_SANDBOX_PUBLIC", "yes"),
    ];
    assert!(Config::read(with(&elsewhere)).is_ok(), "the emulator is not asked");
}

#[test]
fn keys_of_merchants_are_read_and_stay_secret() {
    let merchant = "0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b";
    let given = format!(" {merchant}=very-secret=key  {merchant}=other ");
    let config = Config::read(with(&[("INVOICEBOX_MERCHANT_KEYS", given.as_str())])).unwrap();
    let keys = &config.invoicebox.merchant_keys;
    assert_eq!((keys.len(), keys[0].key.expose_secret()), (2, "very-secret=key"));
    assert!(!format!("{config:?}").contains("very-secret"));
    for wrong in ["very-secret", "x=very-secret", &format!("{merchant}=")] {
        let findings = Config::read(with(&[("INVOICEBOX_MERCHANT_KEYS", wrong)])).unwrap_err();
        assert!(!findings[0].to_string().contains("very-secret"), "{findings:?}");
    }
}

#[test]
fn the_websocket_is_off_or_a_secure_address_of_v3() {
    let config = Config::read(|_| None).unwrap();
    assert_eq!((config.invoicebox.ws_url, config.invoicebox.notification_algorithm), (None, Algorithm::Sha1));
    for (url, good) in [
        ("off", true),
        ("wss://localhost/v3/gate/rpc", true),
        ("ws://127.0.0.1:3000/sandbox/invoicebox/v3/gate/rpc", true),
        ("https://ws-gate.invoicebox.ru", false),
        ("wss://ws-gate.invoicebox.ru/v3/gate/rpc?token=x", false),
    ] {
        assert_eq!(Config::read(with(&[("INVOICEBOX_WS_URL", url)])).is_ok(), good, "{url}");
    }
    let older = [("INVOICEBOX_WS_URL", "wss://localhost"), ("INVOICEBOX_API_VERSION", "l3")];
    assert_eq!(Config::read(with(&older)).unwrap_err()[0].variable, "INVOICEBOX_WS_URL");
}

#[test]
fn an_optional_setting_that_is_off_is_left_out() {
    let given = [
        ("KOLONKA_ERP_TOKEN", "off"),
        ("KOLONKA_ERP_NOTIFY_URL", "off"),
        ("KOLONKA_ERP_NOTIFY_KEY", "off"),
        ("KOLONKA_TERMS_URL", "off"),
        ("INVOICEBOX_MERCHANT_KEYS", "off"),
        ("KOLONKA_TANKER_SYSTEM_KEY", "off"),
    ];
    let config = Config::read(with(&given)).unwrap();
    assert!(config.erp_token.is_none(), "not even the sandbox's");
    assert!(config.erp_notify.is_none() && config.terms_url.is_none());
    assert!(config.invoicebox.merchant_keys.is_empty() && config.station_link.tanker.system_key.is_none());
    let half = [("KOLONKA_ERP_NOTIFY_URL", "https://erp.example.ru"), ("KOLONKA_ERP_NOTIFY_KEY", "off")];
    let findings = Config::read(with(&half)).unwrap_err();
    assert_eq!(findings[0].variable, "KOLONKA_ERP_NOTIFY_KEY");
    let needed = [("KOLONKA_FORECOURT", "tanker"), ("KOLONKA_TANKER_URL", "off")];
    assert_eq!(Config::read(with(&needed)).unwrap_err()[0].variable, "KOLONKA_TANKER_URL");
}

#[test]
fn a_word_for_no_value_is_no_secret() {
    for (name, word) in [
        ("INVOICEBOX_API_TOKEN", "off"),
        ("INVOICEBOX_NOTIFICATION_KEY", "None"),
        ("KOLONKA_ERP_TOKEN", "none"),
        ("KOLONKA_ERP_NOTIFY_KEY", "none"),
        ("KOLONKA_TANKER_SYSTEM_KEY", "OFF"),
        ("KOLONKA_TANKER_CALLBACK_KEY", "none"),
    ] {
        let findings = Config::read(with(&[(name, word)])).unwrap_err();
        assert!(
            findings.iter().any(|finding| finding.to_string().contains("is not a secret")),
            "{findings:?}"
        );
    }
}

#[test]
fn the_published_demo_pair_does_not_start_production() {
    let demo = [
        ("INVOICEBOX_API_TOKEN", DEMO_TOKEN),
        ("INVOICEBOX_NOTIFICATION_KEY", "sandbox-notification-key"),
        ("INVOICEBOX_MERCHANT_ID", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
    ];
    assert_eq!(refused_in_production(&demo), demo.map(|(name, _)| name));
}

#[test]
fn the_share_of_invoiceboxs_limit_is_a_number_that_leaves_room() {
    let share =
        |text| Config::read(with(&[("INVOICEBOX_REQUESTS", text)])).map(|config| config.invoicebox.requests);
    assert_eq!(share("30").ok(), Some(30));
    for wrong in ["4", "101", "many"] {
        let findings = share(wrong).expect_err("wrong");
        assert_eq!(
            findings.iter().map(|finding| finding.variable).collect::<Vec<_>>(),
            ["INVOICEBOX_REQUESTS"]
        );
    }
}

#[test]
fn a_station_server_needs_its_address_and_keys_which_stay_secret() {
    let chosen = |given: &[Pair]| [&[("KOLONKA_FORECOURT", "tanker")], given].concat();
    let named = |given: &[Pair]| refused_in_production(&chosen(given));
    let all = ["KOLONKA_TANKER_URL", "KOLONKA_TANKER_API_KEY", "KOLONKA_TANKER_CALLBACK_KEY"];
    assert_eq!(named(&[]), all);
    let demo = [
        ("KOLONKA_TANKER_URL", "http://station.example.ru"),
        ("KOLONKA_TANKER_API_KEY", "sandbox-station-key"),
        ("KOLONKA_TANKER_CALLBACK_KEY", "short"),
    ];
    assert_eq!(named(&demo), all);
    let good = [
        ("KOLONKA_TANKER_URL", "https://station.example.ru/integration/"),
        ("KOLONKA_TANKER_API_KEY", "very-secret-key"),
        ("KOLONKA_TANKER_CALLBACK_KEY", "very-secret-callback-key"),
        ("KOLONKA_TANKER_SYSTEM_KEY", "very-secret-system-key"),
    ];
    let config = in_production(&chosen(&good)).expect("a good configuration");
    assert_eq!(config.station_link.tanker.url, "https://station.example.ru/integration");
    assert!(!format!("{config:?}").contains("very-secret"));
}

#[test]
fn an_empty_value_is_a_wrong_one_and_not_the_default() {
    for name in ["KOLONKA_MODE", "KOLONKA_ERP_TOKEN", "INVOICEBOX_NOTIFICATION_KEY", "KOLONKA_TANKER_URL"] {
        let findings = Config::read(with(&[(name, "  ")])).unwrap_err();
        let named: Vec<_> = findings.iter().map(|finding| finding.variable).collect();
        assert_eq!(named, [name], "{findings:?}");
        assert!(findings[0].to_string().contains("is empty"), "{findings:?}");
    }
}

#[test]
fn a_sandbox_neither_serves_other_machines_nor_calls_them() {
    let dangers: [Pair; 5] = [
        ("KOLONKA_ADDR", "0.0.0.0:3000"),
        ("KOLONKA_PUBLIC_URL", "https://azs.example.ru"),
        ("INVOICEBOX_API_URL", "https://api.invoicebox.ru"),
        ("INVOICEBOX_WS_URL", "wss://ws-gate.invoicebox.ru/v3/gate/rpc"),
        ("KOLONKA_TANKER_URL", "https://station.example.ru"),
    ];
    for danger in dangers {
        let findings = Config::read(with(&[danger])).unwrap_err();
        let named: Vec<_> = findings.iter().map(|finding| finding.variable).collect();
        assert_eq!(named, [danger.0]);
        assert!(findings[0].to_string().contains("KOLONKA_SANDBOX_PUBLIC=yes"), "{findings:?}");
        assert!(Config::read(with(&[danger, ("KOLONKA_SANDBOX_PUBLIC", "yes")])).is_ok(), "{danger:?}");
    }
    for own in ["http://localhost:3000", "http://127.0.0.2:3000", "http://[::1]:3000"] {
        assert!(Config::read(with(&[("KOLONKA_PUBLIC_URL", own)])).is_ok(), "{own}");
    }
    let near = Config::read(with(&[("KOLONKA_PUBLIC_URL", "http://127.0.0.1.example.ru")]));
    assert!(near.is_err(), "a name is no address");
}

#[test]
fn production_refuses_what_gives_money_or_fuel_away() {
    assert_eq!(refused_in_production(&[]), [] as [&str; 0]);
    for (name, value) in [
        ("KOLONKA_ERP_TOKEN", "x"),
        ("KOLONKA_ERP_TOKEN", "a-long-random-text-of-your-own"),
        ("KOLONKA_ERP_TOKEN", "a-long-random-text"),
        ("KOLONKA_ERP_TOKEN", "another-long-random-text"),
        ("KOLONKA_ERP_TOKEN", "sandbox-notification-key"),
        ("INVOICEBOX_NOTIFICATION_KEY", "a-long-random-text"),
        ("INVOICEBOX_MERCHANT_KEYS", "0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b=sandbox-notification-key"),
        ("KOLONKA_TRUSTED_PROXIES", "0.0.0.0/0"),
        ("KOLONKA_TRUSTED_PROXIES", "10.0.0.1 ::/0"),
        ("KOLONKA_TANKER_FROM", "0.0.0.0/0"),
        ("KOLONKA_ERP_TOKEN", "aaaaaaaaaaaaaaaaaaaaaaaa"),
        ("KOLONKA_TANKER_CALLBACK_KEY", "fifteen-letters"),
        ("KOLONKA_HOST_ORIGINS", "https://*.ru"),
        ("KOLONKA_PAYMENT_ORIGINS", "https://*.ru"),
        ("KOLONKA_PAYMENT_ORIGINS", "http://pay.example.ru"),
        ("KOLONKA_HOST_ORIGINS", "http://app.example.ru"),
        ("KOLONKA_HOST_ORIGINS", "https://app.example.ru;script-src *"),
        ("KOLONKA_TILES_URL", "https://tiles.example.ru;script-src/{z}/{x}/{y}"),
        ("KOLONKA_TILES_URL", "http://tiles.example.ru/{z}/{x}/{y}"),
        ("KOLONKA_PUBLIC_URL", "https://azs.example.ru/kolonka"),
        ("KOLONKA_PUBLIC_URL", "https://azs.example.ru?x=1"),
        ("KOLONKA_PUBLIC_URL", "https://azs.example.ru#x"),
        ("KOLONKA_TRUSTED_PROXIES", "the proxy"),
    ] {
        assert_eq!(refused_in_production(&[(name, value)]), [name], "{value}");
    }
    for (url, key, refused) in [
        ("http://erp.example.ru", "a-long-key-of-our-own", ["KOLONKA_ERP_NOTIFY_URL"]),
        ("https://erp.example.ru", "short", ["KOLONKA_ERP_NOTIFY_KEY"]),
    ] {
        let given = [("KOLONKA_ERP_NOTIFY_URL", url), ("KOLONKA_ERP_NOTIFY_KEY", key)];
        assert_eq!(refused_in_production(&given), refused);
    }
    let tiles = ("KOLONKA_TILES_URL", "https://{s}.tiles.example.ru/{z}/{x}/{y}.png");
    assert_eq!(refused_in_production(&[tiles]), [] as [&str; 0]);
}

#[test]
fn proxies_are_networks_addresses_or_none() {
    let proxies = |text: &'static str| {
        let config = in_production(&[("KOLONKA_TRUSTED_PROXIES", text)]).expect("a configuration");
        config.trusted_proxies.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(proxies("10.0.0.0/8, 192.168.1.1 fd00::/8"), ["10.0.0.0/8", "192.168.1.1/32", "fd00::/8"]);
    assert_eq!(proxies("none"), [] as [&str; 0]);
}
