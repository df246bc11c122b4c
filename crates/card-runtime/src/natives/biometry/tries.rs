//! Tries and the validated flag of templates and matchers, as of PINs: no transaction undoes what happens to them.
//!
//! Where in an object they are kept is said by its module: a reference to a transient `boolean[1]`, and two words.

use card_vm::heap::{Class, Kind, Memory};
use card_vm::{Ref, Stop};

use super::{Misuse, Package};
use crate::natives::call::Call;

/// An object's tries.
#[derive(Clone, Copy)]
pub(super) struct Tries {
    pub(super) flag: u16,
    pub(super) limit: u16,
    pub(super) left: u16,
    pub(super) package: Package,
}

impl Tries {
    /// Gives a new object its flag and its tries.
    pub(super) fn prepare(self, call: &mut Call<'_, '_>, object: Ref, limit: i16) -> Result<(), Stop> {
        let owner = call.vm.active();
        let flag = call.vm.make_array_in(Memory::ClearOnReset, Kind::Booleans, Class::NONE, 1, owner)?;
        call.set_hidden(object, self.flag, flag)?;
        self.set_limit(call, object, limit)
    }

    pub(super) fn check_limit(self, limit: i16) -> Result<(), Stop> {
        if limit < 1 { Err(self.package.misuse(Misuse::IllegalValue)) } else { Ok(()) }
    }

    fn set_left(self, call: &mut Call<'_, '_>, object: Ref, left: i16) -> Result<(), Stop> {
        if self.left(call, object)? == left {
            return Ok(());
        }
        call.vm.jcre().set_word_non_atomic(object, self.left, left)
    }

    pub(super) fn left(self, call: &mut Call<'_, '_>, object: Ref) -> Result<i16, Stop> {
        call.word(object, self.left)
    }

    pub(super) fn is_validated(self, call: &mut Call<'_, '_>, object: Ref) -> Result<bool, Stop> {
        let flag = call.hidden(object, self.flag)?;
        Ok(call.vm.jcre().load_byte(flag, 0)? != 0)
    }

    pub(super) fn set_validated(self, call: &mut Call<'_, '_>, object: Ref, value: bool) -> Result<(), Stop> {
        let flag = call.hidden(object, self.flag)?;
        call.vm.jcre().store_byte(flag, 0, i8::from(value))
    }

    /// `resetUnblockAndSetTryLimit`
    pub(super) fn set_limit(self, call: &mut Call<'_, '_>, object: Ref, limit: i16) -> Result<(), Stop> {
        self.check_limit(limit)?;
        if call.word(object, self.limit)? != limit {
            call.vm.jcre().set_word_non_atomic(object, self.limit, limit)?;
        }
        self.unblock(call, object)
    }

    /// All tries again, and nothing validated.
    pub(super) fn unblock(self, call: &mut Call<'_, '_>, object: Ref) -> Result<(), Stop> {
        let limit = call.word(object, self.limit)?;
        self.set_left(call, object, limit)?;
        self.set_validated(call, object, false)
    }

    /// Begins a session: takes a try, for good. Says whether there was one.
    pub(super) fn begin(self, call: &mut Call<'_, '_>, object: Ref) -> Result<bool, Stop> {
        self.set_validated(call, object, false)?;
        let left = self.left(call, object)?;
        if left <= 0 {
            return Ok(false);
        }
        self.set_left(call, object, left - 1)?;
        call.persist()?;
        Ok(true)
    }

    /// Ends a session with success: gives all tries back.
    pub(super) fn succeed(self, call: &mut Call<'_, '_>, object: Ref) -> Result<(), Stop> {
        self.unblock(call, object)?;
        self.set_validated(call, object, true)
    }
}
