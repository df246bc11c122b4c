//! Rows of the token service: keys of devices' assertions, assertions used, access tokens given out.
//!
//! The first belong to the registry. Of the other two nothing secret is kept, only SHA-256 of a `jti` or token, and nothing
//! for longer than it could matter.

use rusqlite::OptionalExtension as _;
use seal::{DeviceId, VerifyingKey};

use super::{Reader, StoreError, Writer};
use crate::limits;
use crate::tokens::{Client, Grant, Scope};

impl Reader {
    /// The keys with which devices sign assertions.
    pub(crate) fn token_keys(&self) -> Result<Vec<VerifyingKey>, StoreError> {
        let mut statement = self.db.prepare("SELECT device, point FROM token_keys")?;
        let mut rows = statement.query([])?;
        let mut keys = Vec::new();
        while let Some(row) = rows.next()? {
            let (device, point): (String, [u8; 65]) = (row.get(0)?, row.get(1)?);
            let wrong = |what| StoreError::Value { what, value: device.clone() };
            let id: DeviceId = device.parse().map_err(|_| wrong("a device id"))?;
            keys.push(VerifyingKey::from_sec1_point(id, &point).map_err(|_| wrong("a token key"))?);
        }
        Ok(keys)
    }

    /// The access tokens that still work at `now` (seconds), by their hash.
    pub(crate) fn access_tokens(&self, now: i64) -> Result<Vec<([u8; 32], Grant)>, StoreError> {
        let sql = "SELECT hash, client, scope, certificate, until FROM access_tokens WHERE until > ?1";
        let mut statement = self.db.prepare(sql)?;
        let mut rows = statement.query([now])?;
        let mut tokens = Vec::new();
        while let Some(row) = rows.next()? {
            let (client, scope): (String, String) = (row.get(1)?, row.get(2)?);
            let wrong = |what, value: &String| StoreError::Value { what, value: value.clone() };
            let grant = Grant {
                client: Client::parse(&client).ok_or_else(|| wrong("a client", &client))?,
                scope: Scope::of(&scope).ok_or_else(|| wrong("a scope", &scope))?,
                certificate: row.get(3)?,
                until: row.get(4)?,
            };
            tokens.push((row.get(0)?, grant));
        }
        Ok(tokens)
    }
}

impl Writer<'_> {
    /// Sets the key with which a device signs assertions.
    pub(crate) fn put_token_key(&mut self, device: &DeviceId, point: &[u8; 65]) -> Result<(), StoreError> {
        let sql = "INSERT INTO token_keys (device, point) VALUES (?1, ?2) \
                   ON CONFLICT (device) DO UPDATE SET point = ?2";
        self.db.prepare_cached(sql)?.execute((device.as_str(), point))?;
        self.registry_changed = true;
        Ok(())
    }

    /// Notes that an assertion was used and until when (seconds) it must be known; `false` when it was used before.
    pub(crate) fn use_assertion(
        &mut self,
        client: &Client,
        jti: &[u8; 32],
        until: i64,
        now: i64,
    ) -> Result<bool, StoreError> {
        self.db.prepare_cached("DELETE FROM assertions WHERE until <= ?1")?.execute([now])?;
        let sql = "INSERT INTO assertions (client, jti, until) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING \
                   RETURNING 1";
        let mut statement = self.db.prepare_cached(sql)?;
        let row: Option<i64> =
            statement.query_row((client.to_string(), jti, until), |row| row.get(0)).optional()?;
        Ok(row.is_some())
    }

    /// Writes a token's hash down; gives the hashes of those forgotten for it, so that a client has few.
    pub(crate) fn add_access_token(
        &mut self,
        hash: &[u8; 32],
        grant: &Grant,
        now: i64,
    ) -> Result<Vec<[u8; 32]>, StoreError> {
        self.db.prepare_cached("DELETE FROM access_tokens WHERE until <= ?1")?.execute([now])?;
        let sql = "INSERT INTO access_tokens (hash, client, scope, certificate, until) \
                   VALUES (?1, ?2, ?3, ?4, ?5)";
        let client = grant.client.to_string();
        let row = (hash, &client, grant.scope.as_str(), grant.certificate, grant.until);
        self.db.prepare_cached(sql)?.execute(row)?;
        let sql = "DELETE FROM access_tokens WHERE client = ?1 AND scope = ?2 AND rowid NOT IN \
                   (SELECT rowid FROM access_tokens WHERE client = ?1 AND scope = ?2 \
                    ORDER BY rowid DESC LIMIT ?3) RETURNING hash";
        let mut statement = self.db.prepare_cached(sql)?;
        let most = i64::try_from(limits::TOKENS_PER_CLIENT).unwrap_or(i64::MAX);
        let rows = statement.query_map((&client, grant.scope.as_str(), most), |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
