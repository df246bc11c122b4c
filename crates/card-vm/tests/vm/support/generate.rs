//! Random methods that are valid: arithmetic on shorts and ints, local variables, arrays, branches, loops, switches,
//! subroutines, and exceptions that a handler may catch. Each ends, and gives a short made of all it computed.
//!
//! Locals: 0 a `byte[]`, 1 a `short[]`, 2 to 5 shorts, 6 and 8 ints, 10 to 12 counters of loops, 13 a return address.

use std::fmt::Write;

/// What a word or two of the operand stack are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Short,
    Int,
}

/// Elements of each array.
pub(crate) const ELEMENTS: i16 = 8;
const COUNTERS: [u8; 3] = [10, 11, 12];

/// Numbers from a seed (SplitMix64).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

struct Generator {
    random: Random,
    lines: String,
    stack: Vec<Kind>,
    labels: usize,
    loops: usize,
    in_subroutine: bool,
    subroutines: Vec<String>,
}

/// The lines of a method for the assembler.
pub(crate) fn method(seed: u64) -> String {
    let mut generator = Generator {
        random: Random(seed),
        lines: String::new(),
        stack: Vec::new(),
        labels: 0,
        loops: 0,
        in_subroutine: false,
        subroutines: Vec::new(),
    };
    generator.line("begin:");
    let steps = 5 + generator.random.below(40);
    generator.block(steps, 3);
    generator.line("goto_w end");
    generator.subroutines();
    generator.line("after:");
    let caught = generator.random.below(3) > 0;
    if caught {
        generator.line("handler:");
        generator.line("pop");
    }
    generator.line("end:");
    generator.result();
    if caught {
        generator.line("catch begin after handler");
    }
    generator.lines
}

impl Generator {
    fn line(&mut self, line: &str) {
        writeln!(self.lines, "{line}").unwrap();
    }

    fn label(&mut self) -> String {
        self.labels += 1;
        format!("l{}", self.labels)
    }

    fn words(&self) -> usize {
        self.stack.iter().map(|kind| if *kind == Kind::Int { 2 } else { 1 }).sum()
    }

    fn short_local(&mut self) -> usize {
        2 + self.random.below(4)
    }

    fn int_local(&mut self) -> usize {
        6 + 2 * self.random.below(2)
    }

    /// Steps that leave the stack as it was.
    fn block(&mut self, steps: usize, nesting: usize) {
        let base = self.stack.len();
        for _ in 0..steps {
            self.step(base, nesting);
        }
        while self.stack.len() > base {
            self.drop_top();
        }
    }

    fn drop_top(&mut self) {
        let into = self.random.below(3);
        match self.stack.pop() {
            Some(Kind::Short) if into == 0 => self.line("pop"),
            Some(Kind::Short) => {
                let local = self.short_local();
                self.line(&format!("sstore {local}"));
            }
            Some(Kind::Int) if into == 0 => self.line("pop2"),
            Some(Kind::Int) => {
                let local = self.int_local();
                self.line(&format!("istore {local}"));
            }
            None => {}
        }
    }

    fn push(&mut self) {
        if self.words() > 11 {
            return;
        }
        let (short, int) = (self.short_local(), self.int_local());
        let value = match self.random.below(4) {
            0 => 0,
            1 => self.random.below(16) as i64 - 4,
            2 => 0xFF,
            _ => i64::from(self.random.next() as i32),
        };
        let (line, kind) = match self.random.below(6) {
            0 | 1 => (format!("sload {short}"), Kind::Short),
            2 => (format!("sspush {}", value as i16), Kind::Short),
            3 => (format!("iload {int}"), Kind::Int),
            4 => (format!("iipush {}", value as i32), Kind::Int),
            _ => {
                self.element_load();
                return;
            }
        };
        self.line(&line);
        self.stack.push(kind);
    }

    /// An index, now and then out of bounds.
    fn index(&mut self) {
        match self.random.below(8) {
            0 => {
                let local = self.short_local();
                self.line(&format!("sload {local}"));
            }
            1..4 => {
                let local = self.short_local();
                self.line(&format!("sload {local}"));
                self.line("bspush 7");
                self.line("sand");
            }
            _ => {
                let index = self.random.below(ELEMENTS as usize);
                self.line(&format!("bspush {index}"));
            }
        }
    }

