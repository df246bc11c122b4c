//! `javacard.framework.service`: an applet put together of services.
//!
//! A service finds the command and leaves the answer in the APDU buffer, in the form that `BasicService` documents: while
//! the command is looked at `CLA INS P1 P2 Lc data`, once it was processed `CLA INS SW1 SW2 La data`. Processed means that the
//! APDU was turned to outgoing.
//!
//! This platform has no remote method invocation, which the specification leaves open: nothing can be exported.

pub(super) mod basic;
pub(super) mod dispatcher;
pub(super) mod remote;

use card_vm::Stop;

use super::names;

/// `ServiceException`'s reasons.
#[derive(Clone, Copy)]
enum Misuse {
    IllegalParam = 1,
    DispatchTableFull = 2,
    CommandDataTooLong = 3,
    CannotAccessInCommand = 4,
    CannotAccessOutCommand = 5,
}

impl From<Misuse> for Stop {
    fn from(misuse: Misuse) -> Self {
        Stop::throw_reason(names::SERVICE_EXCEPTION, misuse as i16)
    }
}
