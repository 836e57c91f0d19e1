//! Keys that prove notifications. The network has one; a merchant of a station's own has another, and an address of
//! its own for notifications, so that the key is known before the body is read.

use std::collections::HashMap;

use super::signature::{Algorithm, EmptyKey, Verifier};
use secrecy::SecretString;

/// The notification key of a merchant beside the network's.
#[derive(Clone, Debug)]
pub struct MerchantKey {
    pub merchant_id: String,
    pub key: SecretString,
}

/// Verifiers of the network and of merchants with keys of their own.
#[derive(Debug)]
pub struct Keyring {
    network: Verifier,
    /// Keys are ids of merchants in lower case.
    by_merchant: HashMap<String, Verifier>,
}

impl Keyring {
    /// Makes a verifier of each key.
    ///
    /// # Errors
    /// [`EmptyKey`] if a key is empty.
    pub fn new(network: &SecretString, own: &[MerchantKey], algorithm: Algorithm) -> Result<Self, EmptyKey> {
        let verifier = |key: &MerchantKey| {
            Ok((key.merchant_id.to_ascii_lowercase(), Verifier::new(&key.key, algorithm)?))
        };
        Ok(Self {
            network: Verifier::new(network, algorithm)?,
            by_merchant: own.iter().map(verifier).collect::<Result<_, _>>()?,
        })
    }

    /// The verifier of the network's key.
    #[must_use]
    pub fn network_verifier(&self) -> &Verifier {
        &self.network
    }

    /// The verifier of a merchant with a key of its own.
    #[must_use]
    pub fn verifier_of_merchant(&self, merchant_id: &str) -> Option<&Verifier> {
        self.by_merchant.get(&merchant_id.to_ascii_lowercase())
    }
}