    fn element_load(&mut self) {
        let bytes = self.random.below(2) == 0;
        self.line(if bytes { "aload_0" } else { "aload_1" });
        self.index();
        self.line(if bytes { "baload" } else { "saload" });
        if self.random.below(3) == 0 {
            self.line("sspush 255");
            self.line("sand");
        }
        self.stack.push(Kind::Short);
    }

    fn element_store(&mut self) {
        let bytes = self.random.below(2) == 0;
        self.line(if bytes { "aload_0" } else { "aload_1" });
        self.index();
        let local = self.short_local();
        self.line(&format!("sload {local}"));
        if self.random.below(2) == 0 {
            self.line("s2b");
        }
        self.line(if bytes { "bastore" } else { "sastore" });
    }

    fn step(&mut self, base: usize, nesting: usize) {
        let top: Vec<Kind> = self.stack[base..].iter().rev().copied().collect();
        match (self.random.below(16), top.as_slice()) {
            (0..4, [Kind::Short, Kind::Short, ..]) => {
                let op =
                    ["sadd", "ssub", "smul", "sand", "sor", "sxor", "sshl", "sshr", "sushr", "sdiv", "srem"];
                let op = self.random.one(&op);
                self.line(op);
                self.stack.pop();
            }
            (0..4, [Kind::Int, Kind::Int, ..]) => {
                let ops = [
                    "iadd", "isub", "imul", "iand", "ior", "ixor", "ishl", "ishr", "iushr", "idiv", "irem",
                    "icmp",
                ];
                let op = self.random.one(&ops);
                self.line(op);
                self.stack.truncate(self.stack.len() - 2);
                self.stack.push(if op == "icmp" { Kind::Short } else { Kind::Int });
            }
            (4, [Kind::Short, ..]) => {
                let op = self.random.one(&["sneg", "s2b", "s2i"]);
                self.line(op);
                if op == "s2i" {
                    self.stack.pop();
                    self.stack.push(Kind::Int);
                }
            }
            (4, [Kind::Int, ..]) => {
                let op = self.random.one(&["ineg", "i2b", "i2s"]);
                self.line(op);
                if op != "ineg" {
                    self.stack.pop();
                    self.stack.push(Kind::Short);
                }
            }
            (5, [top, ..]) if self.words() < 11 => {
                self.line(if *top == Kind::Int { "dup2" } else { "dup" });
                self.stack.push(*top);
            }
            (6, [first, second, ..]) => self.permute(*first, *second),
            (7 | 8, [_, ..]) => self.drop_top(),
            (9, _) => self.increment(),
            (10, _) => self.element_store(),
            (11 | 12, _) if nesting > 0 => self.construct(nesting - 1),
            _ => self.push(),
        }
    }

    fn increment(&mut self) {
        let by = self.random.below(7) as i32 - 3;
        let (short, int) = (self.short_local(), self.int_local());
        let line = match self.random.below(4) {
            0 => format!("sinc {short} {by}"),
            1 => format!("sinc_w {short} {}", by * 1000),
            2 => format!("iinc {int} {by}"),
            _ => format!("iinc_w {int} {}", by * 1000),
        };
        self.line(&line);
    }

    /// `swap_x`, or `dup_x` of the topmost below the second.
    fn permute(&mut self, first: Kind, second: Kind) {
        let size = |kind| if kind == Kind::Int { 2 } else { 1 };
        let (m, n) = (size(first), size(second));
        self.stack.truncate(self.stack.len() - 2);
        if self.random.below(2) == 0 || self.words() > 7 {
            self.line(&format!("swap_x {m} {n}"));
        } else {
            self.line(&format!("dup_x {m} {}", m + n));
            self.stack.push(first);
            self.stack.push(second);
            self.stack.push(first);
            return;
        }
        self.stack.push(first);
        self.stack.push(second);
    }

    fn construct(&mut self, nesting: usize) {
        match self.random.below(6) {
            0 | 1 => self.if_else(nesting),
            2 | 3 if self.loops < COUNTERS.len() => self.counted(nesting),
            4 => self.switch(nesting),
            5 if !self.in_subroutine => self.subroutine(),
            _ => self.if_else(nesting),
        }
    }

