-- What the journal is searched by. Records of before are searched by what their bodies say; they name no people.
ALTER TABLE journal ADD COLUMN kind TEXT NOT NULL DEFAULT '';
ALTER TABLE journal ADD COLUMN service_id TEXT;
ALTER TABLE journal ADD COLUMN received_at INTEGER NOT NULL DEFAULT 0;
UPDATE journal SET
  kind = json_extract(body, '$.kind'),
  service_id = json_extract(body, '$.service'),
  received_at = CAST(strftime('%s', json_extract(body, '$.received_at')) AS INTEGER) * 1000000000;
CREATE INDEX journal_received ON journal (received_at);

-- People by pseudonym: a keyed digest, see eush_pipeline::pseudonym.
CREATE TABLE journal_people (
  pseudonym TEXT NOT NULL,
  sequence  INTEGER NOT NULL REFERENCES journal (sequence) ON DELETE CASCADE,
  PRIMARY KEY (pseudonym, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX journal_people_sequence ON journal_people (sequence);

CREATE TABLE journal_calls (
  sequence   INTEGER NOT NULL REFERENCES journal (sequence) ON DELETE CASCADE,
  position   INTEGER NOT NULL,
  agency     TEXT NOT NULL,
  service_id TEXT NOT NULL,
  outcome    TEXT NOT NULL,
  decided_by TEXT NOT NULL,
  about      TEXT,
  PRIMARY KEY (sequence, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX journal_calls_agency ON journal_calls (agency, about);
INSERT INTO journal_calls (sequence, position, agency, service_id, outcome, decided_by, about)
SELECT journal.sequence, call.key, json_extract(call.value, '$.agency'), json_extract(call.value, '$.service'),
       json_extract(call.value, '$.outcome'), 'agency/' || json_extract(call.value, '$.agency'), NULL
FROM journal, json_each(journal.body, '$.calls') AS call;
