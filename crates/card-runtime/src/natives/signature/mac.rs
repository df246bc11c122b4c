//! Message authentication codes as signatures: HMAC, CMAC, CBC-MACs with DES, AES and SM4.

use card_vm::{Ref, Stop};
use subtle::ConstantTimeEq;

use super::KEY;
use super::methods::{MacCipher, Method};
use crate::crypto::{AesKey, BLOCK, BlockCipher, Chain, ChainedForm, DES_BLOCK, Mac, Steps};
use crate::natives::call::Call;
use crate::natives::keys::{Crypto, Family};
use crate::natives::session::Session;

/// Whether a key is one of the cipher's, and long enough: algorithm 3 needs two keys, and the 512 bits of an AES key for
/// XTS are two.
pub(super) fn fits(call: &mut Call<'_, '_>, method: Method, key: Ref) -> Result<bool, Stop> {
    let (family, bits) = (call.key_family(key)?, call.key_bits(key)?);
    let aes = family == Family::Aes && bits <= 256;
    Ok(match method {
        Method::Cmac | Method::Chained(MacCipher::Aes, _) => aes,
        Method::Chained(MacCipher::Sm4, _) => family == Family::Sm4,
        Method::Chained(MacCipher::Des, form) => match form.steps {
            Steps::Alike => family == Family::Des,
            Steps::LastWhole => family == Family::Des && bits >= 128,
        },
        Method::Hmac(_) => family == Family::Hmac,
        Method::Ecdsa(..)
        | Method::Dsa(_)
        | Method::Rsa(..)
        | Method::Recovery(..)
        | Method::Edwards(..)
        | Method::Sm2 => false,
    })
}

fn chained(
    call: &mut Call<'_, '_>,
    object: Ref,
    (cipher, form): (MacCipher, ChainedForm),
    vector: Chain,
) -> Result<Mac, Stop> {
    let key = call.hidden(object, KEY)?;
    let material = call.material(key)?;
    let cipher = match cipher {
        MacCipher::Aes => BlockCipher::aes(material),
        MacCipher::Des => BlockCipher::des(material),
        MacCipher::Sm4 => BlockCipher::sm4(material),
    };
    Ok(Mac::chained(cipher.map_err(|_| Crypto::UninitializedKey)?, form, vector))
}

pub(super) fn started(call: &mut Call<'_, '_>, object: Ref, method: Method) -> Result<Mac, Stop> {
    Ok(match method {
        Method::Hmac(hash) => {
            let key = call.hidden(object, KEY)?;
            match call.material(key)? {
                [] => return Err(Crypto::UninitializedKey.into()),
                material => Mac::hmac(hash, material),
            }
        }
        Method::Cmac => {
            let key = call.hidden(object, KEY)?;
            Mac::cmac(&AesKey::new(call.material(key)?).map_err(|_| Crypto::UninitializedKey)?)
        }
        Method::Chained(cipher, form) => chained(call, object, (cipher, form), [0; BLOCK])?,
        Method::Ecdsa(..)
        | Method::Dsa(_)
        | Method::Rsa(..)
        | Method::Recovery(..)
        | Method::Edwards(..)
        | Method::Sm2 => return Err(Crypto::InvalidInit.into()),
    })
}

/// Only a CBC-MAC has an initial vector; it holds until the message ends.
pub(super) fn start_with_vector(
    call: &mut Call<'_, '_>,
    object: Ref,
    method: (MacCipher, ChainedForm),
    vector: Chain,
) -> Result<(), Stop> {
    let mac = chained(call, object, method, vector)?;
    call.runtime().sessions.put(object, Session::Mac(mac.into()));
    Ok(())
}

/// An initial vector: of a block.
pub(super) fn chain_of(cipher: MacCipher, vector: &[u8]) -> Result<Chain, Crypto> {
    let mut chain = [0; BLOCK];
    let room = match cipher {
        MacCipher::Aes | MacCipher::Sm4 => chain.as_mut_slice(),
        MacCipher::Des => chain.get_mut(..DES_BLOCK).unwrap_or_default(),
    };
    if room.len() != vector.len() {
        return Err(Crypto::IllegalValue);
    }
    room.copy_from_slice(vector);
    Ok(chain)
}

pub(super) fn matches(mac: Mac, given: &[u8]) -> Result<bool, Stop> {
    let mac = mac.finish().map_err(|_| Crypto::IllegalUse)?;
    Ok(mac.as_ref().ct_eq(given).into())
}

pub(super) fn length(method: Method) -> usize {
    match method {
        Method::Hmac(hash) => hash.length(),
        Method::Chained(_, form) => form.length,
        Method::Cmac
        | Method::Ecdsa(..)
        | Method::Dsa(_)
        | Method::Rsa(..)
        | Method::Recovery(..)
        | Method::Edwards(..)
        | Method::Sm2 => BLOCK,
    }
}
