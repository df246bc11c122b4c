//! `DSAKey`, `DSAPublicKey`, `DSAPrivateKey`, `DHKey`, `DHPublicKey`, `DHPrivateKey`.

use card_vm::{Args, Ref, Stop, Value};

use super::Part;
use crate::crypto::finite_field::FieldGroup;
use crate::natives::call::Call;
use crate::natives::table::{Row, row};

const GROUP: &[&str] = &[
    "javacard/security/DSAKey",
    "javacard/security/DSAPublicKey",
    "javacard/security/DSAPrivateKey",
    "javacard/security/DHKey",
    "javacard/security/DHPublicKey",
    "javacard/security/DHPrivateKey",
];
const PUBLIC: &[&str] = &["javacard/security/DSAPublicKey", "javacard/security/DHPublicKey"];
const PRIVATE: &[&str] = &["javacard/security/DSAPrivateKey", "javacard/security/DHPrivateKey"];

pub(in crate::natives) const P: Part = Part::Domain(0);
pub(in crate::natives) const G: Part = Part::Domain(1);
pub(in crate::natives) const Q: Part = Part::Domain(2);
/// x or y.
pub(in crate::natives) const OWN: Part = Part::Material(0);

pub(super) const ROWS: &[Row] = &[
    row(GROUP, "setP", "([BSS)V", |call, args| set(call, args, P)),
    row(GROUP, "setQ", "([BSS)V", |call, args| set(call, args, Q)),
    row(GROUP, "setG", "([BSS)V", |call, args| set(call, args, G)),
    row(GROUP, "getP", "([BS)S", |call, args| call.give_part(args, P)),
    row(GROUP, "getQ", "([BS)S", |call, args| call.give_part(args, Q)),
    row(GROUP, "getG", "([BS)S", |call, args| call.give_part(args, G)),
    row(PUBLIC, "setY", "([BSS)V", |call, args| set(call, args, OWN)),
    row(PUBLIC, "getY", "([BS)S", |call, args| call.give_part(args, OWN)),
    row(PRIVATE, "setX", "([BSS)V", |call, args| set(call, args, OWN)),
    row(PRIVATE, "getX", "([BS)S", |call, args| call.give_part(args, OWN)),
];

impl Call<'_, '_> {
    /// The group of a DSA or Diffie-Hellman key that the caller may use.
    pub(in crate::natives) fn field_group(&mut self, key: Ref) -> Result<FieldGroup, Stop> {
        Ok(FieldGroup {
            p: self.part_of(key, P)?.to_vec(),
            q: self.part(key, Q)?.to_vec(),
            g: self.part_of(key, G)?.to_vec(),
        })
    }

    /// Sets the parameters of such a key.
    pub(in crate::natives) fn set_field_group(&mut self, key: Ref, group: &FieldGroup) -> Result<(), Stop> {
        for (part, bytes) in [(P, &group.p), (Q, &group.q), (G, &group.g)] {
            if !bytes.is_empty() {
                self.set_part(key, part, bytes)?;
            }
        }
        Ok(())
    }
}

fn set(call: &mut Call<'_, '_>, args: &Args, part: Part) -> Result<Value, Stop> {
    let bytes = call.given(args)?;
    call.set_number(args.reference(0), part, &bytes)?;
    Ok(Value::Void)
}
