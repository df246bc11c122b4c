-- Limits of alarms that people set, what they chose and saw of a patient, and the life of every alarm step by step.

-- A limit that a person set: of a profile, or of one patient. A row is changed only to end it, so that who set what and when stays.
CREATE TABLE alarm_limits (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    profile TEXT,
    patient INTEGER REFERENCES patients (id),
    code INTEGER NOT NULL,
    -- Neither: no limit, on purpose.
    low REAL,
    high REAL,
    priority TEXT NOT NULL,
    since INTEGER NOT NULL,
    set_by TEXT NOT NULL,
    until INTEGER,
    ended_by TEXT,
    CHECK ((profile IS NULL) <> (patient IS NULL)),
    CHECK ((until IS NULL) = (ended_by IS NULL))
) STRICT;
CREATE UNIQUE INDEX alarm_limits_of_profile ON alarm_limits (profile, code) WHERE until IS NULL AND profile IS NOT NULL;
CREATE UNIQUE INDEX alarm_limits_of_patient ON alarm_limits (patient, code) WHERE until IS NULL AND patient IS NOT NULL;

-- By which profile a patient is watched, and on which scale of NEWS2 the saturation counts, as a person chose.
CREATE TABLE alarm_choices (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    patient INTEGER NOT NULL REFERENCES patients (id),
    profile TEXT NOT NULL,
    spo2_scale INTEGER NOT NULL CHECK (spo2_scale IN (1, 2)),
    since INTEGER NOT NULL,
    set_by TEXT NOT NULL,
    until INTEGER,
    ended_by TEXT,
    CHECK ((until IS NULL) = (ended_by IS NULL))
) STRICT;
CREATE UNIQUE INDEX alarm_choices_of_patient ON alarm_choices (patient) WHERE until IS NULL;

-- What a person saw of a patient and entered for the score: 'oxygen' or 'consciousness'. Nothing is ever taken out.
CREATE TABLE seen (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    patient INTEGER NOT NULL REFERENCES patients (id),
    parameter TEXT NOT NULL,
    value TEXT NOT NULL,
    time INTEGER NOT NULL,
    seen_by TEXT NOT NULL
) STRICT;
CREATE INDEX seen_of_patient ON seen (patient, parameter, id);

-- The last value of each parameter of the score, written at intervals: after a restart, a pressure taken half an hour ago still counts.
CREATE TABLE score_inputs (
    patient INTEGER NOT NULL REFERENCES patients (id),
    parameter TEXT NOT NULL,
    value TEXT NOT NULL,
    time INTEGER NOT NULL,
    -- The device, or who entered it.
    origin TEXT NOT NULL,
    staged INTEGER NOT NULL,
    PRIMARY KEY (patient, parameter)
) STRICT, WITHOUT ROWID;

-- Whether an alarm stays when its condition has gone, until somebody acknowledges it. Before, all did.
ALTER TABLE alarms ADD COLUMN latching INTEGER NOT NULL DEFAULT 1;
-- Whether it is of simulated readings.
ALTER TABLE alarms ADD COLUMN staged INTEGER NOT NULL DEFAULT 0;
-- Whom it calls, how often it has moved on to others, and since when it has called the present ones.
ALTER TABLE alarms ADD COLUMN recipients TEXT NOT NULL DEFAULT '';
ALTER TABLE alarms ADD COLUMN level INTEGER NOT NULL DEFAULT 0;
ALTER TABLE alarms ADD COLUMN calling INTEGER NOT NULL DEFAULT 0;
-- Its priority before it moved on.
ALTER TABLE alarms ADD COLUMN raised_priority TEXT NOT NULL DEFAULT 'medium';
-- The value that it is about, as measured, and the limits then in force.
ALTER TABLE alarms ADD COLUMN value TEXT;
ALTER TABLE alarms ADD COLUMN unit TEXT;
ALTER TABLE alarms ADD COLUMN low REAL;
ALTER TABLE alarms ADD COLUMN high REAL;
UPDATE alarms SET calling = raised, raised_priority = priority;
DROP INDEX alarms_active;
CREATE INDEX alarms_active ON alarms (id) WHERE cleared IS NULL OR (latching = 1 AND acknowledged IS NULL);

-- What happened to alarms, in the order in which it was stored; streams and feeds go by it. The alarm as it was after the step.
CREATE TABLE alarm_steps (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    alarm INTEGER NOT NULL REFERENCES alarms (id),
    time INTEGER NOT NULL,
    step TEXT NOT NULL,
    priority TEXT NOT NULL,
    recipients TEXT NOT NULL,
    text TEXT NOT NULL,
    holds INTEGER NOT NULL,
    acknowledged INTEGER NOT NULL,
    -- Who, where a person or a device did it.
    actor TEXT,
    value TEXT,
    unit TEXT,
    low REAL,
    high REAL
) STRICT;
CREATE INDEX alarm_steps_of_alarm ON alarm_steps (alarm, id);
