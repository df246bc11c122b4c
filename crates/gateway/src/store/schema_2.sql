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

-- Another number of the same person: all that is the other's is this one's (`merged`).
ALTER TABLE patients ADD COLUMN merged INTEGER REFERENCES patients (id);
CREATE INDEX patients_by_merged ON patients (merged) WHERE merged IS NOT NULL;

-- All numbers by which a patient is known; who gave one may not be known, and then stands as ''.
CREATE TABLE patient_identifiers (
    id TEXT NOT NULL,
    authority TEXT NOT NULL,
    kind TEXT NOT NULL,
    patient INTEGER NOT NULL REFERENCES patients (id),
    PRIMARY KEY (id, authority)
) STRICT, WITHOUT ROWID;
INSERT INTO patient_identifiers (id, authority, kind, patient) SELECT identifier, '', 'MR', id FROM patients;

CREATE TABLE encounters (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    patient INTEGER NOT NULL REFERENCES patients (id),
    -- The visit number and who gave it; NULL when the hospital sends none.
    number TEXT,
    authority TEXT NOT NULL,
    class TEXT NOT NULL,
    admitted INTEGER NOT NULL,
    discharged INTEGER,
    cancelled INTEGER
) STRICT;
CREATE INDEX encounters_by_patient ON encounters (patient, admitted);

-- Where a patient lay, one row a stretch. `place` is unit^room^bed^facility.
CREATE TABLE stays (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    encounter INTEGER NOT NULL REFERENCES encounters (id),
    place TEXT NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER
) STRICT;
CREATE INDEX stays_by_encounter ON stays (encounter, since);
CREATE INDEX stays_by_place ON stays (place, since);

-- Devices that belong to a place.
CREATE TABLE device_places (
    device INTEGER PRIMARY KEY REFERENCES devices (row),
    place TEXT NOT NULL
) STRICT;
CREATE INDEX device_places_by_place ON device_places (place);

-- Who said that a device is with a patient: 'hand', 'location' or 'message'; and, of a message, its own id for it.
ALTER TABLE associations ADD COLUMN origin TEXT NOT NULL DEFAULT 'hand';
ALTER TABLE associations ADD COLUMN reference TEXT;
-- The association that stands in this one's place, which was with the wrong patient.
ALTER TABLE associations ADD COLUMN replaced INTEGER REFERENCES associations (id);

-- What was said of a device and has yet to be confirmed by a person.
CREATE TABLE proposals (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    device INTEGER NOT NULL REFERENCES devices (row),
    patient INTEGER NOT NULL REFERENCES patients (id),
    bed TEXT NOT NULL,
    since INTEGER NOT NULL,
    source TEXT NOT NULL,
    reference TEXT NOT NULL,
    made INTEGER NOT NULL,
    decided INTEGER,
    decided_by TEXT,
    accepted INTEGER
) STRICT;

-- The name by which a device's messages speak of an alarm that it raised itself.
ALTER TABLE alarms ADD COLUMN reference TEXT;
CREATE UNIQUE INDEX alarms_by_reference ON alarms (reference) WHERE reference IS NOT NULL;

-- Messages without readings that were applied: admissions, associations, alarms. The same bytes are applied once.
CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL,
    received INTEGER NOT NULL,
    digest BLOB NOT NULL,
    bytes BLOB NOT NULL,
    UNIQUE (source, digest)
) STRICT;

-- How far a device's clock is from the gateway's, in microseconds: apart from the devices because it changes with every message.
CREATE TABLE device_clocks (
    device INTEGER PRIMARY KEY REFERENCES devices (row),
    count INTEGER NOT NULL,
    mean INTEGER NOT NULL,
    least INTEGER NOT NULL,
    most INTEGER NOT NULL
) STRICT;

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
    -- Where the clocks of the source are set, for stamps that do not say so.
    zone TEXT,
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
    CHECK ((source IS NULL) = (form IS NULL)),
    CHECK ((source IS NULL) = (zone IS NULL))
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
