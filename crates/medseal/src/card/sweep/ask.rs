//! Going through all constants, one function a class.

use std::time::Duration;

use card_link::Element;
use indicatif::ProgressBar;

use super::applet::{Reply, Sweeper};
use super::constants::{self, Constant, of};
use super::keys::{Family, Plan};
use super::numbers::{derived, factory, operation};
use super::row::{Operation, Row, better, length_rows, padding_rows};
use crate::exit::Outcome as Ended;

/// Bytes of the text that most operations work on; of the others, which hold it in one block of a public key.
const TEXT: u16 = 256;
const SHORT_TEXT: u16 = 32;
/// `KeyBuilder.ATTR_PUBLIC` and `ATTR_PRIVATE`.
const HALVES: [(&str, u16); 2] = [("public key", 0), ("private key", 0x8000)];
const MEMORIES: [&str; 3] = ["persistent", "until reset", "until deselection"];

/// The sweep of one card.
pub(crate) struct Sweep<E> {
    pub(crate) sweeper: Sweeper<E>,
    /// How long a measurement takes at least.
    pub(crate) target: Duration,
    pub(crate) bar: ProgressBar,
    /// The keys that the applet holds now.
    held: Option<Plan>,
    /// Ciphers and the paddings that they go with.
    padded: Vec<(Constant, Vec<Constant>)>,
}

impl<E: Element> Sweep<E> {
    pub(crate) fn new(sweeper: Sweeper<E>, target: Duration, bar: ProgressBar) -> Self {
        Self { sweeper, target, bar, held: None, padded: Vec::new() }
    }

    /// All constants, class by class.
    pub(crate) fn all(&mut self) -> Ended<Vec<Row>> {
        self.bar.set_length(self.count());
        let mut rows = self.digests()?;
        rows.extend(self.keys()?);
        rows.extend(self.pairs()?);
        rows.extend(self.named()?);
        rows.extend(self.signatures()?);
        rows.extend(self.ciphers(constants::CIPHER)?);
        let tagged = self.ciphers(constants::AEAD)?;
        rows.extend(padding_rows(&self.padded));
        rows.extend(tagged);
        rows.extend(self.agreements()?);
        rows.extend(self.randoms()?);
        let checked = (operation::CHECK, "checksum");
        rows.extend(self.plain(constants::CHECKSUM, factory::CHECKSUM, checked)?);
        rows.extend(self.derivations()?);
        rows.extend(self.named_only(constants::CERTIFICATE, "TYPE_", factory::CERTIFICATE)?);
        rows.extend(self.biometry(constants::BIOMETRY, factory::BIOMETRY)?);
        rows.extend(self.biometry(constants::BIOMETRY_1_TO_N, factory::BIOMETRY_1_TO_N)?);
        Ok(rows)
    }

    /// How many constants take a moment each.
    fn count(&self) -> u64 {
        use constants::{AEAD, BUILDER, CIPHER, DERIVATION, DIGEST, NAMED, PAIR, SIGNATURE};
        let classes = [
            (DIGEST, "ALG_"),
            (BUILDER, "TYPE_"),
            (BUILDER, "ALG_TYPE_"),
            (PAIR, "ALG_"),
            (NAMED, ""),
            (SIGNATURE, "ALG_"),
            (SIGNATURE, "SIG_CIPHER_"),
            (CIPHER, "ALG_"),
            (CIPHER, "CIPHER_"),
            (AEAD, "ALG_"),
            (AEAD, "CIPHER_"),
            (constants::AGREEMENT, "ALG_"),
            (constants::RANDOM, "ALG_"),
            (DERIVATION, "ALG_"),
        ];
        classes.iter().map(|(class, prefix)| of(class, prefix).len() as u64).sum()
    }

    fn next(&self, constant: Constant) {
        self.bar.set_message(constant.name);
        self.bar.inc(1);
    }

