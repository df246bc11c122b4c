-- Dead letters that a person can read, put right and send again: one row a message, where there was one row a batch and
-- nothing but the reason.

CREATE TABLE letters (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    destination TEXT NOT NULL,
    batch INTEGER NOT NULL,
    -- The message's place among those of its batch, from 0.
    part INTEGER NOT NULL,
    patient INTEGER,
    -- When the destination answered last, or when it was laid aside.
    time INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('lying', 'resend', 'delivered', 'dropped')),
    reason TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    -- The message as sent; none where nothing could be made of the batch.
    wire TEXT CHECK (wire IN ('hl7v2', 'fhir-r4')),
    message TEXT,
    -- The answer as it came.
    answer TEXT,
    -- What a person put in the message's place, and who.
    edited TEXT,
    edited_by TEXT,
    UNIQUE (destination, batch, part),
    CHECK ((wire IS NULL) = (message IS NULL)),
    CHECK ((edited IS NULL) = (edited_by IS NULL))
) STRICT;
CREATE INDEX letters_by_state ON letters (destination, state, id);
INSERT INTO letters (destination, batch, part, patient, time, state, reason, attempts)
SELECT destination, batch, 0, (SELECT patient FROM batches WHERE batches.id = dead_letters.batch), time, 'lying', reason, 1
FROM dead_letters ORDER BY batch;
DROP TABLE dead_letters;
