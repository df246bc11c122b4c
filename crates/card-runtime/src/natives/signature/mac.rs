//! Message authentication codes as signatures: HMAC, CMAC, CBC-MAC.

use card_vm::{Ref, Stop};
use subtle::ConstantTimeEq;

use super::KEY;
use super::methods::Method;
use crate::crypto::{AesKey, BLOCK, Mac};
use crate::natives::call::Call;
use crate::natives::keys::Crypto;
use crate::natives::session::Session;

fn aes_key(call: &mut Call<'_, '_>, object: Ref) -> Result<AesKey, Stop> {
    let key = call.hidden(object, KEY)?;
    AesKey::new(call.material(key)?).map_err(|_| Crypto::UninitializedKey.into())
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
        Method::Cmac => Mac::cmac(&aes_key(call, object)?),
        Method::CbcMac => Mac::cbc(aes_key(call, object)?, [0; BLOCK]),
        Method::Ecdsa(..)
        | Method::Dsa(_)
        | Method::Rsa(..)
        | Method::Recovery(..)
        | Method::Edwards(..)
        | Method::Sm2 => return Err(Crypto::InvalidInit.into()),
    })
}

/// Only a CBC-MAC has an initial vector; it holds until the message ends.
pub(super) fn start_with_vector(call: &mut Call<'_, '_>, object: Ref, vector: &[u8]) -> Result<(), Stop> {
    let vector: [u8; BLOCK] = vector.try_into().map_err(|_| Crypto::IllegalValue)?;
    let key = aes_key(call, object)?;
    call.runtime().sessions.put(object, Session::Mac(Mac::cbc(key, vector)));
    Ok(())
}

pub(super) fn matches(mac: Mac, given: &[u8]) -> Result<bool, Stop> {
    let mac = mac.finish().map_err(|_| Crypto::IllegalUse)?;
    Ok(mac.as_ref().ct_eq(given).into())
}

pub(super) fn length(method: Method) -> usize {
    match method {
        Method::Hmac(hash) => hash.length(),
        Method::CbcMac
        | Method::Cmac
        | Method::Ecdsa(..)
        | Method::Dsa(_)
        | Method::Rsa(..)
        | Method::Recovery(..)
        | Method::Edwards(..)
        | Method::Sm2 => BLOCK,
    }
}