    /// Makes keys, unless they are there already. `None` when they are.
    fn hold(&mut self, plan: Plan) -> Ended<Result<(), Reply>> {
        if self.held == Some(plan) {
            return Ok(Ok(()));
        }
        self.held = None;
        let reply = plan.make(&mut self.sweeper)?;
        if reply.is_done() {
            self.held = Some(plan);
            return Ok(Ok(()));
        }
        Ok(Err(reply))
    }

    fn measured(
        &mut self,
        constant: Constant,
        (operation, what): (u8, &'static str),
        bytes: u16,
        parameters: &[u8],
    ) -> Ended<Operation> {
        let outcome = self.sweeper.time(operation, bytes, parameters, self.target)?;
        let key = self.held.map(|plan| plan.to_string());
        Ok(Operation::new(constant.class, what, key, bytes, outcome))
    }

    /// What needs no keys.
    fn plain(&mut self, class: &'static str, factory: u8, operation: (u8, &'static str)) -> Ended<Vec<Row>> {
        self.held = None;
        let mut rows = Vec::new();
        for constant in of(class, "ALG_") {
            self.next(constant);
            let mut row = Row::new(constant, self.sweeper.make(factory, &[constant.byte()])?);
            if row.is_supported() {
                row.operations.push(self.measured(constant, operation, TEXT, &[])?);
            }
            rows.push(row);
        }
        Ok(rows)
    }

    fn also(&mut self, row: &mut Row, factory: u8, name: &str) -> Ended {
        if self.sweeper.make(factory, &[row.constant.byte()])?.is_done() {
            row.with.push(name.to_owned());
        }
        Ok(())
    }

    fn digests(&mut self) -> Ended<Vec<Row>> {
        let operation = (operation::DIGEST, "digest");
        let mut rows = self.plain(constants::DIGEST, factory::DIGEST, operation)?;
        for row in &mut rows {
            self.also(row, factory::INITIALIZED_DIGEST, "initialized")?;
            self.also(row, factory::DIGEST_ONCE, "OneShot")?;
        }
        Ok(rows)
    }

    fn randoms(&mut self) -> Ended<Vec<Row>> {
        let operation = (operation::RANDOM, "random bytes");
        let mut rows = self.plain(constants::RANDOM, factory::RANDOM, operation)?;
        for row in &mut rows {
            self.also(row, factory::RANDOM_ONCE, "OneShot")?;
        }
        Ok(rows)
    }

    /// `KeyBuilder`: types, types with a memory, lengths.
    fn keys(&mut self) -> Ended<Vec<Row>> {
        let mut rows = Vec::new();
        for constant in of(constants::BUILDER, "TYPE_") {
            self.next(constant);
            let Some(family) = Family::of(constant.name) else { continue };
            let mut row = Row::new(constant, Reply::NotAsked);
            let mut reply = Reply::NotAsked;
            if let Family::Named(_) = family {
                for name in named_parameters() {
                    reply = better(reply, self.named_key(name, HALVES[0].1)?);
                }
            }
            for bits in family.lengths() {
                let [high, low] = bits.to_be_bytes();
                let answer = self.sweeper.make(factory::KEY, &[constant.byte(), high, low])?;
                if answer.is_done() {
                    row.bits.push(bits);
                }
                reply = better(reply, answer);
            }
            rows.push(Row { bits: row.bits, ..Row::new(constant, reply) });
        }
        let lengths = length_rows(&rows);
        for constant in of(constants::BUILDER, "ALG_TYPE_") {
            self.next(constant);
            rows.push(self.key_in_memory(constant)?);
        }
        rows.extend(lengths);
        Ok(rows)
    }

    fn key_in_memory(&mut self, constant: Constant) -> Ended<Row> {
        let family = Family::of(constant.name);
        let bits = family.and_then(|family| family.lengths().last().copied()).unwrap_or_default();
        let [high, low] = bits.to_be_bytes();
        let (mut reply, mut with) = (Reply::NotAsked, Vec::new());
        for (memory, name) in (0..).zip(MEMORIES) {
            let answer = self.sweeper.make(factory::KEY_IN_MEMORY, &[constant.byte(), memory, high, low])?;
            if answer.is_done() {
                with.push(name.to_owned());
            }
            reply = better(reply, answer);
        }
        Ok(Row { with, ..Row::new(constant, reply) })
    }