    /// A condition on locals and constants, and the jump.
    fn condition(&mut self, to: &str) {
        let (left, right) = (self.short_local(), self.short_local());
        let constant = self.random.below(9) as i32 - 4;
        let condition = self.random.one(&["eq", "ne", "lt", "ge", "gt", "le"]);
        match self.random.below(4) {
            0 => {
                self.line(&format!("sload {left}"));
                self.line(&format!("if{condition}_w {to}"));
                return;
            }
            1 => self.line(&format!("sload {left}\nsload {right}")),
            2 => self.line(&format!("sload {left}\nbspush {constant}")),
            _ => self.line(&format!("bspush {constant}\nsload {right}")),
        }
        self.line(&format!("if_scmp{condition}_w {to}"));
    }

    /// Both ways leave one short more, or nothing.
    fn if_else(&mut self, nesting: usize) {
        let (otherwise, end) = (self.label(), self.label());
        let gives = self.random.below(2) == 0 && self.words() < 11;
        self.condition(&otherwise);
        for (way, label) in [(0, &otherwise), (1, &end)] {
            let steps = self.random.below(6);
            self.block(steps, nesting);
            if gives {
                let local = self.short_local();
                self.line(&format!("sload {local}"));
            }
            if way == 0 {
                self.line(&format!("goto_w {end}"));
            }
            self.line(&format!("{label}:"));
        }
        if gives {
            self.stack.push(Kind::Short);
        }
    }

    /// A loop that is tested at its top or at its end.
    fn counted(&mut self, nesting: usize) {
        let counter = COUNTERS[self.loops];
        self.loops += 1;
        let (top, end) = (self.label(), self.label());
        let rounds = 1 + self.random.below(4);
        let steps = self.random.below(8);
        if self.random.below(2) == 0 {
            self.line(&format!("sconst_0\nsstore {counter}\n{top}:\nsload {counter}\nbspush {rounds}"));
            self.line(&format!("if_scmpge_w {end}"));
            self.block(steps, nesting);
            self.line(&format!("sinc {counter} 1\ngoto_w {top}\n{end}:"));
        } else {
            self.line(&format!("bspush {rounds}\nsstore {counter}\n{top}:"));
            self.block(steps, nesting);
            self.line(&format!("sinc {counter} -1\nsload {counter}\nifne_w {top}"));
        }
        self.loops -= 1;
    }

    fn switch(&mut self, nesting: usize) {
        let labels: Vec<String> = (0..3).map(|_| self.label()).collect();
        let end = self.label();
        let [first, second, other] = labels.as_slice() else { return };
        let (short, int) = (self.short_local(), self.int_local());
        let line = match self.random.below(4) {
            0 => format!("sload {short}\nbspush 3\nsand\nstableswitch {other} 1 {first} {second}"),
            1 => format!("sload {short}\nslookupswitch {other} -3 {first} 0 {second}"),
            2 => format!("iload {int}\niipush 3\niand\nitableswitch {other} 0 {first} {second}"),
            _ => format!("iload {int}\nilookupswitch {other} 0 {first} 7 {second}"),
        };
        self.line(&line);
        for label in &labels {
            self.line(&format!("{label}:"));
            let steps = self.random.below(5);
            self.block(steps, nesting);
            if self.random.below(2) == 0 {
                self.line(&format!("goto_w {end}"));
            }
        }
        self.line(&format!("{end}:"));
    }

    /// A call of a subroutine, an old or a new one, at whatever depth this is.
    fn subroutine(&mut self) {
        // its own words come on top
        if self.words() > 4 {
            return;
        }
        let known = self.subroutines.len();
        let chosen = self.random.below(known + 1);
        if chosen == known {
            let label = self.label();
            self.subroutines.push(label);
        }
        let label = self.subroutines[chosen].clone();
        self.line(&format!("jsr {label}"));
    }

    fn subroutines(&mut self) {
        self.in_subroutine = true;
        // a loop in a subroutine would count with the counter of the loop that calls it
        self.loops = COUNTERS.len();
        for label in self.subroutines.clone() {
            self.line(&format!("{label}:\nastore 13"));
            let steps = 2 + self.random.below(8);
            self.block(steps, 1);
            self.line("ret 13");
        }
    }

    fn result(&mut self) {
        self.line("sconst_1");
        for local in 2..=5 {
            self.line(&format!("bspush 31\nsmul\nsload {local}\nsadd"));
        }
        for local in [6, 8] {
            self.line(&format!("bspush 31\nsmul\niload {local}\ni2s\nsadd"));
            self.line(&format!("bspush 31\nsmul\niload {local}\nbipush 16\nishr\ni2s\nsadd"));
        }
        self.line("sreturn");
    }
}
