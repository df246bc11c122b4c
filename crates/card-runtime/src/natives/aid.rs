//! `javacard.framework.AID`. Hidden: a reference to the bytes.

use card_image::Aid;
use card_vm::heap::{Access, Atomicity, Memory};
use card_vm::{Args, Layout, Ref, Stop, Value};

use super::call::Call;
use super::names;
use super::table::{Fields, Row, fields, row};

const AID: &[&str] = &["javacard/framework/AID"];
const BYTES: u16 = 0;
/// `SystemException.ILLEGAL_VALUE`.
const ILLEGAL_VALUE: i16 = 1;

pub(super) const ROWS: &[Row] = &[
    row(AID, "<init>", "([BSB)V", init),
    row(AID, "equals", "(Ljava/lang/Object;)Z", equals),
    row(AID, "RIDEquals", "(Ljavacard/framework/AID;)Z", rid_equals),
    row(AID, "equals", "([BSB)Z", equals_bytes),
    row(AID, "getBytes", "([BS)B", get_bytes),
    row(AID, "partialEquals", "([BSB)Z", partial_equals),
    row(AID, "getPartialBytes", "(S[BSB)B", get_partial_bytes),
];

pub(super) const FIELDS: &[Fields] = &[fields("javacard/framework/AID", Layout { references: 1, words: 0 })];

impl Call<'_, '_> {
    /// The AID that an `AID` object stands for, if the caller may call it.
    pub(super) fn aid(&mut self, object: Ref) -> Result<Aid, Stop> {
        self.vm.caller().header(object, Access::VirtualCall)?;
        self.aid_of(object)
    }

    fn aid_of(&mut self, object: Ref) -> Result<Aid, Stop> {
        let bytes = self.hidden(object, BYTES)?;
        let bytes = self.hidden_bytes(bytes)?;
        Aid::new(bytes).map_err(|_| Stop::throw_reason(names::SYSTEM_EXCEPTION, ILLEGAL_VALUE))
    }

    /// The bytes of an AID that an applet passes in an array.
    pub(super) fn passed_aid(&mut self, args: &Args, at: usize) -> Result<Aid, Stop> {
        let bytes = self.vm.caller().bytes(args.reference(at), args.short(at + 1), args.short(at + 2))?;
        Aid::new(bytes).map_err(|_| Stop::throw_reason(names::SYSTEM_EXCEPTION, ILLEGAL_VALUE))
    }
}

fn init(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let aid = call.passed_aid(args, 1)?;
    let length = u16::try_from(aid.as_bytes().len()).unwrap_or_default();
    let bytes = call.new_bytes(length, Memory::Persistent)?;
    call.vm.jcre().write(bytes, 0, aid.as_bytes(), Atomicity::Transactional)?;
    call.set_hidden(args.reference(0), BYTES, bytes)?;
    Ok(Value::Void)
}

fn equals(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let other = args.reference(1);
    if other.is_null() || !call.is_a(other, names::AID) {
        return Ok(false.into());
    }
    Ok((call.aid(other)? == call.aid_of(args.reference(0))?).into())
}

fn rid_equals(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let other = args.reference(1);
    if other.is_null() {
        return Ok(false.into());
    }
    Ok((call.aid(other)?.rid() == call.aid_of(args.reference(0))?.rid()).into())
}

fn equals_bytes(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    if args.reference(1).is_null() {
        return Ok(false.into());
    }
    let own = call.aid_of(args.reference(0))?;
    let bytes = call.vm.caller().bytes(args.reference(1), args.short(2), args.short(3))?;
    Ok((own.as_bytes() == bytes).into())
}

fn partial_equals(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    if args.reference(1).is_null() {
        return Ok(false.into());
    }
    let own = call.aid_of(args.reference(0))?;
    let bytes = call.vm.caller().bytes(args.reference(1), args.short(2), args.short(3))?;
    Ok(own.as_bytes().starts_with(bytes).into())
}

fn get_bytes(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let own = call.aid_of(args.reference(0))?;
    call.give(args.reference(1), args.short(2), own.as_bytes())
}

/// A length of zero asks for all bytes from the offset.
fn get_partial_bytes(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let own = call.aid_of(args.reference(0))?;
    let wrong = Stop::throw(card_vm::known::INDEX_OUT_OF_BOUNDS);
    let from = usize::try_from(args.short(1)).map_err(|_| wrong)?;
    let length = usize::try_from(args.short(4)).map_err(|_| wrong)?;
    let rest = own.as_bytes().get(from..).ok_or(wrong)?;
    let part = if length == 0 { rest } else { rest.get(..length).ok_or(wrong)? };
    call.give(args.reference(2), args.short(3), part)
}
