//! Bearer tokens and the merchants that they may act for.

use axum::http::{HeaderMap, header};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha1::{Digest, Sha1};
use subtle::ConstantTimeEq;

use super::wire::{self, ApiRefusal};

/// A token that the emulator accepts. Sandbox tokens are no secrets, still they stay out of `Debug`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestToken {
    /// The text after `Bearer `.
    pub token: String,
    /// Merchants the token may act for; none makes it a token without rights (403).
    pub merchant_ids: Vec<String>,
}

impl std::fmt::Debug for TestToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TestToken").field("merchant_ids", &self.merchant_ids).finish_non_exhaustive()
    }
}

/// The caller behind a good token.
#[derive(Clone, Debug)]
pub struct Account {
    /// Stable id of the account, shown by the auth check.
    pub user_id: String,
    merchant_ids: Vec<String>,
}

impl Account {
    /// The merchant itself, at work in its office.
    pub fn of_merchant(merchant_id: &str) -> Self {
        Self { user_id: user_id(merchant_id), merchant_ids: vec![merchant_id.to_owned()] }
    }

    /// Checks that the account may act for a merchant.
    ///
    /// # Errors
    /// 403 if it may not.
    pub fn require(&self, merchant_id: &str) -> Result<(), ApiRefusal> {
        if self.owns(merchant_id) { Ok(()) } else { Err(ApiRefusal::forbidden()) }
    }

    /// Whether the account may act for the merchant.
    pub fn owns(&self, merchant_id: &str) -> bool {
        self.merchant_ids.iter().any(|own| own.eq_ignore_ascii_case(merchant_id))
    }

    /// All merchants of the account.
    pub fn merchants(&self) -> &[String] {
        &self.merchant_ids
    }
}

/// Finds the caller. `Ok(None)`: no credentials were sent at all.
///
/// # Errors
/// 401 for an unknown token, 403 for one without rights.
pub fn identify(tokens: &[TestToken], headers: &HeaderMap) -> Result<Option<Account>, ApiRefusal> {
    let Some(header) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let token = header.to_str().ok().and_then(bearer).ok_or_else(ApiRefusal::unauthorized)?;
    let account = by_token(tokens, token).ok_or_else(ApiRefusal::unauthorized)?;
    if account.merchant_ids.is_empty() {
        return Err(ApiRefusal::forbidden());
    }
    Ok(Some(account))
}

/// The account of a token, with or without rights.
pub fn by_token(tokens: &[TestToken], token: &str) -> Option<Account> {
    let known = tokens.iter().find(|known| known.token.as_bytes().ct_eq(token.as_bytes()).into())?;
    Some(Account { user_id: user_id(&known.token), merchant_ids: known.merchant_ids.clone() })
}

/// Answer of the auth check; without credentials it is a 200 too, and `userId` is `null`.
pub fn check(account: Option<&Account>) -> Value {
    let user_id = account.map(|account| account.user_id.clone());
    wire::single(json!({"userId": user_id, "profile": null, "accessToken": null}))
}

fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn user_id(token: &str) -> String {
    wire::dashed(&hex::encode(Sha1::digest(token.as_bytes())))
}
