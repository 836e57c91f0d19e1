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
    /// The user agreement of the network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms_url: Option<String>,
    /// Its rules of personal data processing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privacy_url: Option<String>,
}
