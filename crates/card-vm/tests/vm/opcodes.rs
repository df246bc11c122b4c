//! Every bytecode, by the cases in `data/opcodes.txt`: a line is `expected <- instruction / instruction / ...`, run as a
//! static method with twenty words of stack and local variables 0 to 9; `=` lines name a group.

use crate::support::Card;
use card_image::opcode::Opcode;

const CASES: &str = include_str!("data/opcodes.txt");

/// The package around a case: something of everything an instruction can name.
pub(crate) fn package(code: &str) -> String {
    let code: String = code.split(" / ").map(|line| format!("{}\n", line.trim())).collect();
    format!(
        "package F000000001
         static sr ref
         static sb byte
         static ss short
         static si int
         interface Able
         class Base
         field ref ref
         field byte word
         field short word
         field int int
         implements Able same
         special <init> 1 0
         aload_0
         invokespecial java/lang/Object.<init>()V
         return
         special secret 1 0
         sspush 700
         sreturn
         virtual same 1 0
         sspush 100
         sreturn
         virtual plus 3 0
         sload_1
         sload_2
         sadd
         sreturn
         package own 1 0
         sspush 300
         sreturn
         virtual fields 2 0
         {FIELDS}
         class Derived extends Base
         special <init> 1 0
         aload_0
         invokespecial Base.<init>
         return
         virtual same 1 0
         aload_0
         invokespecial super Derived.same
         sconst_1
         sadd
         sreturn
         package own 1 0
         sspush 301
         sreturn
         class Main
         special twice 1 0
         sload_0
         dup
         sadd
         sreturn
         special wide 2 0
         iload_0
         iload_0
         iadd
         ireturn
         special fail 0 0
         sspush 77
         invokestatic javacard/framework/ISOException.throwIt(S)V
         return
         special down 1 0
         sload_0
         ifeq end
         sload_0
         sconst_1
         ssub
         invokestatic Main.down
         sconst_1
         sadd
         sreturn
         end:
         sconst_0
         sreturn
         special main 0 10
         {code}
         applet F00000000101 Main.main"
    )
}

/// The `_this` forms: everything stored in its field and read again.
const FIELDS: &str = "sspush 300
         putfield_b_this Base.byte
         sspush -2
         putfield_s_this Base.short
         iipush 100000
         putfield_i_this Base.int
         aload_0
         putfield_a_this Base.ref
         getfield_a_this Base.ref
         aload_0
         if_acmpne bad
         getfield_i_this Base.int
         i2s
         getfield_b_this Base.byte
         sadd
         getfield_s_this Base.short
         sadd
         sreturn
         bad:
         sconst_0
         sreturn";

fn cases() -> impl Iterator<Item = (&'static str, &'static str)> {
    CASES.lines().filter(|line| !line.is_empty() && !line.starts_with('=')).map(|line| {
        let (expected, code) = line.split_once("<-").unwrap_or_else(|| panic!("{line}"));
        (expected.trim(), code.trim())
    })
}

#[test]
fn every_case_has_its_answer() {
    let mut wrong = Vec::new();
    for (expected, code) in cases() {
        let mut card = Card::with(&[]);
        let outcome = match card.try_load(&package(code)) {
            Ok(()) => card.outcome(1, 0, &[]),
            Err(error) => format!("refused {}", format!("{error:?}").split(' ').next().unwrap()),
        };
        if outcome != expected {
            wrong.push(format!("{code}\n    expected {expected}, got {outcome}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_bytecode_occurs_in_a_case() {
    let all: String = cases().map(|(_, code)| package(code)).collect();
    let used: Vec<&str> = all.split_whitespace().collect();
    let missing: Vec<_> = Opcode::ALL
        .iter()
        .map(|opcode| opcode.mnemonic())
        .filter(|mnemonic| !mnemonic.starts_with("impdep") && !used.contains(mnemonic))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
