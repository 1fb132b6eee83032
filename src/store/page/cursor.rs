//! Cursors: a place in a list that only its own reader can use, only for that list, and for a day.
//!
//! A cursor is key id, version, fingerprint of the list, last keys, expiry and a keyed digest over all of it
//! and over whom it was given to, which it does not name.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::catalogue::Holds;
use super::window::keys;
use super::{Entity, Key, Listed, Listing, Mode, Page, PageReq, Position, Slice};
use crate::error::Error;
use crate::id::{TenantId, UserId};
use crate::time::Timestamp;

const VERSION: u8 = 1;
const LASTS_MICROS: i64 = 24 * 3_600 * 1_000_000;
const MOST_CHARACTERS: usize = 1_024;
const FINGERPRINT: usize = 16;
const MAC: usize = 16;

/// The secrets that cursors are sealed with: the one in use and, while that replaces another, the other.
///
/// Processes that serve the same callers need the same.
#[derive(Clone)]
pub struct CursorKeys {
    current: (u8, [u8; 32]),
    previous: Option<(u8, [u8; 32])>,
}

impl CursorKeys {
    /// Cursors are sealed with `secret`, which they name by `id`.
    #[must_use]
    pub fn new(id: u8, secret: [u8; 32]) -> Self {
        Self { current: (id, secret), previous: None }
    }

    /// Those sealed with another secret, under another id, are still read.
    pub fn and_before(self, id: u8, secret: [u8; 32]) -> Result<Self, Error> {
        if id == self.current.0 {
            return Err(Error::invalid_input("id", id, "another id than that of the secret in use"));
        }
        Ok(Self { previous: Some((id, secret)), ..self })
    }
}

impl std::fmt::Debug for CursorKeys {
    /// Without the secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let previous = self.previous.map(|(id, _)| id);
        f.debug_struct("CursorKeys").field("current", &self.current.0).field("previous", &previous).finish()
    }
}

/// Whom a page is given to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Holder<'a> {
    User(TenantId, UserId),
    Operator(&'a str),
}

/// Makes cursors and reads them.
#[derive(Debug)]
pub(crate) struct Cursors {
    keys: CursorKeys,
}

/// The one answer to whatever is wrong with a cursor.
fn invalid() -> Error {
    Error::invalid_input("cursor", Value::Null, "`next` or `prev` of this list, given to this caller within a day")
        .with_reason("invalid_cursor")
        .with_hint("begin again without a cursor")
}

impl Cursors {
    pub(crate) fn new(keys: CursorKeys) -> Self {
        Self { keys }
    }

    /// The list and the place in it that `holder` asks for.
    pub(crate) fn listing(
        &self,
        entity: Entity,
        request: &PageReq,
        holder: Holder<'_>,
        now: Timestamp,
    ) -> Result<Listing, Error> {
        let mut listing = Listing::first(entity, request)?;
        if let Mode::Keyset { cursor: Some(cursor) } = &request.mode {
            listing.position = Some(self.open(cursor, &listing, holder, now).ok_or_else(invalid)?);
        }
        Ok(listing)
    }

    /// The page that `holder` sees of what was found.
    pub(crate) fn page<T: Listed>(
        &self,
        slice: Slice<T>,
        listing: &Listing,
        holder: Holder<'_>,
        now: Timestamp,
    ) -> Page<T> {
        let Slice { items, before, after, total } = slice;
        let cursor = |item: Option<&T>, backward| {
            let position = Position { keys: keys(item?, listing.line.order), backward };
            Some(self.seal(&position, listing, holder, now))
        };
        let next = cursor(items.last().filter(|_| after), false);
        let prev = cursor(items.first().filter(|_| before), true);
        Page { items, next, prev, size: listing.size, total, page: listing.page }
    }

