//! Card content: load files, instances, domains, associations (clauses 11.2, 11.5, 11.6).

use card_image::Aid;
use card_image::cap::CapFile;
use card_runtime::tlv::{self, Tag};

use super::error::GpError;
use super::session::{Session, field};
use crate::element::Element;

/// The package and the module from which every card makes security domains (H.1.3).
const DOMAIN_PACKAGE: [u8; 7] = [0xA0, 0x00, 0x00, 0x01, 0x51, 0x53, 0x50];
const DOMAIN_MODULE: [u8; 8] = [0xA0, 0x00, 0x00, 0x01, 0x51, 0x53, 0x50, 0x41];
/// Privileges of a domain: security domain and trusted path; and authorized management (table 11-7).
const DOMAIN: [u8; 3] = [0x80, 0x80, 0x00];
const MANAGING_DOMAIN: [u8; 3] = [0x80, 0xC0, 0x00];

/// What is to be installed, and how.
#[derive(Clone, Copy, Debug)]
pub struct Installation<'a> {
    /// The package.
    pub package: &'a Aid,
    /// The applet class in it.
    pub applet: &'a Aid,
    /// The new instance's name.
    pub instance: &'a Aid,
    /// Privileges: none, one byte or three (11.1.2).
    pub privileges: &'a [u8],
    /// What the applet finds in its install data as application data (the field `C9`).
    pub parameters: &'a [u8],
    /// Whether it can be selected at once.
    pub selectable: Selectable,
}

/// Whether an instance is made selectable together with its installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selectable {
    /// At once.
    Now,
    /// Later, with [`Session::make_selectable`].
    Later,
}

/// Whether a security domain manages its own content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Management {
    /// It has Authorized Management: it loads, installs and deletes.
    Authorized,
    /// It has not: it keeps keys for its applications.
    None,
}

/// How a load file is named to the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoadHash<'a> {
    /// Not at all.
    None,
    /// By a digest over the load file, which the card compares: SHA-1, SHA-256, SHA-384 or SHA-512, told by its length.
    Digest(&'a [u8]),
}

