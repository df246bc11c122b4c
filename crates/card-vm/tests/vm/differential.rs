//! Random methods, run by the machine and by the obvious model of it: what they give, what they throw, and what they
//! leave in their arrays must be the same.

use crate::support::model::{self, Outcome};
use crate::support::{APPLET_1, Card, assembler, generate};
use card_vm::heap::Kind;

fn package(method: &str) -> String {
    format!("package F000000001\nclass Main\nspecial main 2 12\n{method}applet F00000000101 Main.main")
}

fn expected(source: &str) -> Outcome {
    let cap = assembler::assemble(source);
    let block = &cap.method.blocks[0];
    model::run(&block.code, block.code_start() as u16, &block.handlers, generate::ELEMENTS)
}

fn actual(source: &str) -> Outcome {
    let mut card = Card::with(&[source]);
    let bytes = card.vm.make_array(Kind::Bytes, generate::ELEMENTS, APPLET_1).unwrap();
    let shorts = card.vm.make_array(Kind::Shorts, generate::ELEMENTS, APPLET_1).unwrap();
    for at in 0..generate::ELEMENTS {
        card.vm.jcre().store_byte(bytes, at, (at * 37) as i8).unwrap();
        card.vm.jcre().store_short(shorts, at, at.wrapping_mul(9001)).unwrap();
    }
    let outcome = card.outcome(1, 0, &[bytes.to_word(), shorts.to_word()]);
    let result = match outcome.strip_prefix("short ") {
        Some(value) => Ok(value.parse().unwrap()),
        None => Err(match outcome.as_str() {
            "ArithmeticException" => "ArithmeticException",
            "ArrayIndexOutOfBoundsException" => "ArrayIndexOutOfBoundsException",
            other => panic!("{other}\n{source}"),
        }),
    };
    Outcome {
        result,
        bytes: (0..generate::ELEMENTS).map(|at| card.vm.jcre().load_byte(bytes, at).unwrap()).collect(),
        shorts: (0..generate::ELEMENTS).map(|at| card.vm.jcre().load_short(shorts, at).unwrap()).collect(),
    }
}

#[test]
fn random_methods_do_what_the_model_of_the_machine_does() {
    let mut returned = 0;
    for seed in 0..2000 {
        let source = package(&generate::method(seed));
        let expected = expected(&source);
        assert_eq!(actual(&source), expected, "seed {seed}\n{source}");
        returned += usize::from(expected.result.is_ok());
    }
    assert!(returned > 1000, "{returned}: most methods should come to their end");
}
