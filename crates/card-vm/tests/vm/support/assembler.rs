//! A small assembler: from text to a CAP file, so that tests can say in bytecode exactly what they mean.
//!
//! ```text
//! package AID                              first line
//! import AID                               a package other than the platform's; %0 is the first of them
//! static NAME ref|byte|short|int           a static field
//! interface NAME [shareable]
//! class NAME [extends CLASS] [shareable]   default: java/lang/Object
//! implements INTERFACE METHOD...           methods of the class, in the order of the interface's tokens
//! field NAME ref|word|int                  references first
//! virtual|package|special NAME ARGS LOCALS special: static methods, constructors, private methods
//! LABEL: / MNEMONIC OPERAND...             code
//! catch START END HANDLER [CLASS]          labels
//! applet AID CLASS.METHOD
//! export CLASS METHOD...                   static methods, in the order of their tokens
//! ```
//! Classes are `Name` (of this file), `java/lang/Object` (of the platform) or `%IMPORT.TOKEN`. Members are
//! `CLASS.name`, with a descriptor for the platform's and a token for an import's. `invokespecial super CLASS.name`
//! calls the superclass's.

use std::collections::HashMap;

use card_image::Aid;
use card_image::api::{self, MemberKind};
use card_image::cap::*;
use card_image::opcode::{Layout, Opcode};

/// Assembles a package; panics with the line at what it does not understand.
pub(crate) fn assemble(text: &str) -> CapFile {
    let mut assembler = Assembler::default();
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    for line in lines.filter(|line| !line.is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        assembler.line(line, &words);
    }
    assembler.finish()
}

#[derive(Default)]
struct Assembler {
    aid: Option<Aid>,
    imports: Vec<PackageInfo>,
    user_imports: Vec<PackageToken>,
    pool: Vec<Constant>,
    statics: Vec<(String, String)>,
    classes: Vec<Class>,
    methods: Vec<Method>,
    applets: Vec<(Aid, String)>,
    exports: Vec<(String, Vec<String>)>,
}

struct Class {
    name: String,
    superclass: Option<String>,
    shareable: bool,
    fields: Vec<(String, String)>,
    implements: Vec<(String, Vec<String>)>,
}

#[derive(Default, Clone)]
struct Method {
    name: String,
    table: String,
    args: u8,
    locals: u8,
    code: Vec<String>,
    handlers: Vec<Vec<String>>,
}

