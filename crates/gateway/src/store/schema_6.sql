-- Journals: what feeds send the entries of. A place in one means nothing in another.

-- How far each destination has got in a journal: every entry up to `place` was answered; none after `sending` was ever sent.
CREATE TABLE outbox_6 (
    destination TEXT NOT NULL,
    journal TEXT NOT NULL,
    place INTEGER NOT NULL,
    sending INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (destination, journal)
) STRICT, WITHOUT ROWID;
INSERT INTO outbox_6 (destination, journal, place, sending) SELECT destination, 'batches', batch, sending FROM outbox;
DROP TABLE outbox;
ALTER TABLE outbox_6 RENAME TO outbox;

CREATE TABLE letters_6 (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    destination TEXT NOT NULL,
    journal TEXT NOT NULL,
    place INTEGER NOT NULL,
    -- The message's place among those of its entry, from 0.
    part INTEGER NOT NULL,
    patient INTEGER,
    -- When the destination answered last, or when it was laid aside.
    time INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('lying', 'resend', 'delivered', 'dropped')),
    reason TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    -- The message as sent; none where nothing could be made of the entry.
    wire TEXT CHECK (wire IN ('hl7v2', 'fhir-r4')),
    message TEXT,
    -- The answer as it came.
    answer TEXT,
    -- What a person put in the message's place, and who.
    edited TEXT,
    edited_by TEXT,
    UNIQUE (destination, journal, place, part),
    CHECK ((wire IS NULL) = (message IS NULL)),
    CHECK ((edited IS NULL) = (edited_by IS NULL))
) STRICT;
INSERT INTO letters_6 SELECT id, destination, 'batches', batch, part, patient, time, state, reason, attempts, wire, message,
    answer, edited, edited_by FROM letters;
-- The row of the sequence went with the name.
UPDATE sqlite_sequence SET seq = (SELECT seq FROM sqlite_sequence WHERE name = 'letters') WHERE name = 'letters_6';
DROP TABLE letters;
ALTER TABLE letters_6 RENAME TO letters;
CREATE INDEX letters_by_state ON letters (destination, state, id);

-- What happened to associations, in the order of the commits: a journal. What was open before there was one began.
CREATE TABLE association_steps (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    association INTEGER NOT NULL REFERENCES associations (id),
    step TEXT NOT NULL,
    time INTEGER NOT NULL
) STRICT;
INSERT INTO association_steps (association, step, time)
SELECT id, 'begun', since FROM associations WHERE until IS NULL AND replaced IS NULL ORDER BY id;

-- How far the charting of a destination has got: every interval that ended before `horizon` has been charted from the rows up
-- to `done`; no row up to `open` has readings from `horizon` on.
CREATE TABLE charting (
    destination TEXT PRIMARY KEY,
    horizon INTEGER NOT NULL,
    done INTEGER NOT NULL,
    open INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What was charted and is on its way: a journal of each destination's own.
CREATE TABLE charts (
    destination TEXT NOT NULL,
    id INTEGER NOT NULL,
    patient INTEGER,
    device TEXT NOT NULL,
    -- When its interval began.
    slot INTEGER NOT NULL,
    -- It takes back what was another patient's.
    wrong INTEGER NOT NULL,
    -- What there is to send, or why there is nothing.
    message TEXT,
    reason TEXT,
    PRIMARY KEY (destination, id),
    CHECK ((message IS NULL) = (reason IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX charts_wrong ON charts (destination, patient, device, slot) WHERE wrong = 1;