    fn seal(&self, position: &Position, listing: &Listing, holder: Holder<'_>, now: Timestamp) -> String {
        let (id, secret) = self.keys.current;
        let mut bytes = vec![id, VERSION];
        bytes.extend(fingerprint(listing, position.backward));
        for key in &position.keys {
            put(&mut bytes, key);
        }
        bytes.extend(now.plus_micros(LASTS_MICROS).as_micros().to_be_bytes());
        let digest = digest(&secret, &bytes, holder).finalize().into_bytes();
        bytes.extend(&digest[..MAC]);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn open(&self, cursor: &str, listing: &Listing, holder: Holder<'_>, now: Timestamp) -> Option<Position> {
        if cursor.len() > MOST_CHARACTERS {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (sealed, mac) = bytes.split_last_chunk::<MAC>()?;
        let (id, rest) = sealed.split_first()?;
        let known = [Some(self.keys.current), self.keys.previous].into_iter().flatten();
        let (_, secret) = known.into_iter().find(|(known, _)| known == id)?;
        digest(&secret, sealed, holder).verify_truncated_left(mac).ok()?;
        // From here on it is known to be one of our own, given to this caller.
        let (version, rest) = rest.split_first()?;
        let (told, rest) = rest.split_first_chunk::<FINGERPRINT>()?;
        let (mut rest, expiry) = rest.split_last_chunk::<8>()?;
        let backward = [false, true].into_iter().find(|backward| fingerprint(listing, *backward) == *told)?;
        let mut keys = Vec::new();
        for column in listing.line.order {
            keys.push(take(&mut rest, column.holds())?);
        }
        let lasts = Timestamp::from_micros(i64::from_be_bytes(*expiry));
        (*version == VERSION && rest.is_empty() && now < lasts).then_some(Position { keys, backward })
    }
}

/// The keyed digest of a cursor and of whom it is for.
fn digest(secret: &[u8; 32], sealed: &[u8], holder: Holder<'_>) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes any key length");
    mac.update(b"valor-ivx/cursor/v1\0");
    mac.update(&(sealed.len() as u64).to_be_bytes());
    mac.update(sealed);
    match holder {
        Holder::User(tenant, user) => {
            mac.update(b"u");
            mac.update(tenant.as_bytes());
            mac.update(user.as_bytes());
        }
        Holder::Operator(name) => {
            mac.update(b"o");
            mac.update(name.as_bytes());
        }
    }
    mac
}

/// What tells one list and direction from all others.
fn fingerprint(listing: &Listing, backward: bool) -> [u8; FINGERPRINT] {
    let line = listing.line;
    let mut bytes = Vec::new();
    for text in [line.entity.table(), line.sort, if backward { "backward" } else { "forward" }] {
        put(&mut bytes, &text.into());
    }
    for (column, value) in &listing.equal {
        put(&mut bytes, &column.name().into());
        put(&mut bytes, value);
    }
    if let Some(prefix) = &listing.prefix {
        put(&mut bytes, &"search".into());
        put(&mut bytes, &prefix.as_str().into());
    }
    let digest = Sha256::digest(&bytes);
    let mut first = [0; FINGERPRINT];
    first.copy_from_slice(&digest[..FINGERPRINT]);
    first
}

/// Writes a key so that no two lists of keys are written alike.
fn put(bytes: &mut Vec<u8>, key: &Key) {
    match key {
        Key::Integer(number) => bytes.extend(number.to_be_bytes()),
        Key::Id(id) => bytes.extend(id.as_bytes()),
        Key::Text(text) => {
            bytes.extend(u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
            bytes.extend(text.as_bytes());
        }
    }
}

/// Reads what [`put`] has written.
fn take(bytes: &mut &[u8], holds: Holds) -> Option<Key> {
    let mut cut = |length: usize| {
        let (cut, rest) = bytes.split_at_checked(length)?;
        *bytes = rest;
        Some(cut)
    };
    match holds {
        Holds::Integer => Some(Key::Integer(i64::from_be_bytes(cut(8)?.try_into().ok()?))),
        Holds::Id => Some(Key::Id(Uuid::from_slice(cut(16)?).ok()?)),
        Holds::Text => {
            let length = u32::from_be_bytes(cut(4)?.try_into().ok()?);
            let text = cut(usize::try_from(length).ok()?)?;
            Some(Key::Text(String::from_utf8(text.to_vec()).ok()?))
        }
    }
}
