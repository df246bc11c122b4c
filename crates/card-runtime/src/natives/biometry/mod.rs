//! `javacardx.biometry` and `javacardx.biometry1toN`: references that a candidate is compared with.
//!
//! The one pattern that is matched here is `PASSWORD`: the candidate is the reference, byte for byte, compared in a time
//! that does not depend on where they differ. Patterns that need a matcher for images, sounds or movements answer that
//! there is no such template (`NO_SUCH_BIO_TEMPLATE`, `UNSUPPORTED_BIO_TYPE`), as does any provider but the default one.
//! A password comes whole with `initMatch`, so a session never needs more data, and `match` is always outside of one
//! (`ILLEGAL_USE`). Nothing of a password is public.
//!
//! Tries are counted down, and that is made durable, before anything else is looked at; no transaction gives one back.

pub(super) mod matcher;
pub(super) mod reference;
pub(super) mod template;
mod tries;

use card_vm::{Args, Stop, Value};

use super::call::Call;
use super::names;

/// `PASSWORD` of both builders.
const PASSWORD: i16 = 31;
/// `DEFAULT_INITPARAM` of both builders.
const DEFAULT: i16 = 0;
/// The score of a candidate that is the reference; the API takes 16384 and more as success.
const SUCCESS: i16 = i16::MAX;
/// The score of any other.
const FAILURE: i16 = 0;
/// What `getVersion` says: the algorithm, and its version.
const VERSION: &[u8] = b"password 1.0";

/// Which of the two packages an object belongs to: they have the same failures under names of their own.
#[derive(Clone, Copy)]
enum Package {
    OneToOne,
    OneToMany,
}

/// What goes wrong in both packages, with the reasons that both have for it.
#[derive(Clone, Copy)]
enum Misuse {
    IllegalValue = 1,
    InvalidData = 2,
    /// `NO_SUCH_BIO_TEMPLATE`, `UNSUPPORTED_BIO_TYPE`
    Unsupported = 3,
    /// `NO_TEMPLATES_ENROLLED`, `NO_BIO_TEMPLATE_ENROLLED`
    NotEnrolled = 4,
    IllegalUse = 5,
}

impl Package {
    fn misuse(self, misuse: Misuse) -> Stop {
        let class = match self {
            Self::OneToOne => names::BIO_EXCEPTION,
            Self::OneToMany => names::BIO_1_TO_N_EXCEPTION,
        };
        Stop::throw_reason(class, misuse as i16)
    }

    /// Refuses what is not matched here. `provider` is null for the default one.
    fn check_supported(self, pattern: i16, provider: card_vm::Ref, parameter: i16) -> Result<(), Stop> {
        if pattern == PASSWORD && provider.is_null() && parameter == DEFAULT {
            Ok(())
        } else {
            Err(self.misuse(Misuse::Unsupported))
        }
    }
}

fn version(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    call.give(args.reference(1), args.short(2), VERSION)
}
