//! Every hard limit of the gateway, in one place.

use std::time::Duration;

/// Largest sealed batch accepted, in bytes: the batch's 256 KiB (docs/formats.md, "Batch") and its seal.
pub const SEALED_BATCH_BYTES: usize = 256 * 1024 + 1024;

/// Largest MQTT packet accepted: a sealed batch, its topic and the packet's properties.
pub const MQTT_PACKET_BYTES: usize = SEALED_BATCH_BYTES + 1024;

/// Unacknowledged PUBLISH packets a device may have under way (MQTT 5.0 section 3.1.2.11.3, Receive Maximum).
pub const MQTT_IN_FLIGHT: u16 = 64;

/// Messages waiting for one verifying worker; a full queue makes the source wait, and so the device.
pub const VERIFY_QUEUE: usize = 256;

/// Jobs waiting for the committer.
pub const COMMIT_QUEUE: usize = 1024;

/// Most jobs one transaction takes.
pub const COMMIT_GROUP: usize = 1024;

/// Pages (of 4 KiB) of the database's log after which it is copied into the database.
pub const LOG_PAGES: i64 = 4096;

/// Memory for the committer's pages of the database, in KiB.
pub const CACHE_KIB: i64 = 16 * 1024;

/// Events a slow listener of the live feed may lie behind before it misses some.
pub const LIVE_FEED: usize = 4096;

/// Rows one page of a listing holds at most.
pub const PAGE_ROWS: usize = 1000;

/// How long a graceful stop waits for what is under way.
pub const DRAIN: Duration = Duration::from_secs(10);

/// How far into the future a batch's time may lie when nothing else is configured.
pub const CLOCK_AHEAD: Duration = Duration::from_secs(60);

/// How far into the past: a device may spool through a long outage.
pub const CLOCK_BEHIND: Duration = Duration::from_secs(30 * 24 * 3600);

/// Connections that read the store at a time.
pub const READERS: usize = 8;

/// HTTPS connections at a time.
pub const HTTPS_CONNECTIONS: usize = 1024;

/// HTTPS connections from one address at a time; a ward behind one proxy shares it.
pub const HTTPS_CONNECTIONS_PER_ADDRESS: usize = 128;

/// How long a TLS handshake may take.
pub const HTTPS_HANDSHAKE: Duration = Duration::from_secs(10);

/// How long a request's head may take to arrive, and a connection may lie idle between requests.
pub const HTTP_HEADER_TIME: Duration = Duration::from_secs(20);

/// Largest head of a request, in bytes.
pub const HTTP_HEADER_BYTES: usize = 16 * 1024;

/// Most header fields of a request.
pub const HTTP_HEADERS: usize = 64;

/// Largest body of a request, in bytes: the API takes none, forms hold one token.
pub const HTTP_BODY_BYTES: usize = 16 * 1024;

/// Largest message that a person puts in a refused one's place, in bytes: the longest that is sent.
pub const HTTP_MESSAGE_BYTES: usize = 1024 * 1024;

/// Bytes of what came without a seal that a page shows at most.
pub const HTTP_ORIGINAL: usize = 64 * 1024;

/// Longest name of a user, reason or the like that a request brings, in bytes.
pub const HTTP_WORDS: usize = 500;

/// Of those whom a way in turned away, so many are shown with the reason; the audit log holds all.
pub const ROSTER_TURNED: usize = 8;

/// Most people that a search lists: whoever looks for one among more types another letter.
pub const FOUND_PEOPLE: usize = 20;

/// From a request's head to its answer's.
pub const HTTP_REQUEST: Duration = Duration::from_secs(30);

/// How long a peer may leave what is sent to it unread.
pub const HTTP_STALL: Duration = Duration::from_secs(20);

/// Connections that the system keeps for a listener until they are accepted. Linux gives no more than `net.core.somaxconn` says, usually 4096.
pub const ACCEPT_QUEUE: u32 = 4096;

/// How often the files of our own certificates are looked at.
pub const CERTIFICATE_LOOK: Duration = Duration::from_secs(5);

/// How long before its end a certificate is spoken of, and how often it is.
pub const CERTIFICATE_SOON: (Duration, Duration) =
    (Duration::from_secs(30 * 24 * 3600), Duration::from_secs(24 * 3600));

/// The pause after a connection could not be accepted.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How long a sign-in link works.
pub const LINK_LIFE: Duration = Duration::from_secs(15 * 60);

/// How long a session lasts: one shift.
pub const SESSION_LIFE: Duration = Duration::from_secs(12 * 3600);

/// Open links, sessions and tokens, of each at most so many.
pub const OPEN_SESSIONS: usize = 1024;

