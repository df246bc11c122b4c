//! An applet's handler, called back in the applet's own name.

use card_image::api::MemberId;
use card_vm::heap::Access;
use card_vm::{Ref, Stop, Value};

use super::{Misuse, Read, keys};
use crate::calls::member;
use crate::natives::call::Call;
use crate::natives::names;
use crate::x509::{Extension, Field};

const ON_KEY: MemberId = member!(
    "javacardx/security/cert/CertificateParser$KeyHandler",
    "onKey",
    "(BS)Ljavacard/security/PublicKey;"
);
const ON_FIELD: MemberId =
    member!("javacardx/security/cert/X509Certificate$FieldHandler", "onField", "(S[B)Z");
const ON_EXTENSION: MemberId =
    member!("javacardx/security/cert/X509Certificate$ExtensionHandler", "onExtension", "([BZ[B)Z");

/// Which of the interfaces an object implements.
#[derive(Clone, Copy)]
pub(super) struct Handler {
    object: Ref,
    keys: bool,
    fields: bool,
    extensions: bool,
}

impl Handler {
    /// An object that the caller may call.
    pub(super) fn of(call: &mut Call<'_, '_>, object: Ref) -> Result<Self, Stop> {
        call.vm.caller().header(object, Access::InterfaceCall)?;
        Ok(Self {
            object,
            keys: call.vm.is_instance(object, names::KEY_HANDLER),
            fields: call.vm.is_instance(object, names::FIELD_HANDLER),
            extensions: call.vm.is_instance(object, names::EXTENSION_HANDLER),
        })
    }

    fn call(self, call: &mut Call<'_, '_>, method: MemberId, words: &[i16]) -> Result<Value, Stop> {
        let owner = call.vm.active();
        let answer = call.vm.call_virtual_as(call.os, owner, method, self.object, words);
        answer.map_err(|stop| match stop {
            Stop::Throw(exception) if exception.class == names::CERTIFICATE_EXCEPTION => stop,
            Stop::Thrown(object) if call.vm.thrown(object).class == names::CERTIFICATE_EXCEPTION => stop,
            Stop::Throw(_) | Stop::Thrown(_) => Misuse::HandlerException.into(),
            Stop::Fault(_) => stop,
        })
    }

    fn lend(call: &mut Call<'_, '_>, bytes: &[u8]) -> Result<i16, Stop> {
        let owner = call.vm.active();
        Ok(call.vm.lend_bytes(bytes, owner)?.to_word())
    }

    /// Asks for a key to put the subject's into, if the card has such keys; null when the handler wants none.
    pub(super) fn key(self, call: &mut Call<'_, '_>, read: &Read) -> Result<Ref, Stop> {
        let Some(kind) = keys::kind(read).filter(|_| self.keys) else { return Ok(Ref::NULL) };
        let (key_type, size) = kind.announced();
        let Value::Ref(key) = self.call(call, ON_KEY, &[key_type, size])? else { return Ok(Ref::NULL) };
        if !key.is_null() {
            keys::fill(call, key, read)?;
        }
        Ok(key)
    }

    /// Whether a field is to be kept.
    pub(super) fn field(self, call: &mut Call<'_, '_>, field: Field, bytes: &[u8]) -> Result<bool, Stop> {
        if !self.fields {
            return Ok(false);
        }
        let view = Self::lend(call, bytes)?;
        let answer = self.call(call, ON_FIELD, &[field as i16, view])?;
        Ok(answer == Value::Short(1))
    }

    /// Whether an extension is to be kept.
    pub(super) fn extension(
        self,
        call: &mut Call<'_, '_>,
        extension: Extension,
        whole: &[u8],
    ) -> Result<bool, Stop> {
        if !self.extensions {
            return Ok(false);
        }
        self.offer(call, extension.oid.of(whole), extension.critical, extension.value.of(whole))
    }

    /// The same, with what an extension says.
    pub(super) fn offer(
        self,
        call: &mut Call<'_, '_>,
        oid: &[u8],
        critical: bool,
        value: &[u8],
    ) -> Result<bool, Stop> {
        let (oid, value) = (Self::lend(call, oid)?, Self::lend(call, value)?);
        let answer = self.call(call, ON_EXTENSION, &[oid, i16::from(critical), value])?;
        Ok(answer == Value::Short(1))
    }

    /// Whether it wants to hear of extensions.
    pub(super) fn takes_extensions(self) -> bool {
        self.extensions
    }
}
