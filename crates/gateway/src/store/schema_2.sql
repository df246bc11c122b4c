-- Devices without a seal, rows without a seal, and rows that take another's place. SQLite cannot take NOT NULL back, so
-- both tables are made anew; the references of the others are by name and stay.

CREATE TABLE devices_2 (
    row INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    seal_key BLOB,
    seal_certificate BLOB,
    tls_certificate BLOB,
    -- The source that speaks for it; what vouches for a device is either its seal or its source.
    source TEXT,
    status TEXT NOT NULL CHECK (status IN ('active', 'revoked')),
    enrolled INTEGER NOT NULL,
    CHECK ((seal_key IS NULL) = (source IS NOT NULL)),
    CHECK ((seal_certificate IS NULL) = (source IS NOT NULL)),
    CHECK ((tls_certificate IS NULL) = (source IS NOT NULL))
) STRICT;
INSERT INTO devices_2 (row, id, seal_key, seal_certificate, tls_certificate, status, enrolled)
SELECT row, id, seal_key, seal_certificate, tls_certificate, status, enrolled FROM devices;
DROP TABLE devices;
ALTER TABLE devices_2 RENAME TO devices;

-- The source of a refused message that names no device.
ALTER TABLE refusals ADD COLUMN origin TEXT;

-- A row holds what a device sent under its seal (`counter`), what a source delivered without one (`source`, `form`), or
-- that the readings of an earlier row are another patient's (`corrects`: never a row that corrects one itself).
-- `replaced` is the last row that corrects this one.
CREATE TABLE batches_2 (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    device INTEGER NOT NULL REFERENCES devices (row),
    patient INTEGER REFERENCES patients (id),
    association INTEGER REFERENCES associations (id),
    counter INTEGER,
    source TEXT,
    form TEXT,
    corrects INTEGER REFERENCES batches (id),
    replaced INTEGER REFERENCES batches (id),
    time INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    received INTEGER NOT NULL,
    -- SHA-256 of the seal, or of the bytes where there is none; of a row that corrects, that of the corrected.
    hash BLOB NOT NULL,
    -- As received; empty in a row that corrects.
    bytes BLOB NOT NULL,
    CHECK ((counter IS NOT NULL) + (source IS NOT NULL) + (corrects IS NOT NULL) = 1),
    CHECK ((source IS NULL) = (form IS NULL))
) STRICT;
INSERT INTO batches_2 (id, device, patient, association, counter, time, first, last, received, hash, bytes)
SELECT id, device, patient, association, counter, time, first, last, received, hash, sealed FROM batches;
-- The row of the sequence went with the name.
UPDATE sqlite_sequence SET seq = (SELECT seq FROM sqlite_sequence WHERE name = 'batches') WHERE name = 'batches_2';
DROP TABLE batches;
ALTER TABLE batches_2 RENAME TO batches;
CREATE UNIQUE INDEX batches_by_counter ON batches (device, counter);
CREATE INDEX batches_by_patient ON batches (patient, time) WHERE patient IS NOT NULL;
CREATE INDEX batches_by_time ON batches (device, time);
CREATE UNIQUE INDEX batches_by_digest ON batches (source, hash) WHERE source IS NOT NULL;
CREATE INDEX batches_by_correction ON batches (corrects) WHERE corrects IS NOT NULL;