    fn pairs(&mut self) -> Ended<Vec<Row>> {
        let mut rows = Vec::new();
        for constant in of(constants::PAIR, "ALG_") {
            self.next(constant);
            let Some(family) = Family::of(constant.name) else { continue };
            let (mut reply, mut bits) = (Reply::NotAsked, Vec::new());
            for length in family.lengths() {
                let [high, low] = length.to_be_bytes();
                let answer = self.sweeper.make(factory::PAIR, &[constant.byte(), high, low])?;
                if answer.is_done() {
                    bits.push(length);
                }
                reply = better(reply, answer);
            }
            let mut row = Row { bits, ..Row::new(constant, reply) };
            let usual = Plan::new(family, None);
            if let (true, Some(Plan::Pair { bits, .. })) = (row.is_supported(), usual) {
                let plan = Plan::Pair { algorithm: constant.byte(), bits };
                row.operations.push(self.generated(constant, plan)?);
            }
            rows.push(row);
        }
        Ok(rows)
    }

    /// Makes keys and measures how long their values take: once, since no two times are alike.
    fn generated(&mut self, constant: Constant, plan: Plan) -> Ended<Operation> {
        let outcome = match self.hold(plan)? {
            Err(refused) => Err(refused),
            Ok(()) => match self.sweeper.generate()? {
                (Reply::Done(_), time) => Ok(time),
                (refused, _) => Err(refused),
            },
        };
        Ok(Operation::new(constant.class, "key generation", Some(plan.to_string()), 0, outcome))
    }

    fn named_key(&mut self, name: Constant, half: u16) -> Ended<Reply> {
        self.sweeper.make(factory::NAMED_KEY, &[name.short(), half.to_be_bytes()].concat())
    }

    fn named(&mut self) -> Ended<Vec<Row>> {
        let mut rows = Vec::new();
        for constant in named_parameters() {
            self.next(constant);
            let mut row = Row::new(constant, self.sweeper.make(factory::NAMED, &constant.short())?);
            for (name, half) in HALVES {
                if self.named_key(constant, half)?.is_done() {
                    row.with.push(name.to_owned());
                }
            }
            if row.is_supported() {
                let plan = Plan::Named { name: constant.name, value: constant.value };
                row.operations.push(self.generated(constant, plan)?);
            }
            rows.push(row);
        }
        Ok(rows)
    }