/// Failed sign-ins of one address within [`SIGN_IN_WINDOW`] before it must wait.
pub const SIGN_IN_FAILURES: u32 = 10;

/// See [`SIGN_IN_FAILURES`].
pub const SIGN_IN_WINDOW: Duration = Duration::from_secs(60);

/// Addresses whose failures are counted at a time.
pub const SIGN_IN_ADDRESSES: usize = 4096;

/// A look at patient data that goes on is noted again after this time.
pub const READ_NOTED: Duration = Duration::from_secs(5 * 60);

/// Rows on one page of the API's listings.
pub const API_PAGE: usize = 50;

/// Batches read at a time for an exported record.
pub const RECORD_PAGE: usize = 200;

/// Requests under way that read many batches: trends and exports.
pub const HEAVY_REQUESTS: usize = 4;

/// Longest range of a trend, in minutes.
pub const TREND_MINUTES: u32 = 24 * 60;

/// Buckets of a trend, whatever its range.
pub const TREND_BUCKETS: i64 = 240;

/// Frames of the live stream a browser may lie behind before it is dropped.
pub const LIVE_FRAMES: usize = 1024;

/// How often the live stream tells how far the destinations have got.
pub const LIVE_TICK: Duration = Duration::from_secs(1);

/// How long after a change of who lies where the ward is read anew.
pub const LIVE_RELOAD: Duration = Duration::from_millis(100);

/// Refused messages told one by one in a [`LIVE_TICK`]; of more only the counts are told.
pub const LIVE_REFUSALS: u32 = 20;

/// How often the live stream says that it lives.
pub const LIVE_BEAT: Duration = Duration::from_secs(2);

/// A device that has sent nothing for this long is shown as silent.
pub const SILENT_AFTER: Duration = Duration::from_secs(5);

/// How long a refusal stays on a bed's seal.
pub const REFUSAL_SHOWN: Duration = Duration::from_secs(10);

/// A destination that batches wait for and that has not answered for this long is shown as behind.
pub const DELIVERY_QUIET: Duration = Duration::from_secs(5);

/// Refused connections of one address that are audited singly within [`FLOOD_WINDOW`].
pub const FLOOD_ROWS: u32 = 20;

/// See [`FLOOD_ROWS`].
pub const FLOOD_WINDOW: Duration = Duration::from_secs(60);

/// Addresses remembered before those quiet for [`FLOOD_WINDOW`] are forgotten.
pub const FLOOD_ADDRESSES: usize = 4096;

/// Refused messages in a row before a device's connection is ended.
pub const REFUSALS: u32 = 100;

/// How long a device may take to accept what is sent to it.
pub const MQTT_WRITE: Duration = Duration::from_secs(10);

/// How much longer than the longest keep-alive a 3.1.1 device may be quiet that asked for none: MQTT 3.1.1 has no way to
/// tell it of one (section 3.1.2.10).
pub const MQTT_QUIET_FACTOR: u32 = 10;

/// Bytes read from a connection at a time.
pub const READ_BYTES: usize = 16 * 1024;

/// Entries of its journal that a feed reads from the store at a time.
pub const FEED_PAGE: usize = 256;

/// Rows of one interval that are looked at in one step of charting.
pub const CHART_ROWS: usize = 8192;

/// Charts of a destination that wait before no more are made: the rows wait in the store as well.
pub const CHARTS_WAITING: i64 = 4096;

/// Rows that are removed in one transaction, so that messages to be stored do not wait for it long.
pub const REMOVED_ROWS: usize = 2000;

/// How often it is looked for what may be removed.
pub const RETENTION_TICK: Duration = Duration::from_secs(3600);

/// How much of the audit log becomes one file when it is archived by itself.
pub const AUDIT_SEGMENT: Duration = Duration::from_secs(30 * 24 * 3600);

/// Codes that are told apart for a destination among those of readings that it was not sent; codes are what senders say, so there may be any number.
pub const LEFT_OUT_TERMS: usize = 256;

/// How long after it was received a reading may claim to be measured and still be charted.
pub const CHART_AHEAD: Duration = Duration::from_secs(3600);

/// How often it is looked whether there is something to chart.
pub const CHART_TICK: Duration = Duration::from_secs(1);

/// Most messages of a feed that may be under way without an answer.
pub const FEED_IN_FLIGHT: usize = 64;

/// How long a feed waits for an answer before it connects anew and sends again.
pub const FEED_ANSWER: Duration = Duration::from_secs(30);

/// How long a feed waits for a connection, its TLS handshake included.
pub const FEED_CONNECT: Duration = Duration::from_secs(10);

