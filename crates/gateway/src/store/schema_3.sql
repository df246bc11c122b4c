-- Keys with which devices sign assertions for the token service: uncompressed points of P-256.
CREATE TABLE token_keys (
    device TEXT PRIMARY KEY,
    point BLOB NOT NULL CHECK (length(point) = 65)
) STRICT, WITHOUT ROWID;

-- Assertions that were used: none is accepted twice. `jti` is its SHA-256; `until` in seconds.
CREATE TABLE assertions (
    client TEXT NOT NULL,
    jti BLOB NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (client, jti)
) STRICT, WITHOUT ROWID;
CREATE INDEX assertions_by_end ON assertions (until);

-- Access tokens that were given out, by their SHA-256; `certificate` is that of the only certificate it works with.
CREATE TABLE access_tokens (
    hash BLOB NOT NULL UNIQUE,
    client TEXT NOT NULL,
    scope TEXT NOT NULL,
    certificate BLOB,
    until INTEGER NOT NULL
) STRICT;
CREATE INDEX access_tokens_by_end ON access_tokens (until);
