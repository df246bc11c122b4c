-- What a database needs that is kept for years: counts of what never went out, where each destination began, and room made of what
-- nobody needs any more without anybody's being able to say that it never was.

-- Readings that were in no message to a destination, and why. Code 0: codes beyond the number that are told apart.
CREATE TABLE left_out (
    destination TEXT NOT NULL,
    code INTEGER NOT NULL,
    why TEXT NOT NULL,
    count INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (destination, code, why)
) STRICT, WITHOUT ROWID;

-- Where a destination began in a journal: entries up to `place` are none of its own. It never changes.
CREATE TABLE beginnings (
    destination TEXT NOT NULL,
    journal TEXT NOT NULL,
    -- As it was configured then: 'now', 'all' or a time.
    since TEXT NOT NULL,
    place INTEGER NOT NULL,
    time INTEGER NOT NULL,
    PRIMARY KEY (destination, journal)
) STRICT, WITHOUT ROWID;
-- Whether an association began before a destination did.
CREATE INDEX association_steps_of ON association_steps (association, id);
-- Until now every destination began with the first entry.
INSERT INTO beginnings SELECT destination, journal, 'all', 0, 0 FROM outbox;
INSERT INTO beginnings SELECT destination, 'charts', 'all', 0, 0 FROM charting WHERE true ON CONFLICT DO NOTHING;
-- So did one that is configured and was never reached; which those are, only the configuration says, at the first start.
CREATE TABLE unseen_before (mark INTEGER PRIMARY KEY) STRICT;
INSERT INTO unseen_before SELECT 1 WHERE EXISTS (SELECT 1 FROM batches);

-- How many refused messages were removed; `device` is '' where none was named.
CREATE TABLE refusals_removed (
    device TEXT NOT NULL,
    reason TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (device, reason)
) STRICT, WITHOUT ROWID;

-- Stretches of the audit log that lie in files: rows `first` to `last`, whose chain ends with `hash`. The log goes on after the newest of them.
CREATE TABLE audit_segments (
    last INTEGER PRIMARY KEY,
    first INTEGER NOT NULL UNIQUE,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    -- The file's name when it was written, and its SHA-256.
    file TEXT NOT NULL,
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    made INTEGER NOT NULL
) STRICT;
