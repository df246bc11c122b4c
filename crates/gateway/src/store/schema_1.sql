CREATE TABLE makers (
    id INTEGER PRIMARY KEY,
    certificate BLOB NOT NULL UNIQUE,
    added INTEGER NOT NULL
) STRICT;

CREATE TABLE devices (
    row INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    seal_key BLOB NOT NULL,
    seal_certificate BLOB NOT NULL,
    tls_certificate BLOB NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('active', 'revoked')),
    enrolled INTEGER NOT NULL
) STRICT;

-- The end of each device's chain, apart from the devices because it changes with every batch.
CREATE TABLE heads (
    device INTEGER PRIMARY KEY REFERENCES devices (row),
    counter INTEGER NOT NULL,
    hash BLOB NOT NULL
) STRICT;

-- Seals declared lost: counters `first` to `last` of a device will never come.
CREATE TABLE gaps (
    device INTEGER NOT NULL REFERENCES devices (row),
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    accepted INTEGER NOT NULL,
    actor TEXT NOT NULL,
    PRIMARY KEY (device, first)
) STRICT, WITHOUT ROWID;

CREATE TABLE patients (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    identifier TEXT NOT NULL UNIQUE,
    family TEXT NOT NULL,
    given TEXT NOT NULL,
    born TEXT,
    sex TEXT NOT NULL CHECK (sex IN ('female', 'male', 'other', 'unknown'))
) STRICT;

CREATE TABLE associations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    device INTEGER NOT NULL REFERENCES devices (row),
    patient INTEGER NOT NULL REFERENCES patients (id),
    bed TEXT NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER
) STRICT;
CREATE INDEX associations_by_device ON associations (device, since);
CREATE INDEX associations_by_patient ON associations (patient, since);

CREATE TABLE batches (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    device INTEGER NOT NULL REFERENCES devices (row),
    patient INTEGER REFERENCES patients (id),
    association INTEGER REFERENCES associations (id),
    counter INTEGER NOT NULL,
    time INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    received INTEGER NOT NULL,
    hash BLOB NOT NULL,
    sealed BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX batches_by_counter ON batches (device, counter);
CREATE INDEX batches_by_patient ON batches (patient, time) WHERE patient IS NOT NULL;

-- What was refused; `bytes` is the quarantine.
CREATE TABLE refusals (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time INTEGER NOT NULL,
    reason TEXT NOT NULL,
    device TEXT,
    counter INTEGER,
    source TEXT NOT NULL,
    detail TEXT NOT NULL,
    length INTEGER NOT NULL,
    bytes BLOB
) STRICT;

CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    time INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    outcome TEXT NOT NULL,
    detail TEXT NOT NULL,
    hash BLOB NOT NULL
) STRICT;

CREATE TABLE alarms (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    priority TEXT NOT NULL,
    device TEXT NOT NULL,
    patient INTEGER,
    code INTEGER,
    text TEXT NOT NULL,
    raised INTEGER NOT NULL,
    cleared INTEGER,
    acknowledged INTEGER,
    acknowledged_by TEXT
) STRICT;
CREATE INDEX alarms_active ON alarms (id) WHERE cleared IS NULL OR acknowledged IS NULL;

-- How far each destination has got: every batch up to `batch` was answered; none after `sending` was ever sent.
CREATE TABLE outbox (
    destination TEXT PRIMARY KEY,
    batch INTEGER NOT NULL,
    sending INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE dead_letters (
    destination TEXT NOT NULL,
    batch INTEGER NOT NULL,
    time INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (destination, batch)
) STRICT, WITHOUT ROWID;