/// First and longest pause between attempts to connect to a destination or a broker.
pub const CONNECT_PAUSE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(30));

/// A connection that lasted so long was a sound one: the next attempt follows soon.
pub const CONNECT_STEADY: Duration = Duration::from_secs(5);

/// Longest answer that a feed reads.
pub const FEED_ANSWER_BYTES: usize = 64 * 1024;

/// Longest reply of a FHIR server that a feed reads: a transaction's answer has an entry for each of the request's.
pub const FEED_REPLY_BYTES: usize = 4 * 1024 * 1024;

/// How long an assertion for an access token holds (SMART App Launch 2.2: five minutes at most).
pub const FEED_ASSERTION_LIFE: Duration = Duration::from_secs(4 * 60);

/// How long an access token works whose giver does not say: as SMART recommends at most.
pub const FEED_TOKEN_LIFE: Duration = Duration::from_secs(300);

/// How long before its end an access token is not used any more.
pub const FEED_TOKEN_MARGIN: Duration = Duration::from_secs(20);

/// How long an access token is used at most, however long its giver says that it works: a day.
pub const FEED_TOKEN_LONGEST: Duration = Duration::from_secs(86_400);

/// Letters that a feed sends again at a time, before it goes on with new rows.
pub const FEED_LETTERS: usize = 64;

/// Longest time that a feed leaves a destination alone because it asked for it.
pub const FEED_LONGEST_WAIT: Duration = Duration::from_secs(10 * 60);

/// Readings older than this on arrival raise no alarm: they tell how somebody was, not how they are.
pub const ALARM_FRESH: Duration = Duration::from_secs(60);

/// How long a stream of alarms lasts before its client asks anew.
pub const ALARM_STREAM: Duration = Duration::from_secs(10 * 60);

/// Steps of alarms that a stream reads at a time.
pub const ALARM_STREAM_STEPS: usize = 100;

/// How often silent devices are looked for.
pub const ALARM_TICK: Duration = Duration::from_secs(1);

/// How long a device's messages are looked at before its clock is judged, and how many there must be.
pub const CLOCK_WINDOW: Duration = Duration::from_secs(60);

/// See [`CLOCK_WINDOW`].
pub const CLOCK_MESSAGES: u32 = 5;

/// Within how much of each other messages must be off for their device's clock to be the reason, and not their way.
pub const CLOCK_STEADY: Duration = Duration::from_secs(10);

/// How often an early-warning score is counted.
pub const SCORE_EVERY: Duration = Duration::from_secs(5);

/// How often the words of a score's alarm follow it while its priority stays.
pub const SCORE_WORDS: Duration = Duration::from_secs(60);

/// How often the sums that tell how far a device's clock is off are written: a crash loses what the last of them counted, the times of
/// the rows themselves never.
pub const SKEW_WRITTEN: Duration = Duration::from_secs(1);

/// How often what a score counts is written for the next start.
pub const SCORE_KEPT: Duration = Duration::from_secs(60);

/// Messages of a source's device by which a start learns how regularly it sends.
pub const RHYTHM_MESSAGES: usize = 8;

/// Resources on one page of a FHIR search when the request does not say, and at most.
pub const FHIR_COUNT: (usize, usize) = (50, 500);

/// Batches that one FHIR search reads at most; what it has found by then is its page.
pub const FHIR_SCAN: usize = 2000;

/// How far a reading may lie from its batch's time and still be found by its own time; one that lies farther is found by its batch's.
pub const FHIR_SPREAD: Duration = Duration::from_secs(3600);

/// Alternatives (`a,b,c`) in one FHIR search parameter.
pub const FHIR_ALTERNATIVES: usize = 64;

/// Bytes of refused messages that are kept for one device; of later ones only the fact is.
pub const QUARANTINE_BYTES: u64 = 64 * 1024 * 1024;

/// How long the writer waits for another program that holds the database, a backup say, before it gives the transaction up.
pub const LOCKED_WAIT: Duration = Duration::from_secs(2);

/// Batches in one HTTPS request.
pub const HTTPS_BATCHES: usize = 64;

/// Largest body of such a request, in bytes: three of the largest batches in base64.
pub const HTTPS_BATCHES_BYTES: usize = 1024 * 1024;

/// How long such a body may take to arrive.
pub const HTTPS_BODY_TIME: Duration = Duration::from_secs(8);

/// Bodies of such requests in memory at a time.
pub const HTTPS_BODIES: usize = 256;

/// What a peer is asked to wait when nothing can be stored.
pub const RETRY_AFTER: Duration = Duration::from_secs(2);

