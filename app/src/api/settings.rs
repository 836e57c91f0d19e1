/// What starts the pumps of an installation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PumpStart {
    /// The driver or the payment, as the customer has chosen.
    #[default]
    Chosen,
    /// The payment, whatever was chosen.
    ByPayment,
    /// A person: nothing links us to the pumps.
    ByCashier,
}

/// Public facts of an installation, written into the page. No secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PageSettings {
    /// Raster tiles, with `{z}`, `{x}`, `{y}`.
    pub tiles_url: String,
    pub tiles_attribution: String,
    /// Origins that may frame the mini-app and talk to it: `https://*.invoicebox.ru`.
    pub host_origins: Vec<String>,
    /// Origins to which a payment link may lead.
    pub payment_origins: Vec<String>,
    pub sandbox: bool,
    /// The host knows `checkout`: the payment page opens beside the mini-app, which stays open.
    pub checkout: bool,
    #[serde(default)]
    pub pump_start: PumpStart,
    /// Time after the payment in which a pump may be started; 0 from a server that does not say.
    #[serde(default)]
    pub start_ttl_minutes: u64,
    /// The user agreement of the network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms_url: Option<String>,
    /// Its rules of personal data processing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privacy_url: Option<String>,
}
