//! How fast the machine runs: a loop of short arithmetic, virtual calls, and transactions of 64 bytes.
//!
//! `cargo bench -p card-vm`. The times are for the whole call; each says in its name how often it does what.

#[path = "../tests/vm/support/mod.rs"]
#[expect(dead_code, reason = "the tests' support can do more than these benches need")]
mod support;

use criterion::{Criterion, criterion_group, criterion_main};
use support::Card;

/// 1,000 rounds of 1,000: a short counts to 1,000 at most twice over.
fn package(body: &str) -> String {
    format!(
        "package F000000001
         class Base
         virtual get 1 0
         sconst_1
         sreturn
         class Main
         special array 0 0
         bspush 64
         newarray 11
         areturn
         special object 0 0
         new Base
         areturn
         special shorts 0 0
         sspush 128
         newarray 11
         areturn
         special sort 1 4
         sconst_0
         sstore_1
         fill:
         aload_0
         sload_1
         sspush 255
         sload_1
         ssub
         s2b
         bastore
         sinc 1 1
         sload_1
         sspush 128
         if_scmplt fill
         bspush 127
         sstore_1
         rounds:
         sload_1
         ifle done
         sconst_0
         sstore_2
         pass:
         sload_2
         sload_1
         if_scmpge passed
         aload_0
         sload_2
         baload
         sstore_3
         aload_0
         sload_2
         sconst_1
         sadd
         baload
         sstore 4
         sload_3
         sload 4
         if_scmple kept
         aload_0
         sload_2
         sload 4
         s2b
         bastore
         aload_0
         sload_2
         sconst_1
         sadd
         sload_3
         s2b
         bastore
         kept:
         sinc 2 1
         goto pass
         passed:
         sinc 1 -1
         goto rounds
         done:
         sconst_0
         sreturn
         special main 1 6
         outer:
         sspush 1000
         sstore_1
         inner:
         {body}
         sinc 1 -1
         sload_1
         ifne inner
         sinc 5 1
         sload 5
         sspush ROUNDS
         if_scmplt outer
         sload_2
         sreturn
         applet F00000000101 Main.main
         applet F00000000102 Main.array
         applet F00000000103 Main.object
         applet F00000000104 Main.shorts
         applet F00000000105 Main.sort"
    )
}

/// With the three of the loop itself: 20 bytecodes.
const ARITHMETIC: &str = "sload_2
    sload_1
    sadd
    sstore_2
    sload_2
    sconst_3
    sshl
    sload_3
    sxor
    sstore_3
    sload_3
    bspush 15
    sand
    sload_2
    sor
    sstore 4
    nop";

const VIRTUAL: &str = "aload_0
    invokevirtual Base.get
    sload_2
    sadd
    sstore_2";

const TRANSACTION: &str = "invokestatic javacard/framework/JCSystem.beginTransaction()V
    aload_0
    sconst_0
    aload_0
    sconst_0
    bspush 64
    invokestatic javacard/framework/Util.arrayCopy([BS[BSS)S
    pop
    invokestatic javacard/framework/JCSystem.commitTransaction()V";

fn bench(criterion: &mut Criterion, name: &str, body: &str, rounds: u32, maker: usize) {
    let source = package(body).replace("ROUNDS", &rounds.to_string());
    let mut card = Card::with(&[&source]);
    let Ok(card_vm::Value::Ref(made)) = card.run(1, maker, &[]) else { return };
    criterion.bench_function(name, |bencher| {
        bencher.iter(|| {
            card.vm.set_budget(u64::MAX);
            card.run(1, 0, &[made.to_word()]).map_err(|stop| panic!("{stop:?}"))
        });
    });
}

/// A bubble sort of 128 bytes that are in the opposite order, so that each comparison is followed by an exchange.
fn bench_sort(criterion: &mut Criterion) {
    let mut card = Card::with(&[&package(VIRTUAL).replace("ROUNDS", "1")]);
    let Ok(card_vm::Value::Ref(made)) = card.run(1, 3, &[]) else { return };
    criterion.bench_function("a bubble sort of 128 bytes", |bencher| {
        bencher.iter(|| {
            card.vm.set_budget(u64::MAX);
            card.run(1, 4, &[made.to_word()]).map_err(|stop| panic!("{stop:?}"))
        });
    });
}

fn all(criterion: &mut Criterion) {
    bench_sort(criterion);
    bench(criterion, "1,000,000 rounds of 20 bytecodes", ARITHMETIC, 1000, 2);
    bench(criterion, "1,000,000 virtual calls", VIRTUAL, 1000, 2);
    bench(criterion, "100,000 transactions of 64 bytes", TRANSACTION, 100, 1);
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = all
}
criterion_main!(benches);
