CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

-- Instants are nanoseconds since 1970 on the virtual clock.
CREATE TABLE applications (
  id        TEXT PRIMARY KEY,
  owner     TEXT NOT NULL,
  applicant TEXT,
  opened_at INTEGER NOT NULL,
  due_at    INTEGER,
  body      TEXT NOT NULL
) STRICT;
CREATE INDEX applications_due ON applications (due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX applications_applicant ON applications (owner, applicant, opened_at);

CREATE TABLE messages (
  id         TEXT PRIMARY KEY,
  unanswered INTEGER NOT NULL,
  body       TEXT NOT NULL
) STRICT;
CREATE INDEX messages_unanswered ON messages (unanswered) WHERE unanswered = 1;

CREATE TABLE documents (
  message_id   TEXT PRIMARY KEY,
  content      BLOB NOT NULL,
  content_type TEXT NOT NULL,
  signature    BLOB NOT NULL
) STRICT;

CREATE TABLE journal (
  sequence       INTEGER PRIMARY KEY AUTOINCREMENT,
  message_id     TEXT NOT NULL,
  sender_id      TEXT NOT NULL,
  application_id TEXT,
  reason         TEXT NOT NULL,
  body           TEXT NOT NULL
) STRICT;
CREATE INDEX journal_message ON journal (message_id);
CREATE INDEX journal_application ON journal (application_id) WHERE application_id IS NOT NULL;
CREATE INDEX journal_reason ON journal (reason) WHERE reason <> '';
