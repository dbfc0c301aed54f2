-- One text for SQLite and Postgres: TEXT and BIGINT only. Times are milliseconds since 1970,
-- flags are 0 or 1, identifiers are UUIDs in lower case.

-- Numbers that are given out one after the other.
CREATE TABLE counters (
    name  TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO counters (name, value) VALUES ('accounts', 0);

-- A keyed hash by which a server knows that its secrets are those of this database.
CREATE TABLE secrets_check (
    id    BIGINT PRIMARY KEY,         -- 1: there is one row
    value TEXT NOT NULL
);

-- One row an account. A deleted account keeps its number, id, username and statements, so that
-- old letters still open and nobody is given the username again; its e-mail address is free.
CREATE TABLE accounts (
    no               BIGINT PRIMARY KEY,
    id               TEXT NOT NULL UNIQUE,
    username         TEXT NOT NULL UNIQUE,
    email            TEXT UNIQUE,
    password_hash    TEXT NOT NULL,   -- Argon2id, PHC string
    is_staff         BIGINT NOT NULL,
    is_active        BIGINT NOT NULL,
    created_at       BIGINT NOT NULL,
    wrapped_keys     TEXT,            -- compact JWE under the password
    recovery_hash    TEXT,            -- SHA-256 of the recovery secret
    recovery_wrapped TEXT,            -- compact JWE under the recovery code
    recovery_grant   TEXT,            -- which recovery token is good, once
    file_bytes       BIGINT NOT NULL, -- what the account's files take, reserved at creation
    message_bytes    BIGINT NOT NULL  -- what the messages take that it sent: envelopes and copies
);

-- The key history: statement 0, 1, 2 … of an account, each a JWS in general JSON serialization.
CREATE TABLE statements (
    account BIGINT NOT NULL,
    seq     BIGINT NOT NULL,
    jws     TEXT NOT NULL,
    PRIMARY KEY (account, seq)
);

-- Every key that a statement publishes, by thumbprint: none serves two accounts or two purposes.
CREATE TABLE key_ids (
    kid     TEXT PRIMARY KEY,
    account BIGINT NOT NULL,
    seq     BIGINT NOT NULL
);

-- A sign-in on a device. `generation` counts refresh tokens: the current one was issued at
-- `rotated_at`, and it or its access token was first used at `confirmed_at`.
CREATE TABLE sessions (
    id           TEXT PRIMARY KEY,
    account      BIGINT NOT NULL,
    generation   BIGINT NOT NULL,
    rotated_at   BIGINT NOT NULL,
    confirmed_at BIGINT,
    label        TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    used_at      BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL
);
CREATE INDEX sessions_by_account ON sessions (account);

-- The networks that an account has signed in from, by their keyed hash: guessing elsewhere does not
-- slow them down.
CREATE TABLE networks (
    account BIGINT NOT NULL,
    network TEXT NOT NULL,
    used_at BIGINT NOT NULL,
    PRIMARY KEY (account, network)
);

-- One row an account, apart from `accounts` because sending locks it. `last_seq` numbers the
-- entries without a gap, in commit order; `version` counts reads, deletions and key changes.
CREATE TABLE mailboxes (
    account   BIGINT PRIMARY KEY,
    enc_kid   TEXT,                   -- the current encryption key, null without keys
    is_active BIGINT NOT NULL,
    last_seq  BIGINT NOT NULL,
    version   BIGINT NOT NULL
);

-- A conversation is an exact set of participants; it never changes.
CREATE TABLE conversations (
    id                TEXT PRIMARY KEY,
    participants_hash TEXT NOT NULL UNIQUE,
    participants      TEXT NOT NULL,  -- JSON: [{"id", "username"}] by account number
    size              BIGINT NOT NULL
);

-- What a participant sees of a conversation.
CREATE TABLE threads (
    account      BIGINT NOT NULL,
    conversation TEXT NOT NULL,
    last_seq     BIGINT NOT NULL,
    read_seq     BIGINT NOT NULL,
    unread       BIGINT NOT NULL,
    PRIMARY KEY (account, conversation)
);
CREATE INDEX threads_by_last_seq ON threads (account, last_seq);

-- A sealed message, stored once. The row outlives the envelope, so that sending stays
-- idempotent. `copies` counts the entries that show it.
CREATE TABLE messages (
    id           TEXT PRIMARY KEY,
    sender       BIGINT NOT NULL,
    conversation TEXT NOT NULL,
    body_hash    TEXT NOT NULL,       -- SHA-256 of the request
    content_type TEXT NOT NULL,
    file_id      TEXT,
    sent_at      BIGINT NOT NULL,
    copies       BIGINT NOT NULL,
    size         BIGINT NOT NULL,     -- bytes of the envelope
    envelope     TEXT                 -- null once every participant has deleted it
);
CREATE INDEX messages_by_file ON messages (file_id);

-- The mailbox of every participant, the sender included. A deleted entry keeps its seq and
-- loses its message.
CREATE TABLE entries (
    account      BIGINT NOT NULL,
    seq          BIGINT NOT NULL,
    message_id   TEXT,
    conversation TEXT NOT NULL,
    PRIMARY KEY (account, seq),
    UNIQUE (account, message_id)
);
CREATE INDEX entries_by_conversation ON entries (account, conversation, seq);

-- A sealed file. `state`: 0 receiving, 1 complete, 2 being removed. `refs` counts the messages
-- that name it; without any it goes at `expires_at`.
CREATE TABLE files (
    id         TEXT PRIMARY KEY,
    owner      BIGINT NOT NULL,
    size       BIGINT NOT NULL,
    received   BIGINT NOT NULL,
    state      BIGINT NOT NULL,
    refs       BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX files_by_expiry ON files (refs, expires_at);
CREATE INDEX files_by_owner ON files (owner, id);

-- Where a file's bytes lie, in parts that were durable when acknowledged.
CREATE TABLE file_parts (
    file_id    TEXT NOT NULL,
    start_at   BIGINT NOT NULL,
    size       BIGINT NOT NULL,
    object_key TEXT NOT NULL,
    PRIMARY KEY (file_id, start_at)
);
