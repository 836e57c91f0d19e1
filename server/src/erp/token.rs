//! The bearer token of the back office.

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The token's SHA-256: comparing digests takes the same time whatever was sent, of whatever length.
#[derive(Clone)]
pub struct Token([u8; 32]);

impl Token {
    #[must_use]
    pub fn new(token: &SecretString) -> Self {
        Self(Sha256::digest(token.expose_secret()).into())
    }

    /// Whether `candidate` is the token.
    #[must_use]
    pub fn matches(&self, candidate: &str) -> bool {
        let digest: [u8; 32] = Sha256::digest(candidate).into();
        self.0.ct_eq(&digest).into()
    }

    /// Identifies the token under which a session was opened; of a token this long the digest gives nothing away.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        hex::encode(Sha256::digest(self.0))
    }
}