    /// The keys of an algorithm whose object was just made: which lengths it takes, and its operations with the usual one.
    fn used(
        &mut self,
        row: &mut Row,
        make: &(u8, Vec<u8>),
        family: Family,
        bytes: u16,
        operations: &[(u8, &'static str)],
        parameters: &[u8],
    ) -> Ended {
        let lengths: Vec<Option<u16>> =
            if family.is_secret() { family.lengths().into_iter().map(Some).collect() } else { vec![None] };
        let mut refused = Reply::NotAsked;
        let mut measured = false;
        for length in lengths {
            let Some(plan) = Plan::new(family, length) else { continue };
            let answer = match self.hold(plan)? {
                Ok(()) => {
                    self.sweeper.make(make.0, &make.1)?;
                    let Some((first, _)) = operations.first() else { continue };
                    self.sweeper.operate(*first, bytes, parameters)?
                }
                Err(refused) => refused,
            };
            if !answer.is_done() {
                refused = answer;
                continue;
            }
            row.bits.extend(length);
            if !std::mem::replace(&mut measured, true) {
                for operation in operations {
                    row.operations.push(self.measured(row.constant, *operation, bytes, parameters)?);
                }
            }
        }
        if !measured && let Some((_, what)) = operations.first() {
            row.operations.push(Operation::new(row.constant.class, what, None, bytes, Err(refused)));
        }
        Ok(())
    }

    fn signatures(&mut self) -> Ended<Vec<Row>> {
        const OPERATIONS: [(u8, &str); 2] = [(operation::SIGN, "sign"), (operation::VERIFY, "verify")];
        let mut rows = Vec::new();
        for constant in of(constants::SIGNATURE, "ALG_") {
            self.next(constant);
            let make = (factory::SIGNATURE, vec![constant.byte()]);
            let mut row = Row::new(constant, self.sweeper.make(make.0, &make.1)?);
            if let (true, Some(family)) = (row.is_supported(), Family::of(constant.name)) {
                self.used(&mut row, &make, family, TEXT, &OPERATIONS, &[])?;
            }
            rows.push(row);
        }
        for constant in of(constants::SIGNATURE, "SIG_CIPHER_") {
            self.next(constant);
            let (reply, found) = self.signature_parts(constant)?;
            let with = found.iter().map(|(digest, padding)| format!("{} {}", digest.name, padding.name));
            let mut row = Row { with: with.collect(), ..Row::new(constant, reply) };
            let usual = found.iter().find(|(digest, _)| digest.name == "ALG_SHA_256").or(found.first());
            if let (Some((digest, padding)), Some(family)) = (usual, Family::of(constant.name)) {
                let parts = vec![digest.byte(), constant.byte(), padding.byte()];
                let make = (factory::SIGNATURE_OF_PARTS, parts);
                self.used(&mut row, &make, family, TEXT, &OPERATIONS, &[])?;
            }
            rows.push(row);
        }
        Ok(rows)
    }

    /// The digests and paddings that a `SIG_CIPHER_*` goes with.
    fn signature_parts(&mut self, cipher: Constant) -> Ended<(Reply, Vec<(Constant, Constant)>)> {
        let paddings = of(constants::CIPHER, "PAD_");
        let (mut reply, mut found) = (Reply::NotAsked, Vec::new());
        for digest in of(constants::DIGEST, "ALG_") {
            let items: Vec<u8> =
                paddings.iter().flat_map(|padding| [digest.byte(), cipher.byte(), padding.byte()]).collect();
            let answers = self.sweeper.make_all(factory::SIGNATURE_OF_PARTS, 3, &items)?;
            for (padding, answer) in paddings.iter().zip(answers) {
                if answer.is_done() {
                    found.push((digest, *padding));
                }
                reply = better(reply, answer);
            }
        }
        let used =
            paddings.into_iter().filter(|padding| found.iter().any(|(_, of)| of.value == padding.value));
        self.padded.push((cipher, used.collect()));
        Ok((reply, found))
    }

    fn ciphers(&mut self, class: &'static str) -> Ended<Vec<Row>> {
        let mut rows = Vec::new();
        for constant in of(class, "ALG_") {
            self.next(constant);
            let make = (factory::CIPHER, vec![constant.byte()]);
            let mut row = Row::new(constant, self.sweeper.make(make.0, &make.1)?);
            if row.is_supported() {
                self.encrypted(&mut row, &make)?;
            }
            rows.push(row);
        }
        for constant in of(class, "CIPHER_") {
            self.next(constant);
            let (reply, paddings) = self.cipher_parts(constant)?;
            let with = paddings.iter().map(|padding| padding.name.to_owned()).collect();
            let mut row = Row { with, ..Row::new(constant, reply) };
            if let Some(padding) = paddings.first() {
                let make = (factory::CIPHER_OF_PARTS, vec![constant.byte(), padding.byte()]);
                self.encrypted(&mut row, &make)?;
            }
            self.padded.push((constant, paddings));
            rows.push(row);
        }
        Ok(rows)
    }

    fn cipher_parts(&mut self, cipher: Constant) -> Ended<(Reply, Vec<Constant>)> {
        let paddings = of(constants::CIPHER, "PAD_");
        let items: Vec<u8> = paddings.iter().flat_map(|padding| [cipher.byte(), padding.byte()]).collect();
        let answers = self.sweeper.make_all(factory::CIPHER_OF_PARTS, 2, &items)?;
        let reply = answers.iter().copied().reduce(better).unwrap_or(Reply::NotAsked);
        let found = paddings.into_iter().zip(&answers).filter(|(_, answer)| answer.is_done());
        Ok((reply, found.map(|(padding, _)| padding).collect()))
    }

    fn encrypted(&mut self, row: &mut Row, make: &(u8, Vec<u8>)) -> Ended {
        const BOTH: [(u8, &str); 2] = [(operation::ENCRYPT, "encrypt"), (operation::DECRYPT, "decrypt")];
        const SEAL: [(u8, &str); 1] = [(operation::SEAL, "encrypt with tag")];
        let name = row.constant.name;
        let Some(family) = Family::of(name) else { return Ok(()) };
        if row.constant.class == constants::AEAD {
            return self.used(row, make, family, TEXT, &SEAL, &[0xA5; 12]);
        }
        // A bare RSA operation is on a whole block, any other on what fits into it with its padding.
        let bare = name == "ALG_RSA_NOPAD" || row.with.first().is_some_and(|padding| padding == "PAD_NOPAD");
        let bytes = if family.is_secret() || bare { TEXT } else { SHORT_TEXT };
        let tweak: &[u8] = if name.ends_with("_XTS") { &[0x5A; 16] } else { &[] };
        self.used(row, make, family, bytes, &BOTH, tweak)
    }

    fn agreements(&mut self) -> Ended<Vec<Row>> {
        let mut rows = Vec::new();
        for constant in of(constants::AGREEMENT, "ALG_") {
            self.next(constant);
            let make = (factory::AGREEMENT, vec![constant.byte()]);
            let mut row = Row::new(constant, self.sweeper.make(make.0, &make.1)?);
            if let (true, Some(family)) = (row.is_supported(), Family::of(constant.name)) {
                self.used(&mut row, &make, family, 0, &[(operation::AGREE, "agree")], &[])?;
            }
            rows.push(row);
        }
        Ok(rows)
    }

    fn derivations(&mut self) -> Ended<Vec<Row>> {
        let mut rows = Vec::new();
        for constant in of(constants::DERIVATION, "ALG_") {
            self.next(constant);
            let make = (factory::DERIVATION, constant.short().to_vec());
            let mut row = Row::new(constant, self.sweeper.make(make.0, &make.1)?);
            if row.is_supported() {
                let (work, family, algorithm) = derived(constant.name);
                let plan = family.and_then(|family| Plan::new(family, None));
                if let Some(plan) = plan {
                    let _held = self.hold(plan)?;
                    self.sweeper.make(make.0, &make.1)?;
                } else {
                    self.held = None;
                }
                row.operations.push(self.measured(constant, (work, "derive"), SHORT_TEXT, &[algorithm])?);
            }
            rows.push(row);
        }
        Ok(rows)
    }

    /// What is made by a number of two bytes and has nothing to measure.
    fn named_only(&mut self, class: &'static str, prefix: &str, factory: u8) -> Ended<Vec<Row>> {
        of(class, prefix)
            .into_iter()
            .map(|constant| Ok(Row::new(constant, self.sweeper.make(factory, &constant.short())?)))
            .collect()
    }

    fn biometry(&mut self, class: &'static str, factory: u8) -> Ended<Vec<Row>> {
        // What an initial parameter is by default is no kind of biometry.
        let kinds = of(class, "").into_iter().filter(|constant| constant.name != "DEFAULT_INITPARAM");
        kinds
            .map(|constant| Ok(Row::new(constant, self.sweeper.make(factory, &[constant.byte()])?)))
            .collect()
    }
}

fn named_parameters() -> Vec<Constant> {
    of(constants::NAMED, "")
}