impl<E: Element + ?Sized> Session<'_, E> {
    /// Loads a package from its load file (the components of the CAP file in load order, without the `C4` tag). When it
    /// fails the card keeps nothing of it.
    ///
    /// # Errors
    /// [`GpError::Refused`] when the card finds the file wrong, knows the package already, or lacks what it imports.
    pub fn load(&mut self, package: &Aid, load_file: &[u8]) -> Result<(), GpError> {
        self.load_for(package, load_file, None, LoadHash::None)
    }

    /// Loads a package for a security domain, with a digest that the card checks.
    ///
    /// # Errors
    /// As [`Session::load`].
    pub fn load_for(
        &mut self,
        package: &Aid,
        load_file: &[u8],
        domain: Option<&Aid>,
        hash: LoadHash<'_>,
    ) -> Result<(), GpError> {
        const FOR_LOAD: &str = "INSTALL [for load]";
        let mut data = Vec::new();
        field(&mut data, FOR_LOAD, "a package AID", package.as_bytes())?;
        field(&mut data, FOR_LOAD, "a domain AID", domain.map_or(&[], |aid| aid.as_bytes()))?;
        let hash = match hash {
            LoadHash::None => &[],
            LoadHash::Digest(digest) => digest,
        };
        field(&mut data, FOR_LOAD, "a digest", hash)?;
        // No parameters, no token.
        data.extend_from_slice(&[0, 0]);
        self.command(FOR_LOAD, [0xE6, 0x02, 0x00], &data)?;

        let mut file = Vec::new();
        tlv::put(&mut file, Tag(0xC4), load_file);
        let blocks = file.chunks(self.room());
        let last = blocks.len() - 1;
        for (number, block) in blocks.enumerate() {
            // The block number has one byte and wraps (11.6.2.2).
            let [.., counted] = number.to_be_bytes();
            let p1 = if number == last { 0x80 } else { 0x00 };
            self.command("LOAD", [0xE8, p1, counted], block)?;
        }
        Ok(())
    }

    /// Loads a package from its CAP file.
    ///
    /// # Errors
    /// [`GpError::Cap`] when the file cannot be written as a load file; others as [`Session::load`].
    pub fn load_cap(&mut self, cap: &CapFile) -> Result<(), GpError> {
        self.load(&cap.header.package.aid, &cap.to_load_file()?)
    }

    /// Makes an instance of an applet, without privileges, and makes it selectable.
    ///
    /// # Errors
    /// [`GpError::Refused`] with what the applet's `install` threw, or what the card found wrong.
    pub fn install(
        &mut self,
        package: &Aid,
        applet: &Aid,
        instance: &Aid,
        parameters: &[u8],
    ) -> Result<(), GpError> {
        let selectable = Selectable::Now;
        let privileges = &[];
        self.install_as(&Installation { package, applet, instance, privileges, parameters, selectable })
    }

    /// Makes an instance of an applet.
    ///
    /// # Errors
    /// As [`Session::install`].
    pub fn install_as(&mut self, what: &Installation<'_>) -> Result<(), GpError> {
        let names = [what.package, what.applet, what.instance].map(Aid::as_bytes);
        // One byte, when there are none: cards of before 2.2 know no other form.
        let privileges = if what.privileges.is_empty() { &[0x00] } else { what.privileges };
        self.install_module(names, privileges, what.parameters, what.selectable)
    }

    /// Makes a security domain, associated with this one and selectable. Until it gets keys of its own it takes this one's.
    ///
    /// # Errors
    /// [`GpError::Refused`].
    pub fn install_domain(&mut self, name: &Aid, management: Management) -> Result<(), GpError> {
        let privileges = match management {
            Management::Authorized => MANAGING_DOMAIN,
            Management::None => DOMAIN,
        };
        let names = [&DOMAIN_PACKAGE[..], &DOMAIN_MODULE, name.as_bytes()];
        self.install_module(names, &privileges, &[], Selectable::Now)
    }

    fn install_module(
        &mut self,
        [package, module, instance]: [&[u8]; 3],
        privileges: &[u8],
        parameters: &[u8],
        selectable: Selectable,
    ) -> Result<(), GpError> {
        const FOR_INSTALL: &str = "INSTALL [for install]";
        let mut application = Vec::new();
        tlv::put(&mut application, Tag(0xC9), parameters);
        let mut data = Vec::new();
        field(&mut data, FOR_INSTALL, "a package AID", package)?;
        field(&mut data, FOR_INSTALL, "an applet AID", module)?;
        field(&mut data, FOR_INSTALL, "an instance AID", instance)?;
        field(&mut data, FOR_INSTALL, "privileges", privileges)?;
        tlv::put_length(&mut data, application.len());
        data.extend_from_slice(&application);
        data.push(0);
        if data.len() > self.room() {
            let what = "install parameters";
            return Err(GpError::TooLong { what, length: parameters.len(), command: FOR_INSTALL });
        }
        let p1 = match selectable {
            Selectable::Now => 0x0C,
            Selectable::Later => 0x04,
        };
        self.command(FOR_INSTALL, [0xE6, p1, 0x00], &data).map(|_| ())
    }

    /// Makes an installed instance or domain selectable.
    ///
    /// # Errors
    /// [`GpError::Refused`].
    pub fn make_selectable(&mut self, instance: &Aid) -> Result<(), GpError> {
        self.third_field("INSTALL [for make selectable]", 0x08, &[], instance, &[])
    }

    /// Associates an instance, a package or a domain with another domain.
    ///
    /// # Errors
    /// [`GpError::Refused`].
    pub fn extradite(&mut self, what: &Aid, to: &Aid) -> Result<(), GpError> {
        self.third_field("INSTALL [for extradition]", 0x10, to.as_bytes(), what, &[])
    }

    /// Gives an instance or a domain other privileges.
    ///
    /// # Errors
    /// [`GpError::Refused`].
    pub fn set_privileges(&mut self, what: &Aid, privileges: &[u8]) -> Result<(), GpError> {
        self.third_field("INSTALL [for registry update]", 0x40, &[], what, privileges)
    }

    /// The forms of INSTALL that name what they mean in the third field.
    pub(super) fn third_field(
        &mut self,
        name: &'static str,
        p1: u8,
        first: &[u8],
        what: &Aid,
        privileges: &[u8],
    ) -> Result<(), GpError> {
        let mut data = Vec::new();
        field(&mut data, name, "a domain AID", first)?;
        data.push(0);
        field(&mut data, name, "an AID", what.as_bytes())?;
        field(&mut data, name, "privileges", privileges)?;
        // No parameters, no token.
        data.extend_from_slice(&[0, 0]);
        self.command(name, [0xE6, p1, 0x00], &data).map(|_| ())
    }

    /// Deletes an instance or a domain, or a package, with `Related::Instances` of it.
    ///
    /// # Errors
    /// [`GpError::Refused`] when there is no such AID, or something still refers to what should go.
    pub fn delete(&mut self, aid: &Aid, related: Related) -> Result<(), GpError> {
        let p2 = match related {
            Related::Nothing => 0x00,
            Related::Instances => 0x80,
        };
        let mut data = Vec::new();
        tlv::put(&mut data, Tag(0x4F), aid.as_bytes());
        self.command("DELETE", [0xE4, 0x00, p2], &data).map(|_| ())
    }
}

/// What goes with a deleted package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Related {
    /// Nothing else; a package with instances is refused.
    Nothing,
    /// Its instances.
    Instances,
}
