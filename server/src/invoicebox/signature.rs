//! Proof that a notification comes from Invoicebox: HMAC over the raw bytes, checked before anything is parsed.

use bytes::Bytes;
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha1::Sha1;
use sha2::Sha256;

/// The hash inside the HMAC, as chosen in the merchant's office.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Algorithm {
    /// The default of Invoicebox.
    #[default]
    Sha1,
    Sha256,
}

/// Checks signatures with one key. There is no default key, and no empty one.
#[derive(Clone)]
pub struct Verifier(HmacKey);

#[derive(Clone)]
enum HmacKey {
    Sha1(Hmac<Sha1>),
    Sha256(Hmac<Sha256>),
}

/// An empty key, with which everybody could sign.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the notification key is empty")]
pub struct EmptyKey;

/// Reasons to refuse a body.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    #[error("X-Signature is missing")]
    Missing,
    #[error("X-Signature is wrong")]
    Wrong,
}

/// A body whose signature was right. Only [`Verifier::verify`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedBody(Bytes);

impl VerifiedBody {
    /// The bytes as they arrived.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.0
    }
}

impl Verifier {
    /// Makes a verifier of a key.
    ///
    /// # Errors
    /// [`EmptyKey`] if the key is empty.
    pub fn new(key: &SecretString, algorithm: Algorithm) -> Result<Self, EmptyKey> {
        let key = key.expose_secret().as_bytes();
        if key.is_empty() {
            return Err(EmptyKey);
        }
        let keyed = match algorithm {
            Algorithm::Sha1 => Hmac::new_from_slice(key).map(HmacKey::Sha1),
            Algorithm::Sha256 => Hmac::new_from_slice(key).map(HmacKey::Sha256),
        };
        // HMAC takes keys of every length; the constructor's type merely covers other codes too.
        keyed.map(Self).map_err(|_| EmptyKey)
    }

    /// Checks the hex digits of `X-Signature`, in either case, against the bytes as received, in constant time.
    ///
    /// # Errors
    /// `Missing` if there is no signature; `Wrong` if it differs or is not hex.
    pub fn verify(&self, header: Option<&[u8]>, body: Bytes) -> Result<VerifiedBody, SignatureError> {
        let header = header.filter(|header| !header.is_empty()).ok_or(SignatureError::Missing)?;
        let signature = hex::decode(header).map_err(|_| SignatureError::Wrong)?;
        let fits = match &self.0 {
            HmacKey::Sha1(keyed) => keyed.clone().chain_update(&body).verify_slice(&signature).is_ok(),
            HmacKey::Sha256(keyed) => keyed.clone().chain_update(&body).verify_slice(&signature).is_ok(),
        };
        if fits { Ok(VerifiedBody(body)) } else { Err(SignatureError::Wrong) }
    }
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Verifier(…)")
    }
}
