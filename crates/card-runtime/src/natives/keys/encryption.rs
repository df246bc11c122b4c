//! `javacardx.crypto.KeyEncryption`, which every key implements: once a cipher is set, what setters are given is
//! decrypted with it. The cipher must be initialised for decryption when a setter runs; without one, setters take plain bytes.

use card_vm::{Args, Ref, Stop, Value};

use super::{CIPHER, Crypto};
use crate::crypto::Secret;
use crate::natives::call::Call;
use crate::natives::table::{Row, row};
use crate::natives::{cipher, names};

const ENCRYPTION: &[&str] = &["javacardx/crypto/KeyEncryption"];

pub(super) const ROWS: &[Row] = &[
    row(ENCRYPTION, "setKeyCipher", "(Ljavacardx/crypto/Cipher;)V", set_key_cipher),
    row(ENCRYPTION, "getKeyCipher", "()Ljavacardx/crypto/Cipher;", key_cipher),
];

impl Call<'_, '_> {
    /// Whether a key's setters decrypt.
    pub(super) fn is_encrypted(&mut self, key: Ref) -> Result<bool, Stop> {
        Ok(!self.hidden(key, CIPHER)?.is_null())
    }

    /// Bytes that a setter was given, decrypted if the key has a cipher. A cipher that fails makes them an illegal value.
    pub(super) fn plain(&mut self, key: Ref, array: Ref, offset: i16, length: i16) -> Result<Secret, Stop> {
        let bytes = Secret::new(self.vm.caller().bytes(array, offset, length)?.to_vec());
        let with = self.hidden(key, CIPHER)?;
        if with.is_null() {
            return Ok(bytes);
        }
        cipher::decrypted(self, with, &bytes).map_err(|_| Crypto::IllegalValue.into())
    }

    /// The same for a setter with an array, an offset and a length.
    pub(super) fn given(&mut self, args: &Args) -> Result<Secret, Stop> {
        self.plain(args.reference(0), args.reference(1), args.short(2), args.short(3))
    }
}

fn set_key_cipher(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let with = args.reference(1);
    if !with.is_null() && !call.is_a(with, names::CIPHER.0) {
        return Err(Crypto::IllegalValue.into());
    }
    call.set_hidden(args.reference(0), CIPHER, with)?;
    Ok(Value::Void)
}

fn key_cipher(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    call.hidden(args.reference(0), CIPHER).map(Value::Ref)
}
