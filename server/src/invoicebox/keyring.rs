//! Which key proves a notification. The network has one; a merchant of a station's own has another, and an
//! address of its own for notifications, so that the key is known before the body is read.

use std::collections::HashMap;

use super::signature::{Algorithm, EmptyKey, Verifier};
use secrecy::SecretString;

/// The notification key of a merchant beside the network's.
#[derive(Clone, Debug)]
pub struct MerchantKey {
    pub merchant_id: String,
    pub key: SecretString,
}

/// All keys.
#[derive(Debug)]
pub struct Keyring {
    network: Verifier,
    /// By merchant, in lower case.
    own: HashMap<String, Verifier>,
}

impl Keyring {
    /// # Errors
    /// A key is empty.
    pub fn new(network: &SecretString, own: &[MerchantKey], algorithm: Algorithm) -> Result<Self, EmptyKey> {
        let verifier = |key: &MerchantKey| {
            Ok((key.merchant_id.to_ascii_lowercase(), Verifier::new(&key.key, algorithm)?))
        };
        Ok(Self {
            network: Verifier::new(network, algorithm)?,
            own: own.iter().map(verifier).collect::<Result<_, _>>()?,
        })
    }

    /// The network's key.
    #[must_use]
    pub fn network(&self) -> &Verifier {
        &self.network
    }

    /// The key of a merchant who has one of its own.
    #[must_use]
    pub fn own(&self, merchant_id: &str) -> Option<&Verifier> {
        self.own.get(&merchant_id.to_ascii_lowercase())
    }
}
