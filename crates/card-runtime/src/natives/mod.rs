//! The platform's classes: the natives behind `java.lang`, `javacard.*`, `javacardx.*` and `org.globalplatform`.
//!
//! One family of classes is one file, or a folder of several. Each declares its natives as rows of a table (classes, name,
//! descriptor, function) and the hidden fields of its classes; [`table`] turns all rows into one array indexed by the
//! member's number. A member without a row is not implemented: the linker asks, and refuses a package that imports it, by
//! name. A static field of the platform is a native as well, which gives the field's value.
//!
//! A native gets the caller's arguments, which it reaches through the caller's door (the firewall applies), and keeps what
//! it must remember in hidden fields of its objects, reached through the runtime environment's own door.

mod agreement;
mod aid;
mod apdu;
mod applet;
mod array_logic;
mod arrays;
mod biometry;
mod call;
mod cert;
mod checksum;
mod cipher;
mod cvm;
mod derivation;
mod digest;
mod event;
mod external;
mod global_platform;
mod jcint;
mod jcsystem;
mod key_pair;
mod keys;
mod math;
mod monotonic_counter;
pub(crate) mod names;
mod nio;
mod object;
mod one_shot;
mod pin;
mod policy;
mod random;
mod resources;
mod sensitive_result;
mod service;
mod session;
mod signature;
mod string;
mod table;
mod time;
mod tlv;
mod util;

pub(crate) use call::{Declared, Os, persist};
pub(crate) use one_shot::{OneShots, release_all};
pub(crate) use sensitive_result::Outcome;
pub(crate) use session::{Scratch, Sessions, forget_cleared_keys};

/// What looking through all objects of the card costs of the command's budget, in calls.
const SEARCH_COST: u64 = 1_000;
