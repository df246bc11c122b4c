//! The `OneShot` classes: digests, signatures, ciphers, generators and derivations without an object of one's own.
//!
//! A `OneShot` object belongs to the runtime environment and is a temporary entry point, so nobody can keep a reference to it
//! (JCRE 6.2.1). There is a small stock of each class, made when first asked for and used again: `open` lends one to the
//! calling context, `close` and the end of the command take it back. Its words are transient, so using one writes
//! nothing to persistent memory. One that is not lent, or is lent to another context, answers ILLEGAL_USE.

use alloc::vec::Vec;

use card_vm::heap::{Header, Kind, Memory, Standing, reason};
use card_vm::{Args, ClassId, Context, Machine, Owner, Ref, Stop, Value, known};

use super::call::Call;
use super::keys::Crypto;
use super::policy::AlgorithmClass;
use super::table::{Row, row};
use crate::policy::Permit;
use crate::runtime::Runtime;

/// How many of a class can be lent at once; the API asks for one.
const STOCK: usize = 2;

const CLASSES: &[&str] = &[
    "javacard/security/MessageDigest$OneShot",
    "javacard/security/InitializedMessageDigest$OneShot",
    "javacard/security/Signature$OneShot",
    "javacardx/crypto/Cipher$OneShot",
    "javacard/security/RandomData$OneShot",
    "javacardx/security/derivation/DerivationFunction$OneShot",
];

pub(super) const ROWS: &[Row] = &[row(CLASSES, "close", "()V", close)];

/// One object of the stock.
struct Shot {
    class: ClassId,
    object: Ref,
    /// The context that it is lent to.
    holder: Option<Context>,
}

/// The stock; empty until the first `open` after a power-up.
#[derive(Default)]
pub(crate) struct OneShots(Option<Vec<Shot>>);

impl OneShots {
    /// The stock's objects, which nothing else refers to.
    pub(crate) fn objects(&self) -> impl Iterator<Item = Ref> {
        self.0.iter().flatten().map(|shot| shot.object)
    }

    fn holder(&self, object: Ref) -> Option<Context> {
        self.0.iter().flatten().find(|shot| shot.object == object)?.holder
    }

    /// Takes a free one out of the stock.
    fn lend(&mut self, class: ClassId, holder: Context) -> Option<Ref> {
        let free = |shot: &&mut Shot| shot.class == class && shot.holder.is_none();
        let shot = self.0.iter_mut().flatten().find(free)?;
        shot.holder = Some(holder);
        Some(shot.object)
    }
}

/// Takes back all that is lent: an applet's entry point returned.
pub(crate) fn release_all(runtime: &mut Runtime) {
    for shot in runtime.one_shots.0.iter_mut().flatten() {
        if shot.holder.take().is_some() {
            runtime.sessions.take(shot.object);
        }
    }
}

impl Call<'_, '_> {
    /// Lends the caller an object of a `OneShot` class of algorithms.
    pub(super) fn open_algorithm(&mut self, class: AlgorithmClass, permit: Permit) -> Result<Ref, Stop> {
        let Permit { .. } = permit;
        self.open(class.0)
    }

    /// Lends the caller an object of a `OneShot` class.
    pub(super) fn open(&mut self, class: ClassId) -> Result<Ref, Stop> {
        let holder = self.vm.active().context;
        if self.os.runtime.one_shots.0.is_none() {
            self.os.runtime.one_shots.0 = Some(found(self.vm));
        }
        let stock = self.os.runtime.one_shots.0.get_or_insert_default();
        // one that was made in a transaction which was undone is no more
        let heap = self.vm.heap();
        stock.retain(|shot| heap.header(shot.object).is_some_and(|header| is_ours(header, shot.class)));
        if let Some(object) = self.os.runtime.one_shots.lend(class, holder) {
            return Ok(object);
        }
        let stock = self.os.runtime.one_shots.0.get_or_insert_default();
        if stock.iter().filter(|shot| shot.class == class).count() >= STOCK {
            return Err(Stop::throw_reason(known::SYSTEM_EXCEPTION, reason::NO_RESOURCE));
        }
        let object = self.vm.make_transient_instance(class, Owner::JCRE, Memory::ClearOnReset)?;
        self.vm.heap().set_standing(object, Standing::TemporaryEntryPoint)?;
        self.os.runtime.one_shots.0.get_or_insert_default().push(Shot {
            class,
            object,
            holder: Some(holder),
        });
        Ok(object)
    }

    /// The receiver of a method that a `OneShot` class has as well: if it is one, the caller must be whom it is lent to.
    pub(super) fn receiver(&mut self, args: &Args) -> Result<Ref, Stop> {
        let object = args.reference(0);
        let standing = self.vm.heap().header(object).map(|header| header.standing);
        if standing == Some(Standing::TemporaryEntryPoint)
            && self.os.runtime.one_shots.holder(object) != Some(self.vm.active().context)
        {
            return Err(Crypto::IllegalUse.into());
        }
        Ok(object)
    }
}

/// The stock of a card that was powered up: what an earlier session made.
fn found(vm: &mut Machine) -> Vec<Shot> {
    let classes: Vec<ClassId> =
        CLASSES.iter().filter_map(|name| card_image::api::class_by_name(name)).collect();
    let shot = |object: card_vm::heap::Object| {
        let class = ClassId(object.header.class.index);
        let ours = is_ours(&object.header, class) && classes.contains(&class);
        ours.then_some(Shot { class, object: object.reference, holder: None })
    };
    vm.heap().objects().filter_map(shot).collect()
}

fn is_ours(header: &Header, class: ClassId) -> bool {
    header.kind == Kind::Instance && header.class == Machine::class(class) && header.owner == Owner::JCRE
}

fn close(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let object = call.receiver(args)?;
    for shot in call.runtime().one_shots.0.iter_mut().flatten().filter(|shot| shot.object == object) {
        shot.holder = None;
    }
    call.runtime().sessions.take(object);
    Ok(Value::Void)
}