/// How long an access token works when nothing else is configured.
pub const TOKEN_LIFE: Duration = Duration::from_secs(10 * 60);

/// How long one works that travels with a message through a broker.
pub const TOKEN_RELAY_LIFE: Duration = Duration::from_secs(12 * 3600);

/// Longest life of an assertion, in seconds (SMART App Launch 2.2: five minutes).
pub const ASSERTION_LIFE_S: i64 = 5 * 60;

/// How far the clocks of client and gateway may differ, in seconds.
pub const TOKEN_LEEWAY_S: i64 = 60;

/// Longest assertion of a system, in bytes: an RSA signature of 4,096 bits and room for its claims.
pub const TOKEN_ASSERTION_BYTES: usize = 8 * 1024;

/// Longest `jti`, in bytes.
pub const TOKEN_JTI_BYTES: usize = 256;

/// Sizes of a system's RSA modulus, in bytes: 2,048 to 8,192 bits.
pub const TOKEN_RSA_BYTES: std::ops::RangeInclusive<usize> = 256..=1024;

/// Access tokens in memory before those that are over are looked for.
pub const OPEN_TOKENS: usize = 16 * 1024;

/// Tokens of one client and scope that work at a time; a newer one ends the oldest.
pub const TOKENS_PER_CLIENT: usize = 16;

/// Batches of one stream or broker under way at a time.
pub const IN_FLIGHT: usize = 64;

/// Streams on one gRPC connection at a time.
pub const GRPC_STREAMS: u32 = 4;

/// Longest list of header fields of a gRPC request, in bytes.
pub const GRPC_HEADER_BYTES: u32 = 16 * 1024;

/// Streams that a peer may begin and reset before they are looked at (the attack known as rapid reset).
pub const GRPC_RESETS: usize = 20;

/// Bytes that a stream may send ahead: four of the largest batches.
pub const GRPC_WINDOW: u32 = 1024 * 1024;

/// Longest message of a stream: a sealed batch, its number and the heads of both.
pub const GRPC_MESSAGE_BYTES: usize = SEALED_BATCH_BYTES + 64;

/// How long a connection to a broker may take, its TLS handshake included, and an answer of it.
pub const BROKER_CONNECT: Duration = Duration::from_secs(10);

/// How long a broker keeps what comes while the gateway is away, in seconds (MQTT 5.0 section 3.1.2.11.2): a week.
pub const BROKER_SESSION_S: u32 = 7 * 24 * 3600;

/// Keep-alive of a connection to a broker, in seconds.
pub const BROKER_KEEP_ALIVE_S: u16 = 20;

/// Longest message taken from an AMQP broker, in bytes: a sealed batch, its properties and annotations.
pub const AMQP_MESSAGE_BYTES: u64 = SEALED_BATCH_BYTES as u64 + 8 * 1024;

/// Patients that one demographics query is answered with.
pub const QUERY_PATIENTS: usize = 50;

/// How long a TLS handshake of an MLLP peer may take.
pub const MLLP_HANDSHAKE: Duration = Duration::from_secs(10);

/// How long an MLLP peer may say nothing when nothing else is configured.
pub const MLLP_IDLE: Duration = Duration::from_secs(300);

/// How long an MLLP peer may take to accept an answer.
pub const MLLP_WRITE: Duration = Duration::from_secs(10);

/// Messages of one MLLP connection that are handed over before the first of them is answered.
pub const MLLP_PENDING: usize = 64;

/// Messages refused in a row before an MLLP connection is ended.
pub const MLLP_REFUSALS: u32 = 1000;

/// How often a folder of device files is looked at.
pub const FOLDER_TICK: Duration = Duration::from_secs(1);

/// Refused records that the note beside a refused file lists.
pub const FOLDER_NOTES: usize = 1000;

/// Longest file posted, in bytes: a day's results of a large analyser. It is never in memory as a whole.
pub const POST_BYTES: usize = 16 * 1024 * 1024;

/// Refused records after which a posted file is read no further: whoever may post may not fill the disk with refusals.
pub const POST_REFUSALS: usize = 100;

/// Reports of an SDC provider that wait for the one before them.
pub const SDC_REPORTS: usize = 64;

/// Connections of a provider for its reports at a time.
pub const SDC_CONNECTIONS: usize = 16;

/// How long a request to a provider, and the body of a report, may take.
pub const SDC_ANSWER: Duration = Duration::from_secs(10);

/// How long a provider's connection may be silent between reports.
pub const SDC_IDLE: Duration = Duration::from_secs(300);

/// For how long a subscription is asked for; it is renewed halfway.
pub const SDC_EXPIRES: Duration = Duration::from_secs(60);