fn aid(text: &str) -> Aid {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

impl Assembler {
    fn line(&mut self, line: &str, words: &[&str]) {
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        match *words {
            ["package", package] => self.aid = Some(aid(package)),
            ["import", package] => {
                self.user_imports.push(PackageToken(self.imports.len() as u8));
                let version = Version { major: 1, minor: 0 };
                self.imports.push(PackageInfo { version, aid: aid(package) });
            }
            ["static", name, kind] => self.statics.push((name.into(), kind.into())),
            ["interface", name, ref rest @ ..] => self.class(name, None, rest.contains(&"shareable")),
            ["class", name, ref rest @ ..] => {
                let superclass = match *rest {
                    ["extends", superclass, ..] => superclass,
                    _ => "java/lang/Object",
                };
                self.class(name, Some(superclass), rest.contains(&"shareable"));
            }
            ["implements", interface, ref methods @ ..] => {
                self.last_class().implements.push((interface.into(), owned(methods)));
            }
            ["field", name, kind] => self.last_class().fields.push((name.into(), kind.into())),
            [table @ ("virtual" | "package" | "special"), name, args, locals] => {
                let class = self.last_class().name.clone();
                let (args, locals) = (args.parse().expect(line), locals.parse().expect(line));
                let name = format!("{class}.{name}");
                self.methods.push(Method { name, table: table.into(), args, locals, ..Method::default() });
            }
            ["catch", ref rest @ ..] => self.methods.last_mut().expect(line).handlers.push(owned(rest)),
            ["applet", applet, install] => self.applets.push((aid(applet), install.into())),
            ["export", class, ref methods @ ..] => self.exports.push((class.into(), owned(methods))),
            _ => self.methods.last_mut().expect(line).code.push(line.to_owned()),
        }
    }

    fn class(&mut self, name: &str, superclass: Option<&str>, shareable: bool) {
        self.classes.push(Class {
            name: name.into(),
            superclass: superclass.map(str::to_owned),
            shareable,
            fields: Vec::new(),
            implements: Vec::new(),
        });
    }

    fn last_class(&mut self) -> &mut Class {
        self.classes.last_mut().expect("a class comes first")
    }

    fn finish(mut self) -> CapFile {
        // places of methods depend on the lengths of their code, not on what it refers to: assemble twice
        let mut offsets = HashMap::new();
        let (mut code, mut handlers) = (Vec::new(), Vec::new());
        for _ in 0..2 {
            (code, handlers) = self.code(&mut offsets);
        }
        // without a Descriptor, only the constant pool tells where methods begin
        for offset in offsets.values().copied().map(MethodOffset::compact) {
            self.constant(Constant::StaticMethod(StaticMethodRef::Internal(offset)));
        }
        let entries = (0..self.classes.len()).map(|index| self.class_entry(index, &offsets)).collect();
        let image_size: usize = self.statics.iter().map(|(_, kind)| size(kind)).sum();
        let references = self.statics.iter().filter(|(_, kind)| kind == "ref").count();
        let offset = |name: &String| MethodOffset::compact(*offsets.get(name).expect(name));
        let applets: Vec<_> = self
            .applets
            .iter()
            .map(|(aid, install)| AppletEntry { aid: *aid, install: offset(install) })
            .collect();
        let exports: Vec<_> = self
            .exports
            .iter()
            .map(|(class, methods)| ClassExport {
                class: ClassOffset(self.class_offset(class)),
                static_fields: Vec::new(),
                static_methods: methods.iter().map(|name| offset(&format!("{class}.{name}"))).collect(),
            })
            .collect();
        let package = PackageInfo {
            version: Version { major: 1, minor: 0 },
            aid: self.aid.expect("the package's AID"),
        };
        CapFile {
            header: Header {
                format: CapFormat::V2_1,
                flags: PackageFlags::INT,
                package,
                name: None,
                public: Vec::new(),
            },
            applet: (!applets.is_empty()).then_some(AppletComponent { applets }),
            import: Import { packages: self.imports.clone() },
            constant_pool: ConstantPool { entries: self.pool.clone() },
            class: ClassComponent { signature_pool: Vec::new(), entries },
            method: MethodComponent { blocks: vec![MethodBlock { handlers, code }] },
            static_field: StaticField {
                image_size: image_size as u16,
                reference_count: references as u16,
                array_inits: Vec::new(),
                default_value_count: (image_size - 2 * references) as u16,
                non_default_values: Vec::new(),
            },
            reference_location: ReferenceLocation { blocks: vec![ReferencePlaces::default()] },
            export: (!exports.is_empty())
                .then_some(ExportComponent { packages: vec![PackageExport { classes: exports }] }),
            descriptor: None,
            debug: None,
            static_resources: None,
            custom: Vec::new(),
            read_directory: None,
        }
    }

    /// One pass over all methods.
    fn code(&mut self, offsets: &mut HashMap<String, u16>) -> (Vec<u8>, Vec<ExceptionHandler>) {
        let count: usize = self.methods.iter().map(|method| method.handlers.len()).sum();
        let start = 1 + 8 * count;
        self.pool.clear();
        let (mut code, mut handlers) = (Vec::new(), Vec::new());
        let methods = self.methods.clone();
        for method in &methods {
            offsets.insert(method.name.clone(), (start + code.len()) as u16);
            let extended = MethodHeader {
                extended: true,
                is_abstract: false,
                max_stack: 20,
                nargs: method.args,
                max_locals: method.locals,
            };
            code.extend(extended.to_bytes());
            let base = start + code.len();
            let (bytes, labels) = self.assemble(method, offsets);
            code.extend(bytes);
            for words in &method.handlers {
                let place = |label: &str| (base + *labels.get(label).expect(label)) as u16;
                let catch_type = words.get(3).map(|class| {
                    let class = self.class_ref(class);
                    self.constant(Constant::Class(class))
                });
                handlers.push(ExceptionHandler {
                    start: place(&words[0]),
                    length: place(&words[1]) - place(&words[0]),
                    stop: false,
                    handler: place(&words[2]),
                    catch_type,
                });
            }
        }
        (code, handlers)
    }

    fn assemble(
        &mut self,
        method: &Method,
        offsets: &HashMap<String, u16>,
    ) -> (Vec<u8>, HashMap<String, usize>) {
        let mut labels: HashMap<String, usize> = HashMap::new();
        let mut bytes = Vec::new();
        for _ in 0..2 {
            bytes.clear();
            for line in &method.code {
                if let Some(label) = line.strip_suffix(':') {
                    labels.insert(label.to_owned(), bytes.len());
                } else {
                    self.instruction(line, &mut bytes, &labels, offsets);
                }
            }
        }
        (bytes, labels)
    }

    fn instruction(
        &mut self,
        line: &str,
        bytes: &mut Vec<u8>,
        labels: &HashMap<String, usize>,
        offsets: &HashMap<String, u16>,
    ) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let opcode = Opcode::from_mnemonic(words[0]).unwrap_or_else(|| panic!("{line}"));
        let at = bytes.len() as i32;
        let number = |index: usize| -> i32 { words[index].parse().unwrap_or_else(|_| panic!("{line}")) };
        let distance = |index: usize| labels.get(words[index]).map_or(0, |target| *target as i32 - at) as i16;
        bytes.push(opcode.byte());
        let operand = words.get(1..).unwrap_or_default();
        match opcode.layout() {
            Layout::None => {}
            Layout::Local | Layout::Byte | Layout::ArrayType => bytes.push(number(1) as u8),
            Layout::Short => bytes.extend((number(1) as i16).to_be_bytes()),
            Layout::Int => bytes.extend(number(1).to_be_bytes()),
            Layout::Branch => bytes.push(distance(1) as u8),
            Layout::BranchWide => bytes.extend(distance(1).to_be_bytes()),
            Layout::PoolByte => {
                let index = self.operand(opcode, operand, offsets);
                bytes.push(index.0 as u8);
            }
            Layout::Pool => {
                let index = self.operand(opcode, operand, offsets);
                bytes.extend(index.0.to_be_bytes());
            }
            Layout::LocalByte => bytes.extend([number(1) as u8, number(2) as u8]),
            Layout::LocalShort => {
                bytes.push(number(1) as u8);
                bytes.extend((number(2) as i16).to_be_bytes());
            }
            Layout::Counts => bytes.push((number(1) as u8) << 4 | number(2) as u8),
            Layout::Interface => {
                let class = self.class_ref(words[2]);
                let index = self.constant(Constant::Class(class));
                bytes.push(number(1) as u8);
                bytes.extend(index.0.to_be_bytes());
                bytes.push(number(3) as u8);
            }
            Layout::TypedPool => {
                bytes.push(number(1) as u8);
                let index = match words.get(2) {
                    Some(class) => {
                        let class = self.class_ref(class);
                        self.constant(Constant::Class(class))
                    }
                    None => PoolIndex(0),
                };
                bytes.extend(index.0.to_be_bytes());
            }
            Layout::TableSwitchShort => {
                // DEFAULT LOW LABEL...
                bytes.extend(distance(1).to_be_bytes());
                let low = number(2) as i16;
                bytes.extend(low.to_be_bytes());
                bytes.extend((low + words.len() as i16 - 4).to_be_bytes());
                (3..words.len()).for_each(|index| bytes.extend(distance(index).to_be_bytes()));
            }
            Layout::TableSwitchInt => {
                bytes.extend(distance(1).to_be_bytes());
                bytes.extend(number(2).to_be_bytes());
                bytes.extend((number(2) + words.len() as i32 - 4).to_be_bytes());
                (3..words.len()).for_each(|index| bytes.extend(distance(index).to_be_bytes()));
            }
            layout @ (Layout::LookupSwitchShort | Layout::LookupSwitchInt) => {
                // DEFAULT KEY LABEL...
                bytes.extend(distance(1).to_be_bytes());
                bytes.extend(((words.len() as u16 - 2) / 2).to_be_bytes());
                for index in (2..words.len()).step_by(2) {
                    match layout {
                        Layout::LookupSwitchShort => bytes.extend((number(index) as i16).to_be_bytes()),
                        _ => bytes.extend(number(index).to_be_bytes()),
                    }
                    bytes.extend(distance(index + 1).to_be_bytes());
                }
            }
        }
    }

    fn constant(&mut self, constant: Constant) -> PoolIndex {
        let known = self.pool.iter().position(|known| *known == constant);
        PoolIndex(known.unwrap_or_else(|| {
            self.pool.push(constant);
            self.pool.len() - 1
        }) as u16)
    }

    /// The constant that an instruction's operand names.
    fn operand(&mut self, opcode: Opcode, operand: &[&str], offsets: &HashMap<String, u16>) -> PoolIndex {
        let mnemonic = opcode.mnemonic();
        let constant = match operand {
            ["super", member] => self.virtual_constant(member, true),
            [member] if mnemonic == "invokevirtual" => self.virtual_constant(member, false),
            [member] if mnemonic.starts_with("invoke") => self.static_method(member, offsets),
            [name] if mnemonic.contains("static") => {
                let before = self.statics.iter().take_while(|(known, _)| known != name);
                let offset: usize = before.map(|(_, kind)| size(kind)).sum();
                Constant::StaticField(StaticFieldRef::Internal(StaticOffset(offset as u16)))
            }
            [member] if mnemonic.contains("field") => {
                let (class, field) = member.split_once('.').expect(member);
                let fields = &self.classes.iter().find(|known| known.name == class).expect(member).fields;
                let before = fields.iter().take_while(|(known, _)| known != field);
                let token = before.map(|(_, kind)| if kind == "int" { 2u8 } else { 1 }).sum();
                Constant::InstanceField { class: self.class_ref(class), token }
            }
            [class] => Constant::Class(self.class_ref(class)),
            _ => panic!("{mnemonic} {operand:?}"),
        };
        self.constant(constant)
    }

    fn platform_package(&mut self, id: api::PackageId) -> PackageToken {
        let package = id.get().unwrap();
        let info = PackageInfo { version: package.newest().unwrap(), aid: package.aid().unwrap() };
        let known = self.imports.iter().position(|known| *known == info);
        PackageToken(known.unwrap_or_else(|| {
            self.imports.push(info);
            self.imports.len() - 1
        }) as u8)
    }

    fn class_ref(&mut self, name: &str) -> ClassRef {
        if let Some(imported) = name.strip_prefix('%') {
            let (import, class) = imported.split_once('.').expect(name);
            let package = self.user_imports[import.parse::<usize>().expect(name)];
            return ClassRef::External { package, class: class.parse().expect(name) };
        }
        if let Some(id) = api::class_by_name(name) {
            let class = id.get().unwrap();
            return ClassRef::External { package: self.platform_package(class.package), class: class.token };
        }
        ClassRef::Internal(ClassOffset(self.class_offset(name)))
    }

    fn class_offset(&self, name: &str) -> u16 {
        let index =
            self.classes.iter().position(|class| class.name == name).unwrap_or_else(|| panic!("{name}"));
        let sizes = (0..index).map(|index| {
            let class = &self.classes[index];
            if class.superclass.is_none() {
                return 1;
            }
            let tokens =
                self.tokens(&class.name, "virtual").len() + self.tokens(&class.name, "package").len();
            let interfaces: usize = class.implements.iter().map(|(_, methods)| 3 + methods.len()).sum();
            10 + 2 * tokens + interfaces
        });
        sizes.sum::<usize>() as u16
    }

    /// The methods that a class adds to a table: none may be overridden in these tests but the platform's.
    fn tokens(&self, class: &str, table: &str) -> Vec<&Method> {
        let prefix = format!("{class}.");
        let own =
            self.methods.iter().filter(|method| method.table == table && method.name.starts_with(&prefix));
        own.collect()
    }

    /// The token of a virtual method: that of a method of the same name above, or the next one.
    fn token(&self, class: &str, method: &str) -> u8 {
        let mut chain = vec![class.to_owned()];
        while let Some(class) = self.classes.iter().find(|known| known.name == *chain.last().unwrap()) {
            chain.push(class.superclass.clone().expect(method));
        }
        let platform = chain.pop().unwrap();
        let inherited: Vec<&str> = platform_methods(&platform);
        let mut known: Vec<String> = inherited.iter().map(|name| (*name).to_owned()).collect();
        let mut package: Vec<String> = Vec::new();
        for class in chain.iter().rev() {
            for (table, names) in [("virtual", &mut known), ("package", &mut package)] {
                for own in self.tokens(class, table) {
                    let name = own.name.split_once('.').unwrap().1.to_owned();
                    if !names.contains(&name) {
                        names.push(name);
                    }
                }
            }
        }
        match known.iter().position(|name| name == method) {
            Some(token) => token as u8,
            None => 0x80 | package.iter().position(|name| name == method).expect(method) as u8,
        }
    }

    fn virtual_constant(&mut self, member: &str, of_superclass: bool) -> Constant {
        let split = if member.starts_with('%') { member.rsplit_once('.') } else { member.split_once('.') };
        let (class, name) = split.expect(member);
        let token = if class.starts_with('%') {
            name.parse().expect(member)
        } else if let Some(id) = api::class_by_name(class) {
            let found = id.get().unwrap().members().filter_map(api::MemberId::get).find(|row| {
                row.kind == MemberKind::VirtualMethod && name == format!("{}{}", row.name, row.descriptor)
            });
            found.unwrap_or_else(|| panic!("{member}")).token
        } else {
            self.token(class, name)
        };
        let class = self.class_ref(class);
        if of_superclass {
            Constant::SuperMethod { class, token }
        } else {
            Constant::VirtualMethod { class, token }
        }
    }

    fn static_method(&mut self, member: &str, offsets: &HashMap<String, u16>) -> Constant {
        let split = if member.starts_with('%') { member.rsplit_once('.') } else { member.split_once('.') };
        let (class, name) = split.expect(member);
        let token = if class.starts_with('%') {
            name.parse().expect(member)
        } else if let Some(id) = api::class_by_name(class) {
            let found = id.get().unwrap().members().filter_map(api::MemberId::get).find(|row| {
                row.kind == MemberKind::StaticMethod && name == format!("{}{}", row.name, row.descriptor)
            });
            found.unwrap_or_else(|| panic!("{member}")).token
        } else {
            let offset = MethodOffset::compact(offsets.get(member).copied().unwrap_or(0));
            return Constant::StaticMethod(StaticMethodRef::Internal(offset));
        };
        match self.class_ref(class) {
            ClassRef::External { package, class } => {
                Constant::StaticMethod(StaticMethodRef::External { package, class, token })
            }
            ClassRef::Internal(_) => panic!("{member}"),
        }
    }

    fn class_entry(&mut self, index: usize, offsets: &HashMap<String, u16>) -> ClassEntry {
        let (name, superclass) = (self.classes[index].name.clone(), self.classes[index].superclass.clone());
        let shareable = self.classes[index].shareable;
        let Some(superclass) = superclass else {
            return ClassEntry::Interface(InterfaceInfo { shareable, ..InterfaceInfo::default() });
        };
        let implements = self.classes[index].implements.clone();
        let interfaces = implements
            .iter()
            .map(|(interface, methods)| ImplementedInterface {
                interface: self.class_ref(interface),
                methods: methods.iter().map(|method| self.token(&name, method)).collect(),
            })
            .collect();
        let superclass = Some(self.class_ref(&superclass));
        let (public_base, public) = self.table(&name, "virtual", offsets);
        let (package_base, package) = self.table(&name, "package", offsets);
        let fields = &self.classes[index].fields;
        let references = fields.iter().filter(|(_, kind)| kind == "ref").count() as u8;
        ClassEntry::Class(ClassInfo {
            shareable,
            superclass,
            declared_instance_size: fields.iter().map(|(_, kind)| if kind == "int" { 2 } else { 1 }).sum(),
            first_reference_token: if references > 0 { 0 } else { 0xFF },
            reference_count: references,
            public_method_table_base: public_base,
            public_methods: public,
            package_method_table_base: package_base & 0x7F,
            package_methods: package,
            interfaces,
            remote: None,
            token_mapping: None,
        })
    }

    /// A class's own methods by token; they must follow one another.
    fn table(&self, class: &str, table: &str, offsets: &HashMap<String, u16>) -> (u8, Vec<MethodOffset>) {
        let mut entries: Vec<(u8, MethodOffset)> = self
            .tokens(class, table)
            .iter()
            .map(|method| {
                let name = method.name.split_once('.').unwrap().1;
                (self.token(class, name), MethodOffset::compact(offsets[&method.name]))
            })
            .collect();
        entries.sort();
        assert!(entries.windows(2).all(|pair| pair[1].0 == pair[0].0 + 1), "{class}: gaps in the table");
        (entries.first().map_or(0, |entry| entry.0), entries.into_iter().map(|entry| entry.1).collect())
    }
}

/// The names of a platform class's virtual methods, by token.
fn platform_methods(class: &str) -> Vec<&'static str> {
    let class = api::class_by_name(class).unwrap_or_else(|| panic!("{class}")).get().unwrap();
    let mut rows: Vec<_> = class.members().filter_map(api::MemberId::get).collect();
    rows.retain(|row| row.kind == MemberKind::VirtualMethod);
    rows.sort_by_key(|row| row.token);
    rows.iter().map(|row| row.name).collect()
}

fn size(kind: &str) -> usize {
    match kind {
        "byte" => 1,
        "short" | "ref" => 2,
        "int" => 4,
        _ => panic!("{kind}"),
    }
}
